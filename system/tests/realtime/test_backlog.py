"""What was missed is read from the stream as far as it is whole, and from the log beyond that."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import event

from casino.games import facts as games_facts
from casino.kit.database import Database
from casino.kit.outbox import Fact, facts_since
from casino.kit.redis import RedisClient, connect, user_stream
from casino.kit.settings import Settings
from casino.realtime import repository
from casino.realtime.backlog import Backlog
from casino.realtime.envelope import pack, seal
from tests.realtime.hub_server import EXPANDERS
from tests.realtime.players import Player, new_player, settle_rounds, until_fanned_out, until_logged

pytestmark = pytest.mark.usefixtures("fanout")
ROUNDS = 6
LAST = 4 * ROUNDS


@pytest_asyncio.fixture
async def player(database: Database, redis: RedisClient, settings: Settings) -> Player:
    """A user whose six rounds are in the log, and in no stream: nobody listened."""
    player = await new_player(database, settings)
    await until_logged(database, player.user_id, await settle_rounds(database, redis, player.user_id, ROUNDS))
    await until_fanned_out(database)
    assert not await redis.exists(user_stream(player.user_id))
    return player


@pytest_asyncio.fixture
async def statements(database: Database) -> AsyncIterator[list[str]]:
    """What PostgreSQL was asked meanwhile."""
    asked: list[str] = []

    def note(_1: object, _2: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield asked
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def fill_stream(database: Database, redis: RedisClient, player: Player, *rounds: int) -> None:
    """Puts these rounds (from 0) into the user's stream, as the fan-out does."""
    async with database.snapshot() as connection:
        facts = await facts_since(connection, user_id=player.user_id, event_no=0, facts_max=ROUNDS)
    chosen = [facts[number] for number in rounds]
    packed = [(f.user_id, f.event_no, pack(seal(f, EXPANDERS[f.type]))) for f in chosen]
    await repository.publish(repository.publisher(redis), packed)


async def numbers(backlog: Backlog, player: Player, event_id: int) -> list[int]:
    """First numbers of the envelopes that tell what followed."""
    return [envelope.first_id for envelope in await backlog.after(player.user_id, event_id)]


async def test_log_has_what_no_stream_has(database: Database, redis: RedisClient, player: Player) -> None:
    """Without a stream everything comes from PostgreSQL, from the middle of a fact as well."""
    backlog = Backlog(database, redis, EXPANDERS)
    assert await backlog.heads([player.user_id, 2**40]) == {player.user_id: LAST, 2**40: 0}
    assert await numbers(backlog, player, 0) == [1, 5, 9, 13, 17, 21]
    assert await numbers(backlog, player, 6) == [5, 9, 13, 17, 21]
    assert await numbers(backlog, player, LAST) == []


async def test_whole_stream_spares_the_log(
    database: Database, redis: RedisClient, player: Player, statements: list[str]
) -> None:
    """What the stream holds without a gap is not asked of PostgreSQL."""
    await fill_stream(database, redis, player, 2, 3, 4, 5)
    statements.clear()
    assert await numbers(Backlog(database, redis, EXPANDERS), player, 8) == [9, 13, 17, 21]
    assert statements == []


async def test_stream_is_believed_up_to_its_first_hole(
    database: Database, redis: RedisClient, player: Player
) -> None:
    """A stream that begins too late or lacks a fact (Redis lost data) is made good by the log."""
    await fill_stream(database, redis, player, 1, 2, 4, 5)
    backlog = Backlog(database, redis, EXPANDERS)
    assert await numbers(backlog, player, 0) == [1, 5, 9, 13, 17, 21]
    assert await numbers(backlog, player, 4) == [5, 9]
    assert await numbers(backlog, player, 12) == [13, 17, 21]


async def test_unreadable_stream_is_passed_over(
    database: Database, redis: RedisClient, player: Player
) -> None:
    """An entry of another version's shape, or a key of another type, costs nothing but the way to the log."""
    await redis.xadd(user_stream(player.user_id), {"m": b"from another version"}, id="1-0")
    assert await numbers(Backlog(database, redis, EXPANDERS), player, 0) == [1, 5, 9, 13, 17, 21]
    await redis.delete(user_stream(player.user_id))
    await redis.set(user_stream(player.user_id), "no stream", ex=60)
    assert await numbers(Backlog(database, redis, EXPANDERS), player, 0) == [1, 5, 9, 13, 17, 21]


async def test_without_redis_the_log_answers(database: Database, player: Player) -> None:
    """Nothing listens on this port."""
    nobody = connect("redis://127.0.0.1:1/0")
    assert await numbers(Backlog(database, nobody, EXPANDERS), player, 0) == [1, 5, 9, 13, 17, 21]


async def test_fact_that_cannot_be_told_ends_the_page(
    database: Database, redis: RedisClient, player: Player
) -> None:
    """A fact without an expander, or with a failing one, is a hole: the socket gets a snapshot there."""
    assert await numbers(Backlog(database, redis, {}), player, 0) == []

    def fail_at_nine(fact: Fact) -> list[tuple[str, dict[str, Any]]]:
        return games_facts.messages(fact)[: 3 if fact.event_no == 9 else 4]

    failing = {games_facts.ROUND_SETTLED: fail_at_nine}
    assert await numbers(Backlog(database, redis, failing), player, 0) == [1, 5]
