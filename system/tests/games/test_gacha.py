"""The gacha on the real database: limits, pity and stock hold however many pull at once."""

import asyncio
from collections.abc import AsyncIterator

import orjson
import pytest
import pytest_asyncio
from sqlalchemy import select, text, update

from casino.games.deal_gacha import Wanted
from casino.games.dealing import Bet
from casino.games.errors import DailyGachaLimit
from casino.games.models import GachaProgress, GachaStock, GameRound
from casino.games.play import Table
from casino.games.proofs import rotate_seed, verify_round
from casino.games.rules.gacha import GACHA
from casino.kit.database import Database
from casino.kit.settings import Settings
from casino.wallet.errors import InsufficientGold
from tests.factories.players import a_player
from tests.factories.tables import a_table
from tests.fixtures.databases import copied, migrated

COST = GACHA.cost


@pytest_asyncio.fixture(scope="module")
async def template(settings: Settings) -> AsyncIterator[str]:
    """A migrated database that nobody uses."""
    async with migrated(settings, "gacha") as address:
        yield address


@pytest_asyncio.fixture
async def alone(settings: Settings, template: str) -> AsyncIterator[Database]:
    """A database whose stock is this test's."""
    async with copied(settings, template) as database:
        yield database


def a_pull(user_id: int, count: int = 1, *, key: str | None = None, daily_limit: int = 3) -> Bet:
    """A pull as the route asks for it."""
    return Bet(
        user_id,
        COST * count,
        key=key,
        fingerprint=b"f" * 16 if key else None,
        game="gacha",
        asked=Wanted(count, daily_limit),
    )


async def place_of(database: Database, user_id: int) -> tuple[int, int, int]:
    """(pity, pulls today, items given) of a player."""
    async with database.snapshot() as connection:
        row = (
            await connection.execute(
                select(*GachaProgress.__table__.columns).where(GachaProgress.user_id == user_id)
            )
        ).one()
    counts = row.common_count + row.rare_count + row.epic_count + row.legendary_count
    return row.pity, row.pulls_that_day, counts


async def set_stock(database: Database, **left: int) -> None:
    """Leaves so many of each rarity."""
    async with database.transaction() as connection:
        for rarity, items in left.items():
            row = update(GachaStock).where(GachaStock.rarity == rarity)
            await connection.execute(row.values(stock_left=items))


async def stock_of(database: Database) -> dict[str, int]:
    """What is left."""
    async with database.snapshot() as connection:
        rows = await connection.execute(select(GachaStock.rarity, GachaStock.stock_left))
    return {row.rarity: row.stock_left for row in rows}


