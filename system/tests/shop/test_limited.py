"""Limited packages: never oversold, each piece held, sold or back, whatever Redis does."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from casino.kit.database import Database
from casino.kit.errors import IdempotencyInProgress
from casino.kit.redis import RedisClient, connect, limited_stock_key
from casino.kit.settings import Settings
from casino.shop import stock
from casino.shop.jobs import resolve_pending
from casino.shop.models import LimitedHold, LimitedPackage
from casino.shop.rules.limited import Blocked, Offer, Promo, block_of, promo_block_of
from casino.shop.service import Shop, shop_with
from tests.factories.players import a_player
from tests.shop.purchases import a_package, a_promo, books_of, bought_limited, stock_of
from tests.shop.test_buy import due_now

NOW = datetime(2026, 11, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("changes", "blocked"),
    [
        ({}, None),
        ({"active": False}, Blocked.NOT_ACTIVE),
        ({"starts_at": NOW + HOUR}, Blocked.NOT_ACTIVE),
        ({"starts_at": NOW}, None),
        ({"ends_at": NOW}, Blocked.NOT_ACTIVE),
        ({"ends_at": NOW + HOUR}, None),
        ({"owned": 1}, Blocked.USER_LIMIT),
        ({"stock_left": 0}, Blocked.OUT_OF_STOCK),
        ({"stock_left": 0, "owned": 1}, Blocked.USER_LIMIT),
    ],
)
def test_what_keeps_a_buyer_from_a_package(changes: dict[str, object], blocked: Blocked | None) -> None:
    """The window includes its start and not its end; a user at their limit hears that first."""
    plain = {
        "active": True,
        "starts_at": None,
        "ends_at": None,
        "stock_left": 1,
        "per_user_max": 1,
        "owned": 0,
    }
    assert block_of(Offer(**plain | changes), at=NOW) is blocked  # type: ignore[arg-type]  # members by name


@pytest.mark.parametrize(
    ("changes", "blocked"),
    [
        ({}, None),
        ({"package_code": "B"}, Blocked.PROMO_INVALID),
        ({"package_code": None}, None),
        ({"active": False}, Blocked.PROMO_INVALID),
        ({"ends_at": NOW}, Blocked.PROMO_INVALID),
        ({"used_count": 5}, Blocked.PROMO_EXHAUSTED),
        ({"max_uses": None, "used_count": 5}, None),
        ({"used_by_user": 1}, Blocked.PROMO_EXHAUSTED),
    ],
)
def test_what_keeps_a_code_from_working(changes: dict[str, object], blocked: Blocked | None) -> None:
    """Another package's code is invalid; a spent one is exhausted, for all or for this user."""
    plain = {
        "active": True,
        "package_code": "A",
        "starts_at": None,
        "ends_at": None,
        "max_uses": 5,
        "used_count": 0,
        "per_user_max": 1,
        "used_by_user": 0,
    }
    promo = Promo(**plain | changes)  # type: ignore[arg-type]  # members by name
    assert promo_block_of(promo, package_code="A", at=NOW) is blocked
    assert promo_block_of(None, package_code="A", at=NOW) is Blocked.PROMO_INVALID


async def test_the_seeded_package_costs_less_with_its_code(shop: Shop, database: Database) -> None:
    """499 cents, 449 with the code; a user buys it once."""
    plain, saver = await a_player(database), await a_player(database)
    assert (await bought_limited(shop, plain, "PKG_NEON_STARTER")).total_price_cents == 499
    answer = await bought_limited(shop, saver, "PKG_NEON_STARTER", promo="NEON50")
    assert (answer.success, answer.total_price_cents, answer.gold_granted) == (True, 449, 500)
    again = await bought_limited(shop, saver, "PKG_NEON_STARTER")
    assert (again.success, again.reason, again.receipt_code) == (False, Blocked.USER_LIMIT, None)


async def test_a_code_is_used_as_often_as_it_says(shop: Shop, database: Database) -> None:
    """Ten race for two uses: two get the price, the others hear that it is exhausted, and no piece is lost."""
    package = await a_package(database, stock=50)
    promo = await a_promo(database, package, uses=2)
    users = [await a_player(database) for _ in range(10)]
    answers = await asyncio.gather(*(bought_limited(shop, user, package, promo=promo) for user in users))
    assert sum(answer.success for answer in answers) == 2
    assert {answer.reason for answer in answers if not answer.success} == {Blocked.PROMO_EXHAUSTED}
    assert await stock_of(database, package) == (48, {"sold": 2})
    winner = next(user for user, answer in zip(users, answers, strict=True) if answer.success)
    assert (await bought_limited(shop, winner, package, promo="NO_SUCH")).reason is Blocked.USER_LIMIT
    other = await a_player(database)
    assert (await bought_limited(shop, other, package, promo="NO_SUCH")).reason is Blocked.PROMO_INVALID


async def test_a_failed_payment_gives_the_piece_back(shop: Shop, database: Database) -> None:
    """The piece and the use of the code are free for the next one at once."""
    package = await a_package(database, stock=1)
    promo = await a_promo(database, package, uses=1)
    loser, winner = await a_player(database), await a_player(database)
    failed = await bought_limited(shop, loser, package, promo=promo, method="pm_declined")
    assert (failed.success, failed.reason, failed.gold_granted) == (False, Blocked.PAYMENT_FAILED, 0)
    assert (await bought_limited(shop, winner, package, promo=promo)).success
    assert await stock_of(database, package) == (0, {"returned": 1, "sold": 1})


