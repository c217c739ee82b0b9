"""Playing over HTTP: every game's answer, its refusals, and what a repeat gets."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from casino.games.end_crash import CrashEnds
from casino.games.rules.crash import CRASH, microseconds_until
from casino.games.win_bonuses import WinBonuses
from casino.kit.database import Database
from casino.kit.settings import Settings
from tests.factories.access import bearer
from tests.factories.crash import end_of, seed_for
from tests.factories.log import facts_of
from tests.factories.players import a_player

Player = tuple[int, dict[str, str]]


@pytest.fixture
async def player(database: Database, settings: Settings) -> Player:
    """A user with gold, and their headers."""
    user_id = await a_player(database, gold=500_000)
    return user_id, bearer(settings, user_id)


async def post(
    client: httpx.AsyncClient, player: Player, path: str, body: Any, **headers: str
) -> httpx.Response:
    """A write of the player."""
    return await client.post(f"/api/games{path}", headers=player[1] | headers, json=body)


@pytest.mark.parametrize(
    "body",
    [
        {"choice": "rock", "bet_amount": 10},
        {"player_move": "ROCK", "betAmount": 10},
        {"playerMove": "Rock", "bet_amount": 10.0},
    ],
)
async def test_a_hand_may_be_shown_in_many_ways(
    client: httpx.AsyncClient, player: Player, body: dict[str, Any]
) -> None:
    """The alias, any case and camelCase all mean the same hand."""
    answer = await post(client, player, "/rps/play", body)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert shown["choice"] == "rock"
    assert shown["win_amount"] == {"win": 20, "draw": 10, "lose": 0}[shown["outcome"]]
    assert shown["balance"] == 500_000 - 10 + shown["win_amount"] + shown["bonus_gold"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/rps/play", {"choice": "lizard", "bet_amount": 10}),
        ("/rps/play", {"choice": "rock", "bet_amount": 10, "extra": 1}),
        ("/gacha/pull", {"count": 2}),
        ("/crash/bet", {"bet_amount": 99}),
        ("/crash/bet", {"bet_amount": 100, "auto_cashout": 1.005}),
        ("/crash/bet", {"bet_amount": 100, "auto_cashout": 1.0}),
        ("/crash/cashout", {"game_id": "no"}),
    ],
)
async def test_what_cannot_be_played_is_refused(
    client: httpx.AsyncClient, player: Player, path: str, body: dict[str, Any]
) -> None:
    """Out of the limits, unknown hands, half steps and unknown members are 422."""
    answer = await post(client, player, path, body)
    assert (answer.status_code, answer.json()["error"]) == (422, "validation_error")


@pytest.mark.parametrize(
    ("path", "body", "other"),
    [
        ("/rps/play", {"choice": "rock", "bet_amount": 10}, {"choice": "paper", "bet_amount": 10}),
        ("/gacha/pull", {"count": 1}, {"count": 10}),
        ("/crash/bet", {"bet_amount": 100}, {"bet_amount": 100, "auto_cashout": 2.0}),
    ],
)
async def test_a_key_is_answered_again_and_bound_to_its_request(
    client: httpx.AsyncClient, player: Player, path: str, body: dict[str, Any], other: dict[str, Any]
) -> None:
    """The same key and body get the same bytes; another body is refused."""
    key = {"Idempotency-Key": "k"}
    first = await post(client, player, path, body, **key)
    again = await post(client, player, path, body, **key)
    assert first.status_code == 200 and first.content == again.content
    assert again.headers["Idempotency-Replayed"] == "true"
    reused = await post(client, player, path, other, **key)
    assert (reused.status_code, reused.json()["error"]) == (422, "idempotency_key_reused")


async def test_the_gacha_over_http(client: httpx.AsyncClient, player: Player) -> None:
    """A pull, its limit with figures and Retry-After, and the player's place after it."""
    for _ in range(3):
        assert (await post(client, player, "/gacha/pull", {"pullCount": 1})).status_code == 200
    over = await post(client, player, "/gacha/pull", {"count": 1})
    assert (over.status_code, over.json()["error"]) == (429, "daily_gacha_limit")
    assert (over.json()["limit"], over.json()["used"]) == (3, 3)
    assert 0 < int(over.headers["Retry-After"]) <= 86_400
    stats = (await client.get("/api/games/gacha/stats", headers=player[1])).json()
    assert sum(stats["rarity_counts"].values()) == stats["plays"] == 3
    assert (stats["daily_used"], stats["daily_limit"]) == (3, 3)


