"""Replaying the fact log: the same missions, achievements, passes, points and statistics as live, or it is said."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import func, select, text

from casino.battlepass import service as battlepass
from casino.games.service import Bet, house_results
from casino.identity.service import sign_up_gifts
from casino.kit.consumers import Consumer, ConsumerLoop, register
from casino.kit.database import Database
from casino.kit.log import Sequencer
from casino.kit.models import LogRow, OutboxRow
from casino.kit.projections import Replayed, replay
from casino.kit.settings import Settings
from casino.rewards.models import UserReward
from casino.rewards.service import reward_grants
from casino.wallet.audit import Scope
from casino.wallet.jobs import run_audit
from casino.worker import build_parts, projections
from tests.factories.engagement import live_a_day, seed_engagement
from tests.factories.log import PARTITIONS
from tests.factories.players import a_player
from tests.factories.tables import a_table

USERS, ROUNDS = 6, 40
NOT_OURS = ("realtime.fanout", "analytics.sink")


async def settle(database: Database, consumers: list[Consumer]) -> None:
    """Lets every consumer take everything, and what follows from that, until nothing is left."""
    sequencer = Sequencer(database, partitions=PARTITIONS, on_facts=lambda: None)
    while await sequencer.turn():
        for consumer in consumers:
            while await ConsumerLoop(database, consumer).turn(37):
                pass


@pytest_asyncio.fixture
async def played(settings: Settings, fact_log: Database) -> AsyncIterator[tuple[Database, list[Consumer]]]:
    """A casino of its own in which players played, claimed and won, and every consumer is done."""
    await seed_engagement(fact_log)
    consumers = [one for one in build_parts(settings).consumers if one.name not in NOT_OURS]
    async with fact_log.transaction() as connection:
        await register(connection, consumers, partitions=PARTITIONS)
    users = [await a_player(fact_log, gold=50_000) for _ in range(USERS)]
    table = a_table(fact_log)
    await asyncio.gather(*(table.play(Bet(user, 100 + user)) for user in users for _ in range(ROUNDS)))
    await settle(fact_log, consumers)
    for user in users:
        await live_a_day(fact_log, user)
    await table.drain()
    await settle(fact_log, consumers)
    yield fact_log, consumers


async def replayed(database: Database, settings: Settings) -> dict[str, Replayed]:
    """Every projection's replay, by table."""
    return {one.table: one for one in [await replay(database, each) for each in projections(settings)]}


async def counts(database: Database) -> tuple[int, int, int]:
    """(facts written, facts in the log, rewards given)."""
    async with database.snapshot() as connection:
        tables = (OutboxRow, LogRow, UserReward)
        found = [await connection.scalar(select(func.count()).select_from(table)) for table in tables]
    return found[0] or 0, found[1] or 0, found[2] or 0


async def test_a_replay_is_the_same_and_leaves_no_trace(
    settings: Settings, played: tuple[Database, list[Consumer]]
) -> None:
    """Every projection comes out as it is live, from all facts, and nothing is told, granted or changed by it."""
    database, _ = played
    before = await counts(database)
    found = await replayed(database, settings)
    assert set(found) == {
        "user_game_stats",
        "mission_progress",
        "user_achievements",
        "battlepass_progress",
        "vip_points",
    }
    assert [one.text() for one in found.values() if not one.holds] == []
    assert all(one.rows >= USERS for one in found.values())
    assert found["user_game_stats"].facts == USERS * ROUNDS
    assert await counts(database) == before


PLANTED = {
    "mission_progress": "UPDATE mission_progress SET progress = progress + 1 WHERE user_id = {user}",
    "user_achievements": "UPDATE user_achievements SET unlocked_at = NULL WHERE user_id = {user}",
    "battlepass_progress": "DELETE FROM battlepass_progress WHERE user_id = {user}",
    "vip_points": "UPDATE vip_points SET credit = credit * 2 WHERE user_id = {user}",
    "user_game_stats": "UPDATE user_game_stats SET wins = wins + 1 WHERE user_id = {user}",
}


async def test_what_differs_is_named(settings: Settings, played: tuple[Database, list[Consumer]]) -> None:
    """A row changed by hand is found in the table it stands in, and in no other."""
    database, _ = played
    for table, statement in PLANTED.items():
        async with database.driver() as connection:
            user = await connection.fetchval(f"SELECT min(user_id) FROM {table}")
            await connection.execute(statement.format(user=user))
        found = await replayed(database, settings)
        differing = {name for name, one in found.items() if not one.holds}
        assert table in differing
        assert f"({user}, " in found[table].text()
    assert differing == set(PLANTED)


async def test_a_fact_taken_twice_is_found(
    settings: Settings, played: tuple[Database, list[Consumer]]
) -> None:
    """A consumer that loses its place and takes the log again doubles what it made: the replay says so."""
    database, consumers = played
    async with database.transaction() as connection:
        reset = "UPDATE consumer_offsets SET next_offset = 0 WHERE consumer = 'vip.points'"
        await connection.execute(text(reset))
    await settle_again(database, next(one for one in consumers if one.name == "vip.points"))
    found = await replayed(database, settings)
    assert {name for name, one in found.items() if not one.holds} == {"vip_points"}


async def settle_again(database: Database, consumer: Consumer) -> None:
    """Lets one consumer take what is in the log."""
    while await ConsumerLoop(database, consumer).turn(500):
        pass


SPOILED = [
    "DELETE FROM user_rewards WHERE source = 'streak'",
    "UPDATE user_rewards SET gold = gold + 1 WHERE source = 'vip'",
    "DELETE FROM battlepass_premiums",
]


@pytest.mark.parametrize("statement", [None, *SPOILED])
async def test_the_auditor_counts_every_gift(
    played: tuple[Database, list[Consumer]], statement: str | None
) -> None:
    """Rewards and sales of the day agree with the ledger; one that is missing or changed is found."""
    database, _ = played
    if statement is not None:
        async with database.driver() as connection:
            await connection.execute(statement)
    sources = [house_results(), sign_up_gifts(), reward_grants(), battlepass.premium_sales()]
    report = await run_audit(database, Scope(full=True, sources=sources, file=None))
    assert report.holds == (statement is None), report.text()
