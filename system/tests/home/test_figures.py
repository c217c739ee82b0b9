"""The public figures: what was settled, counted once, read by everybody every five seconds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import delete

from casino.games.facts import ROUND_SETTLED
from casino.home import jobs, repository
from casino.home.figures import PublicFigures
from casino.home.models import ActivityMinute
from casino.kit.consumers import Consumer
from casino.kit.database import Database
from casino.kit.outbox import Fact
from casino.kit.redis import GLOBAL_METRICS_KEY, RedisClient, connect
from casino.kit.settings import Settings
from tests.factories.access import bearer
from tests.factories.players import a_player

# Far from every other test's rounds.
NOON = datetime(2031, 5, 5, 12, 0, 30, tzinfo=UTC)


def a_round(minutes_ago: float, win_amount: int) -> Fact:
    """A settled round's fact, as far as the count of rounds looks."""
    return Fact(
        event_id=uuid4(),
        type=ROUND_SETTLED,
        user_id=1,
        event_no=1,
        messages=4,
        occurred_at=NOON - timedelta(minutes=minutes_ago),
        traceparent=None,
        data={"game_type": "slot", "win_amount": win_amount},
        partition=0,
        log_offset=0,
    )


def activity() -> Consumer:
    """The consumer that counts rounds, with a big win above 1,000."""
    return next(c for c in jobs.consumers(big_win_threshold_gold=1_000) if c.name == "home.activity")


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time


async def seventeen() -> int:
    """As many are online."""
    return 17


@pytest.fixture
async def quiet(database: Database, redis: RedisClient) -> None:
    """No rounds around noon, and nothing shared yet."""
    async with database.transaction() as connection:
        await connection.execute(delete(ActivityMinute).where(ActivityMinute.minute > NOON.replace(hour=0)))
    await redis.delete(GLOBAL_METRICS_KEY)


@pytest.mark.usefixtures("quiet")
async def test_rounds_of_the_last_hour_are_counted(database: Database, redis: RedisClient) -> None:
    """Rounds by minute; a win is big strictly above the threshold; what is older does not count."""
    facts = [a_round(1, 0), a_round(1, 1_000), a_round(30, 1_001), a_round(30, 5_000), a_round(62, 9_999)]
    async with database.transaction() as connection:
        await activity().handle(connection, facts)
        await activity().handle(connection, [a_round(0, 0)])
    figures = await PublicFigures(database, redis, online=seventeen, now=Clock()).read()
    assert (figures.spins_last_hour, figures.big_wins_last_hour, figures.online_users) == (5, 2, 17)


@pytest.mark.usefixtures("quiet")
async def test_figures_are_shared_for_five_seconds(database: Database, redis: RedisClient) -> None:
    """Two processes show the same figures; after five seconds both know better."""
    clock = Clock()
    one, two = (PublicFigures(database, redis, online=seventeen, now=clock) for _ in range(2))
    first = await one.read()
    async with database.transaction() as connection:
        await activity().handle(connection, [a_round(1, 0)])
    clock.time += timedelta(seconds=4.9)
    assert await two.read() == first
    assert await one.read() == first
    clock.time += timedelta(seconds=0.2)
    assert (await one.read()).spins_last_hour == first.spins_last_hour + 1
    assert (await two.read()).spins_last_hour == first.spins_last_hour + 1


@pytest.mark.usefixtures("quiet")
async def test_figures_do_without_redis(database: Database) -> None:
    """Rounds are still counted; how many are online is unknown, which is not zero."""
    nowhere = connect("redis://127.0.0.1:1/0")

    async def online() -> int:
        return int(await nowhere.zcard("presence:seen"))

    figures = await PublicFigures(database, nowhere, online=online, now=Clock()).read()
    assert (figures.spins_last_hour, figures.online_users) == (0, None)
    await nowhere.aclose()


async def test_old_minutes_are_forgotten(database: Database) -> None:
    """The job drops what is older than a week and a day, and nothing else."""
    old = replace(a_round(0, 0), occurred_at=datetime(2020, 1, 1, tzinfo=UTC))
    async with database.transaction() as connection:
        await activity().handle(connection, [old, a_round(0, 0)])
    (job,) = jobs.scheduled(database)
    await job.run()
    async with database.snapshot() as connection:
        assert await repository.activity_since(connection, NOON.replace(second=0)) >= (1, 0)
        ancient = await repository.activity_since(connection, datetime(2019, 1, 1, tzinfo=UTC))
        recent = await repository.activity_since(connection, datetime(2020, 1, 2, tzinfo=UTC))
    assert ancient == recent


async def test_posted_spins_are_not_counted(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """Whoever reports spins from a browser moves no public figure: no consumer counts reported actions."""
    headers = bearer(settings, await a_player(database))
    assert activity().types == frozenset({ROUND_SETTLED})
    answer = await client.post("/api/actions", headers=headers, json={"action_type": "SLOT_SPIN"})
    assert answer.status_code == 201
    shown = await client.get("/api/metrics/global")
    assert shown.status_code == 200
    assert set(shown.json()) == {"online_users", "spins_last_hour", "big_wins_last_hour", "generated_at"}