async def test_odds_are_public_and_add_up(client: httpx.AsyncClient) -> None:
    """Chances and effective rates add up to one; the return published is the one they come to."""
    odds = (await client.get("/api/games/gacha/odds")).json()
    for name in ("chance", "effective_rate"):
        assert sum(one[name] for one in odds["rarities"]) == pytest.approx(1)
    assert odds["pity_curve"] == [{"after": 0, "chance": 0.006}, {"after": 89, "chance": 1.0}]
    games = {game["game_type"]: game for game in (await client.get("/api/games/")).json()["games"]}
    returned = sum(one["effective_rate"] * one["reward"] for one in odds["rarities"]) / odds["cost"]
    assert games["gacha"]["rtp"] == pytest.approx(returned)
    assert (games["slot"]["rtp"], games["rps"]["rtp"], round(games["crash"]["rtp"], 12)) == (0.92, 0.95, 0.93)


async def test_crash_over_http(client: httpx.AsyncClient, player: Player, database: Database) -> None:
    """A bet can be resumed, its end is secret while it runs, and the round is in the history when it has ended."""
    shown = (await post(client, player, "/crash/bet", {"bet_amount": 100, "autoCashout": 1.01})).json()
    now = (await client.get("/api/games/crash/current", headers=player[1])).json()
    assert now["round"]["game_id"] == shown["game_id"] and now["round"]["crash_point"] is None
    assert now["round"]["started_at"] == shown["started_at"] and now["last"] is None
    second = await post(client, player, "/crash/bet", {"bet_amount": 100})
    assert (second.status_code, second.json()["error"]) == (409, "round_active")
    await asyncio.sleep(0.6)
    await CrashEnds(database, WinBonuses(database), rows_max=64, lanes=1).end_due()
    after = (await client.get("/api/games/crash/current", headers=player[1])).json()
    assert after["round"] is None and after["last"]["status"] in ("cashed", "crashed")
    late = await post(client, player, "/crash/cashout", {"game_id": shown["game_id"]})
    assert late.status_code == {"cashed": 404, "crashed": 409}[after["last"]["status"]]
    (settled,) = (await client.get("/api/games/history?game_type=crash", headers=player[1])).json()["items"]
    assert settled["round_id"] == shown["game_id"]
    listed = (await client.get("/api/games/crash/history", headers=player[1])).json()["items"]
    assert [one["game_id"] for one in listed] == [shown["game_id"]]


