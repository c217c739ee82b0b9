"""Following, the feed and the boards: idempotent, private, and counted from settled rounds alone."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest

from casino.games.facts import ROUND_SETTLED
from casino.kit.database import Database
from casino.kit.measures import Yardstick
from casino.kit.outbox import Fact
from casino.kit.settings import Settings
from casino.messages import COUNTS
from casino.social.facts import FOLLOWER_TOLD, messages
from casino.social.jobs import consumers
from casino.social.rules import Place, scores, window_start
from casino.streaks.facts import STREAK_MOVED
from tests.factories.access import bearer
from tests.factories.log import facts_of
from tests.factories.players import a_player

YARDSTICK = Yardstick(COUNTS)


def settled(user_id: int, *, bet: int, win: int, multiplier: float, day: date) -> Fact:
    """The fact of a round."""
    outcome = "win" if win > bet else "draw" if win == bet else "lose"
    data: dict[str, Any] = {
        "game_type": "slot",
        "bet_amount": bet,
        "win_amount": win,
        "multiplier": multiplier,
        "outcome": outcome,
    }
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return Fact(uuid4(), ROUND_SETTLED, user_id, 1, 4, moment, None, data, 0, 0)


def today() -> date:
    """The day in UTC, by which windows go."""
    return datetime.now(UTC).date()


def attended(user_id: int, *, streak: int, day: date) -> Fact:
    """The fact of a day attended."""
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    data = {"action_type": "DAILY_LOGIN", "streak_count": streak, "day": str(day), "claimed": False}
    return Fact(uuid4(), STREAK_MOVED, user_id, 1, 1, moment, None, data, 0, 0)


async def take(database: Database, facts: list[Fact]) -> None:
    """Hands the facts to the room's consumers, as the worker does."""
    for consumer in consumers(YARDSTICK, big_win_threshold_gold=1_000):
        async with database.transaction() as connection:
            await consumer.handle(connection, [fact for fact in facts if fact.type in (consumer.types or ())])


@pytest.mark.parametrize(
    ("window", "start"),
    [("day", date(2026, 11, 21)), ("week", date(2026, 11, 16)), ("month", date(2026, 11, 1))],
)
def test_windows_begin_where_they_should(window: str, start: date) -> None:
    """A Saturday lies in the week of its Monday."""
    assert window_start(window, date(2026, 11, 21)) == start


def test_scores_sum_gold_and_keep_the_best_multiplier() -> None:
    """Two wins of a day add up on one board and compete on the other; losses count nowhere."""
    day = date(2026, 11, 21)
    rounds = [
        (7, day, settled(7, bet=10, win=50, multiplier=5, day=day).data),
        (7, day, settled(7, bet=10, win=30, multiplier=3, day=day).data),
        (7, day, settled(7, bet=10, win=0, multiplier=0, day=day).data),
    ]
    found = scores(rounds)
    assert found[Place("gold_won", "day", day, 7)] == Decimal(60)
    assert found[Place("biggest_multiplier", "day", day, 7)] == Decimal(5)
    assert len(found) == 8