async def test_a_hold_returns_by_itself(shop: Shop, database: Database, paygate: FastAPI) -> None:
    """A payment that stays pending holds its piece until the hold is over; then it is voided and the piece is back."""
    package = await a_package(database, stock=1)
    user, next_one = await a_player(database), await a_player(database)
    assert (
        await bought_limited(shop, user, package, method="pm_pending_success", key="k")
    ).status == "pending"
    assert (await bought_limited(shop, next_one, package)).reason is Blocked.OUT_OF_STOCK
    await due_now(database, user)
    await resolve_pending(database, shop, void_seconds=900)
    assert await stock_of(database, package) == (0, {"held": 1})
    async with database.transaction() as connection:
        over = update(LimitedHold).where(LimitedHold.package_code == package)
        await connection.execute(over.values(expires_at=text("now() - interval '1 second'")))
    await due_now(database, user)
    await resolve_pending(database, shop, void_seconds=900)
    assert await stock_of(database, package) == (1, {"returned": 1})
    assert (await bought_limited(shop, next_one, package)).success
    late = await bought_limited(shop, user, package, method="pm_pending_success", key="k")
    assert (late.status, late.reason_code) == ("failed", "VOIDED")


async def race(shop: Shop, database: Database, package: str, buyers: int) -> tuple[list[int], int]:
    """(users that bought, how many were turned away)."""
    users = [await a_player(database, gold=0) for _ in range(buyers)]
    answers = await asyncio.gather(*(bought_limited(shop, user, package) for user in users))
    winners = [user for user, answer in zip(users, answers, strict=True) if answer.success]
    assert {answer.reason for answer in answers if not answer.success} <= {Blocked.OUT_OF_STOCK}
    return winners, len(users) - len(winners)


@pytest.mark.parametrize("redis_is", ["there", "away", "stale high", "stale low"])
async def test_limited_stock_is_never_oversold(
    settings: Settings, database: Database, redis: RedisClient, shop: Shop, paygate: FastAPI, redis_is: str
) -> None:
    """Forty race for five pieces: five are sold, charged and granted, also when Redis is away or knows nothing true."""
    package = await a_package(database, stock=5)
    nowhere = connect("redis://127.0.0.1:1/0")
    if redis_is == "away":
        shop = shop_with(settings, shop.gateway, database=database, redis=nowhere)
    if redis_is.startswith("stale"):
        await redis.set(limited_stock_key(package), 1_000 if redis_is == "stale high" else 2, ex=60)
    winners, _ = await race(shop, database, package, 40)
    if redis_is == "stale low":
        # Somebody may be turned away for as long as the copy lives, and nobody is sold what is not there.
        await redis.delete(limited_stock_key(package))
        winners += (await race(shop, database, package, 40))[0]
    assert len(winners) == 5
    assert await stock_of(database, package) == (0, {"sold": 5})
    for user in winners:
        books = await books_of(database, paygate, user)
        assert (books.captured, books.grants, books.balance) == (1, 1, 500)
    await nowhere.aclose()


async def test_racing_repeats_take_one_piece(shop: Shop, database: Database, paygate: FastAPI) -> None:
    """The last piece, its key sent ten times at once: nobody is told that it is gone, it being their own."""
    package = await a_package(database, stock=1)
    user = await a_player(database, gold=0)
    answers = await asyncio.gather(
        *(bought_limited(shop, user, package, method="pm_slow", key="k") for _ in range(10)),
        return_exceptions=True,
    )
    made = [answer for answer in answers if not isinstance(answer, BaseException)]
    assert made and all(answer == made[0] and answer.success for answer in made), answers
    assert all(isinstance(a, IdempotencyInProgress) for a in answers if isinstance(a, BaseException)), answers
    assert await stock_of(database, package) == (0, {"sold": 1})
    assert (await books_of(database, paygate, user)).captured == 1


async def test_who_may_not_buy_hides_no_stock(shop: Shop, database: Database) -> None:
    """Refused attempts, more than there are pieces, leave the copy at the gate as it was."""
    package = await a_package(database, stock=2)
    owner = await a_player(database)
    assert (await bought_limited(shop, owner, package)).success
    for promo, reason in ((None, Blocked.USER_LIMIT), ("NO_SUCH", Blocked.USER_LIMIT)):
        for _ in range(2):
            assert (await bought_limited(shop, owner, package, promo=promo)).reason is reason
    for _ in range(3):
        guesser = await a_player(database)
        assert (await bought_limited(shop, guesser, package, promo="NO_SUCH")).reason is Blocked.PROMO_INVALID
    assert (await bought_limited(shop, await a_player(database), package)).success


async def test_the_table_itself_refuses_to_oversell(database: Database) -> None:
    """Where all else failed the check of the table stands."""
    package = await a_package(database, stock=1)
    async with database.transaction() as connection:
        await stock.take_piece(connection, package)
    with pytest.raises(IntegrityError, match="stock_bounded"):
        async with database.transaction() as connection:
            await stock.take_piece(connection, package)


async def test_a_piece_that_is_lost_is_seen(database: Database) -> None:
    """The data-quality figure counts a package whose pieces do not add up."""
    package = await a_package(database, stock=7)
    async with database.snapshot() as connection:
        before = await stock.stock_faults(connection)
    async with database.transaction() as connection:
        broken = update(LimitedPackage).where(LimitedPackage.code == package)
        await connection.execute(broken.values(stock_left=6))
    async with database.snapshot() as connection:
        assert await stock.stock_faults(connection) == (before[0] + 1, before[1])
    async with database.transaction() as connection:
        await connection.execute(broken.values(stock_left=7))