async def until_somebody_waits(database: Database) -> None:
    """Until a session of this database waits for a lock of another."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(10):
        while True:
            async with database.snapshot() as connection:
                if await connection.scalar(waiting):
                    return
            await asyncio.sleep(0.01)


async def test_a_pull_moves_gold_pity_and_the_day_together(database: Database) -> None:
    """The answer's figures are those of the wallet, of the player's place and of the round."""
    user = await a_player(database, gold=200_000)
    shown = orjson.loads((await a_table(database).play(a_pull(user, 10))).body)
    assert len(shown["items"]) == 10 and shown["cost_used"] == 50_000
    assert shown["win_amount"] == sum(item["reward"] for item in shown["items"])
    assert shown["balance"] == 200_000 - 50_000 + shown["win_amount"]
    assert await place_of(database, user) == (shown["pity"], 1, 10)
    assert shown["daily_remaining"] == 2


async def test_the_day_is_limited_however_many_come_at_once(database: Database) -> None:
    """Of twelve pulls at once, through two processes, a standard player gets three and nine refusals with figures."""
    user = await a_player(database, gold=1_000_000)
    tables = [a_table(database), a_table(database)]
    came = await asyncio.gather(
        *(tables[n % 2].play(a_pull(user)) for n in range(12)), return_exceptions=True
    )
    refused = [one for one in came if isinstance(one, DailyGachaLimit)]
    assert len(refused) == 9 and len(came) - len(refused) == 3
    assert refused[0].members == {"limit": 3, "used": 3}
    assert (await place_of(database, user))[1:] == (3, 3)


async def test_a_new_day_gives_new_pulls(database: Database) -> None:
    """What was pulled yesterday counts for the pity and not for the limit."""
    user = await a_player(database, gold=1_000_000)
    table = a_table(database)
    for _ in range(3):
        await table.play(a_pull(user))
    pity = (await place_of(database, user))[0]
    async with database.transaction() as connection:
        yesterday = text("UPDATE gacha_progress SET pulled_on = pulled_on - 1 WHERE user_id = :id")
        await connection.execute(yesterday, {"id": user})
    shown = orjson.loads((await table.play(a_pull(user))).body)
    assert shown["daily_remaining"] == 2
    assert (await place_of(database, user))[0] in (pity + 1, 0)


async def test_a_key_answers_again_when_the_day_is_used_up(database: Database) -> None:
    """A repeat gets its first answer, not the limit; it neither pays nor pulls."""
    user = await a_player(database, gold=1_000_000)
    table = a_table(database)
    first = await table.play(a_pull(user, key="k", daily_limit=1))
    again = await table.play(a_pull(user, key="k", daily_limit=1))
    assert (again.body, again.replayed) == (first.body, True)
    with pytest.raises(DailyGachaLimit):
        await table.play(a_pull(user, key="l", daily_limit=1))


async def test_one_short_of_gold_is_told_so(database: Database) -> None:
    """The price of a ten-pull is looked at before anything is drawn."""
    user = await a_player(database, gold=COST)
    with pytest.raises(InsufficientGold) as refused:
        await a_table(database).play(a_pull(user, 10))
    assert refused.value.members == {"balance": COST, "needed": 10 * COST}


async def test_the_hard_pity_holds_in_the_database(database: Database) -> None:
    """A player who stands at 89 gets a Legendary, and stands at 0."""
    user = await a_player(database, gold=1_000_000)
    table = a_table(database)
    await table.play(a_pull(user))
    async with database.transaction() as connection:
        await connection.execute(
            update(GachaProgress).where(GachaProgress.user_id == user).values(pity=GACHA.hard_pity - 1)
        )
    shown = orjson.loads((await table.play(a_pull(user))).body)
    assert shown["items"][0]["rarity"] == "Legendary" and shown["pity"] == 0


async def test_the_stock_is_never_oversold(alone: Database) -> None:
    """Sixty ten-pulls at once on a stock of 40 Rares: 40 are given, and every other one was shown as a Common."""
    await set_stock(alone, Rare=40, Epic=5, Legendary=1)
    tables = [a_table(alone), a_table(alone)]
    users = [await a_player(alone, gold=50_000) for _ in range(60)]
    answers = await asyncio.gather(*(tables[n % 2].play(a_pull(user, 10)) for n, user in enumerate(users)))
    given = [item["rarity"] for answer in answers for item in orjson.loads(answer.body)["items"]]
    left = await stock_of(alone)
    assert left["Rare"] == 0 and given.count("Rare") == 40
    assert left["Epic"] == 5 - given.count("Epic") and left["Legendary"] == 1 - given.count("Legendary")


async def test_a_batch_that_waited_for_the_stock_takes_all_of_it(alone: Database) -> None:
    """Another process moves the stock while a batch waits: each rarity is less by what both took."""
    await set_stock(alone, Rare=400, Epic=400, Legendary=400)
    table = a_table(alone)
    users = [await a_player(alone, gold=50_000) for _ in range(12)]
    async with alone.transaction() as connection:
        await connection.execute(update(GachaStock).values(stock_left=GachaStock.stock_left - 1))
        pulls = [asyncio.create_task(table.play(a_pull(user, 10))) for user in users]
        await until_somebody_waits(alone)
    answers = await asyncio.gather(*pulls)
    given = [item["rarity"] for answer in answers for item in orjson.loads(answer.body)["items"]]
    assert given.count("Epic")
    assert await stock_of(alone) == {
        rarity: 399 - given.count(rarity) for rarity in ("Rare", "Epic", "Legendary")
    }


async def test_a_downgraded_pull_verifies(alone: Database) -> None:
    """The stock is part of the round: drawn again, it comes to the items that were shown."""
    await set_stock(alone, Rare=1, Epic=0, Legendary=0)
    user = await a_player(alone, gold=500_000)
    table: Table = a_table(alone)
    for _ in range(3):
        await table.play(a_pull(user, 10))
    async with alone.transaction() as connection:
        await rotate_seed(connection, user, None)
        rounds = (await connection.scalars(select(GameRound.id).where(GameRound.user_id == user))).all()
        checked = [await verify_round(connection, user, round_id) for round_id in rounds]
    assert len(checked) == 3 and all(one.valid for one in checked)