async def test_following_twice_is_following_once(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """Both directions are idempotent; oneself is 422, nobody is 404."""
    me, other = await a_player(database), await a_player(database)
    mine = bearer(settings, me)
    for _ in range(2):
        answer = await client.post(f"/api/games/follow/{other}", headers=mine)
        assert answer.json() == {"following": True, "follower_count": 1}
    listed = (await client.get("/api/games/follow/list", headers=mine)).json()
    assert ([one["user_id"] for one in listed["items"]], listed["total"]) == ([other], 1)
    followers = (await client.get("/api/games/followers", headers=bearer(settings, other))).json()
    assert [one["user_id"] for one in followers["items"]] == [me]
    seen = (await client.get(f"/api/games/players/{other}", headers=mine)).json()
    assert (seen["follower_count"], seen["following"]) == (1, True)
    members = {"user_id", "nickname", "rank", "follower_count", "followed_count", "following", "online"}
    assert set(seen) == members
    for _ in range(2):
        answer = await client.delete(f"/api/games/follow/{other}", headers=mine)
        assert answer.json() == {"following": False, "follower_count": 0}
    assert (await client.post(f"/api/games/follow/{me}", headers=mine)).status_code == 422
    assert (await client.post("/api/games/follow/999999999", headers=mine)).status_code == 404


async def following_three(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> tuple[dict[str, str], list[int]]:
    """A player's headers, and the three players followed, in the order they were."""
    mine = bearer(settings, await a_player(database))
    others = [await a_player(database) for _ in range(3)]
    for other in others:
        await client.post(f"/api/games/follow/{other}", headers=mine)
    return mine, others


async def test_lists_of_people_come_in_pages(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """Three followed players in pages of two, each once."""
    mine, others = await following_three(client, database, settings)
    first = (await client.get("/api/games/follow/list", headers=mine, params={"limit": 2})).json()
    cursor = {"limit": 2, "cursor": first["next_cursor"]}
    second = (await client.get("/api/games/follow/list", headers=mine, params=cursor)).json()
    assert [one["user_id"] for one in first["items"] + second["items"]] == others
    assert (first["total"], second["next_cursor"]) == (3, None)


async def test_the_ways_of_older_clients_still_page_and_say_so(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """`page` and `page_size`, or `offset`, come to the same people; the answer names what takes their place."""
    mine, others = await following_three(client, database, settings)
    for old in ({"page": 2, "page_size": 2}, {"offset": 2, "limit": 5}):
        answer = await client.get("/api/games/follow/list", headers=mine, params=old)
        assert [one["user_id"] for one in answer.json()["items"]] == others[2:]
        assert answer.headers["deprecation"].startswith("@")
        assert 'rel="successor-version"' in answer.headers["link"]
    new = await client.get("/api/games/follow/list", headers=mine, params={"limit": 2})
    assert "deprecation" not in new.headers
    refused = await client.get("/api/games/follow/list", headers=mine, params={"offset": 10_001})
    assert refused.status_code == 422


async def test_followers_hear_of_big_wins_once(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """A win above the threshold is told once, however often its fact comes; a small one and a stranger's are not."""
    me, followed, stranger = [await a_player(database) for _ in range(3)]
    mine = bearer(settings, me)
    await client.post(f"/api/games/follow/{followed}", headers=mine)
    day = date(2026, 11, 21)
    big = settled(followed, bet=10, win=5_000, multiplier=500, day=day)
    small = settled(followed, bet=10, win=50, multiplier=5, day=day)
    theirs = settled(stranger, bet=10, win=5_000, multiplier=500, day=day)
    for facts in ([big, small, theirs], [big]):
        async with database.transaction() as connection:
            await consumers(YARDSTICK, big_win_threshold_gold=1_000)[1].handle(connection, facts)
    told = [fact for fact in await facts_of(database, me) if fact.type == FOLLOWER_TOLD]
    assert [fact.data["actor"] for fact in told] == [followed]
    assert messages(told[0]) == [("feed_event", told[0].data)]
    (entry,) = (await client.get("/api/games/feed", headers=mine)).json()["items"]
    assert (entry["actor"]["user_id"], entry["amount"], entry["kind"]) == (followed, 5_000, "big_win")


async def test_boards_rank_players_and_show_ones_own_place(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """More gold won stands above less, over several facts; a player without a score has no place."""
    day = today()
    first, second, none = [await a_player(database) for _ in range(3)]
    huge = 10**12
    for facts in (
        [settled(first, bet=10, win=huge, multiplier=5, day=day)],
        [settled(first, bet=10, win=huge, multiplier=7, day=day)],
        [settled(second, bet=10, win=huge + 5, multiplier=9, day=day)],
    ):
        await take(database, facts)
    headers = bearer(settings, second)
    board = (await client.get("/api/leaderboards/gold_won?window=day", headers=headers)).json()
    places = {one["user_id"]: (one["place"], one["score"]) for one in board["leaders"]}
    assert places[first] == (1, 2 * huge - 20)
    assert board["own"] == {"place": places[second][0], "score": huge - 5}
    assert places[second][0] > places[first][0]
    empty = (await client.get("/api/leaderboards/gold_won", headers=bearer(settings, none))).json()
    assert empty["own"] is None and empty["window"] == "week"
    assert (await client.get("/api/leaderboards/nothing", headers=headers)).status_code == 422


async def test_the_longest_streak_leads_its_board(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """A board of bests: a streak that broke keeps the length it had in the window, and begins again beside it."""
    day = today()
    long, short = [await a_player(database) for _ in range(2)]
    days = [attended(long, streak=length, day=day) for length in (9_000_001, 9_000_002, 1)]
    await take(database, [*days, attended(short, streak=9_000_000, day=day)])
    headers = bearer(settings, short)
    board = (await client.get("/api/leaderboards/streak?window=month", headers=headers)).json()
    scored = {one["user_id"]: one["score"] for one in board["leaders"]}
    assert (scored[long], scored[short]) == (9_000_002, 9_000_000)
    assert board["own"]["place"] > next(one["place"] for one in board["leaders"] if one["user_id"] == long)
