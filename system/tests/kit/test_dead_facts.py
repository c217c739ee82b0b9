"""Dead facts: taken again once and whole, kept while they fail, gone when written off."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit import dead_facts
from casino.kit.consumers import Consumer, ConsumerLoop, register
from casino.kit.database import Database
from casino.kit.outbox import Fact
from tests.factories.players import a_player
from tests.kit.test_log import PARTITIONS, sequenced, tell


class Picky:
    """A consumer that takes one user's facts but the words it does not know; it remembers what it was handed."""

    def __init__(self, name: str, user_id: int, refused: set[str]) -> None:
        self.refused = refused
        self.seen: list[Fact] = []
        self.handed: list[Fact] = []
        self._user_id = user_id
        self.consumer = Consumer(name, self._handle, frozenset({"test.told"}))

    async def _handle(self, _: AsyncConnection, facts: Sequence[Fact]) -> None:
        mine = [fact for fact in facts if fact.user_id == self._user_id]
        self.handed += mine
        unknown = [fact.data["word"] for fact in mine if fact.data["word"] in self.refused]
        if unknown:
            raise ValueError(f"never heard of {unknown}")
        self.seen += mine

    @property
    def words(self) -> list[str]:
        """What it took, in that order."""
        return [fact.data["word"] for fact in self.seen]


async def a_picky_one(database: Database, name: str, words: Sequence[str], refused: set[str]) -> Picky:
    """A consumer that went through the whole log and put aside what it refuses."""
    user = await a_player(database)
    await tell(database, user, words)
    await sequenced(database)
    picky = Picky(name, user, refused)
    async with database.transaction() as connection:
        await register(connection, [picky.consumer], partitions=PARTITIONS)
    loop = ConsumerLoop(database, picky.consumer)
    while await loop.turn(500, apart=True):
        pass
    return picky


async def test_what_was_put_aside_is_taken_once_when_the_consumer_is_mended(database: Database) -> None:
    """The very facts come again, in order; a second time there is nothing left."""
    picky = await a_picky_one(database, "test.mended", ["a", "odd", "b", "strange"], {"odd", "strange"})
    assert picky.words == ["a", "b"]
    picky.refused.clear()
    again = await dead_facts.take_again(database, picky.consumer)
    assert (again.taken, list(again.failed)) == (2, [])
    assert picky.words == ["a", "b", "odd", "strange"]
    first = {fact.event_id: fact for fact in picky.handed}
    assert all(first[fact.event_id] == fact for fact in picky.seen)
    assert (await dead_facts.take_again(database, picky.consumer)).taken == 0
    assert picky.words == ["a", "b", "odd", "strange"]


async def test_what_fails_again_stays_with_its_reason(database: Database) -> None:
    """One that is still refused does not keep the next one back, and is there afterwards."""
    picky = await a_picky_one(database, "test.stubborn", ["odd", "strange"], {"odd", "strange"})
    picky.refused.remove("strange")
    again = await dead_facts.take_again(database, picky.consumer)
    assert again.taken == 1 and "odd" in again.failed[0][1] and picky.words == ["strange"]
    async with database.snapshot() as connection:
        rows = await dead_facts.waiting(connection, "test.stubborn")
    assert [row.fact_data["data"]["word"] for row in rows] == ["odd"]


async def test_what_is_written_off_is_gone(database: Database) -> None:
    """Nobody takes it any more, and a second time it is said that there is no such fact."""
    picky = await a_picky_one(database, "test.dropped", ["odd"], {"odd"})
    event_id = picky.handed[0].event_id
    async with database.transaction() as connection:
        assert await dead_facts.write_off(connection, "test.dropped", event_id)
        assert not await dead_facts.write_off(connection, "test.dropped", event_id)
    picky.refused.clear()
    assert (await dead_facts.take_again(database, picky.consumer)).taken == 0
    assert picky.words == []
