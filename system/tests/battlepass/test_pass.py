"""The battle pass: climbed by play, each reward taken once, the premium track bought once."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import func, select

from casino.battlepass import facts, jobs, service
from casino.battlepass.models import PremiumPass
from casino.kit.consumers import Consumer
from casino.kit.database import Database
from casino.kit.days import Calendar
from casino.kit.measures import Yardstick
from casino.kit.settings import Settings
from casino.messages import COUNTS
from tests.factories.access import bearer
from tests.factories.play import a_round, take, told
from tests.factories.players import a_player

SEOUL = Calendar("Asia/Seoul")


@pytest_asyncio.fixture(scope="session", autouse=True)
async def content(database: Database) -> None:
    """This month's season."""
    await service.seed_content(database, SEOUL)


@pytest.fixture
def consumers() -> Sequence[Consumer]:
    """That of this room, as the worker runs it."""
    return jobs.consumers(Yardstick(COUNTS))


async def season(client: httpx.AsyncClient, headers: dict[str, str]) -> Any:
    """The season as a player sees it."""
    answer = await client.get("/api/battlepass", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_play_climbs_the_ladder(
    client: httpx.AsyncClient, database: Database, settings: Settings, consumers: Sequence[Consumer]
) -> None:
    """Thirty levels; ten plays reach the first, and the socket hears of tenths and levels."""
    user = await a_player(database)
    headers = bearer(settings, user)
    fresh = await season(client, headers)
    assert (len(fresh["levels"]), fresh["level"], fresh["xp"], fresh["claimable"]) == (30, 0, 0, 0)
    await take(database, consumers, [a_round(user) for _ in range(9)])
    await take(database, consumers, [a_round(user)])
    now = await season(client, headers)
    assert (now["xp"], now["level"], now["claimable"]) == (100, 1, 1)
    assert (now["level_xp"], now["next_level_xp"]) == (100, now["levels"][1]["xp"])
    heard = await told(database, user, facts.PASS_PROGRESSED)
    assert [(data["progress"], data["level"], data["claimable"]) for data in heard] == [
        (90, 0, False),
        (100, 1, True),
    ]


async def test_a_level_is_taken_once(
    client: httpx.AsyncClient, database: Database, settings: Settings, consumers: Sequence[Consumer]
) -> None:
    """Not before it is reached; then thirty race and one is given; premium adds its own reward of the same level."""
    user = await a_player(database, gold=6_000)
    headers = bearer(settings, user)
    early = (await client.post("/api/battlepass/claim/1", headers=headers)).json()
    assert (early["error"], early["xp"], early["needed"]) == ("level_not_reached", 0, 100)
    assert (await client.post("/api/battlepass/claim/31", headers=headers)).status_code == 404
    await take(database, consumers, [a_round(user) for _ in range(10)])
    (level, *_) = (await season(client, headers))["levels"]
    free, premium = (reward["gold"] for reward in level["rewards"])
    answers = await asyncio.gather(
        *(client.post("/api/battlepass/claim/1", headers=headers) for _ in range(30))
    )
    outcomes = Counter(answer.json().get("error", "given") for answer in answers)
    assert outcomes == {"given": 1, "already_claimed": 29}
    bought = (await client.post("/api/battlepass/premium", headers=headers)).json()
    assert bought["new_gold_balance"] == 6_000 + free - 5_000
    more = (await client.post("/api/battlepass/claim/1", headers=headers)).json()
    assert (more["tracks"], more["awarded_gold"]) == (["premium"], premium)
    assert more["new_gold_balance"] == bought["new_gold_balance"] + premium


async def test_both_tracks_are_taken_together(
    client: httpx.AsyncClient, database: Database, settings: Settings, consumers: Sequence[Consumer]
) -> None:
    """With one key for the request; its repeat is answered the same."""
    user = await a_player(database, gold=5_000)
    headers = bearer(settings, user)
    await client.post("/api/battlepass/premium", headers=headers)
    await take(database, consumers, [a_round(user) for _ in range(10)])
    keyed = headers | {"Idempotency-Key": "both"}
    first, again = [await client.post("/api/battlepass/claim/1", headers=keyed) for _ in range(2)]
    assert (first.status_code, first.json()["tracks"]) == (200, ["free", "premium"])
    assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")


async def test_premium_is_bought_once(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """Twenty race and one pays; whoever is short pays nothing and is told by how much."""
    user, poor = await a_player(database, gold=20_000), await a_player(database, gold=4_999)
    headers = bearer(settings, user)
    answers = await asyncio.gather(
        *(client.post("/api/battlepass/premium", headers=headers) for _ in range(20))
    )
    outcomes = Counter(answer.json().get("error", "bought") for answer in answers)
    assert outcomes == {"bought": 1, "already_premium": 19}
    assert (await client.get("/api/users/balance", headers=headers)).json()["gold_balance"] == 15_000
    short = await client.post("/api/battlepass/premium", headers=bearer(settings, poor))
    assert (short.status_code, short.json()["balance"], short.json()["needed"]) == (402, 4_999, 5_000)
    async with database.snapshot() as connection:
        passes = select(func.count()).where(PremiumPass.user_id.in_([user, poor]))
        assert await connection.scalar(passes) == 1
    (data,) = await told(database, user, facts.PREMIUM_BOUGHT)
    assert (data["balance"], data["level"]) == (15_000, 0)


async def test_every_month_has_its_season(database: Database, consumers: Sequence[Consumer]) -> None:
    """The next month's, with the same levels, is there before it begins: a round of its first moment counts."""
    async with database.transaction() as connection:
        today = await SEOUL.today(connection)
        following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
        for days in (7, 6, 0):
            await service.open_due(connection, SEOUL, today=following - timedelta(days=days))
    user, begins = await a_player(database), SEOUL.start_of(following)
    await take(database, consumers, [a_round(user, at=begins)])
    async with database.snapshot() as connection:
        later = await service.pass_of(connection, user, now=begins)
        before = await service.pass_of(connection, user, now=begins - timedelta(seconds=1))
    assert (later.season_code, len(later.levels)) == (f"neon-nights-{following:%Y-%m}", 30)
    assert (later.xp, before.xp, before.season_code) == (10, 0, f"neon-nights-{today:%Y-%m}")