async def test_a_cash_out_arrives_with_its_last_byte(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """Who opens the request while the curve rises and completes it once it has crashed has left too late."""
    seed = seed_for(102, at_most=110)
    player = await a_player(database, server_seed=seed)
    headers = bearer(settings, player) | {"Content-Type": "application/json"}
    started = await client.post("/api/games/crash/bet", headers=headers, json={"bet_amount": 100})
    body = orjson.dumps({"game_id": started.json()["game_id"]})
    life = microseconds_until(CRASH, end_of(seed) + 1) / 1_000_000

    async def held_back() -> AsyncIterator[bytes]:
        yield body[:10]
        await asyncio.sleep(life)
        yield body[10:]

    left = await client.post("/api/games/crash/cashout", headers=headers, content=held_back())
    assert (left.status_code, left.json()["error"]) == (409, "already_crashed")


async def test_every_game_tells_its_story_in_order(
    client: httpx.AsyncClient, player: Player, database: Database
) -> None:
    """The facts of each game reserve consecutive event numbers, one for each message they have."""
    await post(client, player, "/slot/spin", {"bet_amount": 10})
    await post(client, player, "/rps/play", {"choice": "rock", "bet_amount": 10})
    await post(client, player, "/gacha/pull", {"count": 10})
    await post(client, player, "/crash/bet", {"bet_amount": 100})
    from casino.messages import MESSAGES

    facts = await facts_of(database, player[0])
    following = 1
    for fact in facts:
        assert fact.event_no == following
        assert len(MESSAGES[fact.type](fact)) == fact.messages
        following += fact.messages
    assert [fact.data.get("game_type") for fact in facts[1:]] == ["slot", "rps", "gacha", "crash"]


async def test_a_sitting_adds_up_its_rounds(client: httpx.AsyncClient, player: Player) -> None:
    """Its result is what was played meanwhile at that game; ending it again answers the same."""
    before = await post(client, player, "/slot/spin", {"bet_amount": 50})
    assert before.status_code == 200
    sat = await post(client, player, "/session/start", {"game_type": "slot"})
    assert sat.status_code == 201, sat.text
    won = 0
    for _ in range(3):
        spun = (await post(client, player, "/slot/spin", {"bet_amount": 10})).json()
        won += spun["win_amount"] + spun["bonus_gold"]
    left = await post(client, player, "/session/end", {"sessionId": sat.json()["session_id"]})
    result = left.json()["result_data"]
    assert (result["rounds"], result["total_bet"], result["total_win"]) == (3, 30, won)
    assert result["net"] == won - 30 and result["roi"] == pytest.approx(round((won - 30) / 30, 4))
    again = await post(client, player, "/session/end", {"session_id": sat.json()["session_id"]})
    assert again.json() == left.json()


async def test_an_empty_sitting_has_no_return(client: httpx.AsyncClient, player: Player) -> None:
    """Nothing staked: roi is 0, not a division."""
    sat = await post(client, player, "/session/start", {"game_type": "gacha"})
    left = await post(client, player, "/session/end", {"session_id": sat.json()["session_id"]})
    assert left.json()["result_data"]["roi"] == 0
    unknown = await post(
        client, player, "/session/end", {"session_id": "018f3f3c-0000-7000-8000-000000000000"}
    )
    assert (unknown.status_code, unknown.json()["error"]) == (404, "session_not_found")


async def test_operators_see_rounds_of_crash_but_not_where_they_end(
    client: httpx.AsyncClient, player: Player, database: Database, settings: Settings
) -> None:
    """A running round is listed with its stake and its transfer, its end is null; players may not ask."""
    shown = (await post(client, player, "/crash/bet", {"bet_amount": 100, "autoCashout": 900})).json()
    path = f"/api/admin/crash/sessions?user_id={player[0]}"
    operator = bearer(settings, await a_player(database), role="operator")
    (listed,) = (await client.get(path, headers=operator)).json()["items"]
    assert (listed["game_id"], listed["user_id"], listed["bet_seq"]) == (shown["game_id"], player[0], 2)
    assert listed["crash_point"] is None and listed["status"] == "active"
    assert (await client.get(path + "&status=cashed", headers=operator)).json()["items"] == []
    assert (await client.get(path, headers=player[1])).status_code == 403


async def test_the_history_counts_what_was_asked_for(client: httpx.AsyncClient, player: Player) -> None:
    """`total` is of all rounds, of a game's or of those since a moment; none are in the future; pages meet."""
    for number in range(5):
        await post(client, player, "/slot/spin", {"bet_amount": 10})
        if number % 2:
            await post(client, player, "/rps/play", {"choice": "rock", "bet_amount": 10})

    async def read(**asked: Any) -> dict[str, Any]:
        answer = await client.get("/api/games/history", headers=player[1], params=asked)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page

    every = await read(limit=100)
    assert (every["total"], len(every["items"])) == (7, 7)
    assert (await read(game_type="rps"))["total"] == 2
    third = every["items"][2]["created_at"]
    since = await read(since=third)
    assert since["total"] == len(since["items"]) >= 3
    future = await read(since="2999-01-01T00:00:00Z")
    assert (future["total"], future["items"]) == (0, [])
    first = await read(limit=4)
    second = await read(limit=4, cursor=first["next_cursor"])
    assert first["items"] + second["items"] == every["items"] and second["next_cursor"] is None
    assert (await read(page=2, page_size=4))["items"] == second["items"]
