"""Buys a piece of a limited package: taken behind the package's lock, bound to the purchase, given back if it fails."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.errors import CasinoError
from casino.kit.metrics import counter
from casino.shop import repository, stock
from casino.shop.buy import Till, balance_shown, check_fraud
from casino.shop.cashier import Intent, Order
from casino.shop.errors import PackageNotFound
from casino.shop.rules.limited import Blocked, block_of, promo_block_of
from casino.shop.rules.outcomes import Status
from casino.shop.rules.prices import with_promo_cents
from casino.shop.schemas import LimitedAsked, LimitedBought, PackageOnSale, Packages
from casino.shop.stock_gate import StockGate
from casino.wallet.service import require_gold_to_play


class _Blocked(Exception):
    """The rules hold against it: nothing was taken."""

    def __init__(self, reason: Blocked) -> None:
        super().__init__(reason)
        self.reason = reason


async def packages_on_sale(connection: AsyncConnection, user_id: int) -> Packages:
    """The packages that can be bought now, with the stock and what the user may still buy."""
    rows = await stock.open_packages(connection, user_id)
    shown = [
        PackageOnSale(
            package_id=row.code,
            name=row.name,
            gold=row.gold,
            price_cents=row.price_cents,
            stock_left=row.stock_left,
            stock_total=row.stock_total,
            per_user_max=row.per_user_max,
            user_remaining=max(0, row.per_user_max - row.owned),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
        )
        for row in rows
    ]
    return Packages(server_time=await repository.now(connection), packages=shown)


async def buy_limited(
    till: Till, gate: StockGate, asked: LimitedAsked, intent: Intent
) -> tuple[LimitedBought, bool]:
    """(how the purchase stands or why it was blocked, whether an earlier request ended it).

    Raises PackageNotFound, LimitReached, VelocityLimited, PurchaseBlocked, and what Cashier.pay does.
    """

    async def check() -> None:
        if not await gate.lets_through(asked.package_id):
            raise _Blocked(Blocked.OUT_OF_STOCK)
        async with _piece_unless_refused(gate, asked.package_id):
            await _check_attempt(till, gate, asked, intent)

    async def place(connection: AsyncConnection) -> Order:
        async with _piece_unless_refused(gate, asked.package_id):
            return await _take(connection, intent.user_id, asked)

    try:
        paid = await till.cashier.pay(intent, place, check)
    except _Blocked as blocked:
        counter("limited_purchases_total").labels(blocked.reason).inc()
        return _nothing(blocked.reason), False
    purchase = paid.purchase
    failed = purchase.status == Status.FAILED
    answer = LimitedBought(
        success=purchase.status == Status.SUCCESS,
        status=purchase.status,
        reason=Blocked.PAYMENT_FAILED if failed else None,
        reason_code=purchase.reason_code,
        receipt_code=purchase.receipt_code,
        charge_id=purchase.charge_id,
        total_price_cents=purchase.amount_cents,
        gold_granted=purchase.gold if purchase.status == Status.SUCCESS else 0,
        new_gold_balance=await balance_shown(till, purchase),
    )
    return answer, paid.replayed


@asynccontextmanager
async def _piece_unless_refused(gate: StockGate, package_code: str) -> AsyncIterator[None]:
    """Whoever may not buy must not hide, at the gate, the stock from those who may."""
    try:
        yield
    except (CasinoError, _Blocked) as refusal:
        if not (isinstance(refusal, _Blocked) and refusal.reason is Blocked.OUT_OF_STOCK):
            await gate.give_back(package_code)
        raise


async def _check_attempt(till: Till, gate: StockGate, asked: LimitedAsked, intent: Intent) -> None:
    async with till.database.snapshot() as connection:
        package = await stock.package(connection, asked.package_id)
    if package is None:
        raise PackageNotFound(f"There is no package {asked.package_id}.")
    # Before anything is taken: a piece that is given back must find the copy older than itself.
    await gate.note(asked.package_id, package.stock_left)
    await check_fraud(till, intent, package.price_cents)


async def _take(connection: AsyncConnection, user_id: int, asked: LimitedAsked) -> Order:
    """Takes a piece, and a use of the code if there is one."""
    await require_gold_to_play(connection, user_id)
    package = await stock.locked_package(connection, asked.package_id)
    if package is None:
        raise PackageNotFound(f"There is no package {asked.package_id}.")
    at = await repository.now(connection)
    blocked = block_of(await stock.offer_of(connection, package, user_id), at=at)
    if blocked is not None:
        raise _Blocked(blocked)
    cents = package.price_cents
    if asked.promo_code is not None:
        cents = with_promo_cents(
            cents, await _promo_cents(connection, user_id, asked.promo_code, package.code)
        )
    await stock.take_piece(connection, package.code)
    return Order(
        kind="limited",
        package_code=package.code,
        promo_code=asked.promo_code,
        amount_cents=cents,
        gold=package.gold,
    )


async def _promo_cents(connection: AsyncConnection, user_id: int, code: str, package_code: str) -> int:
    found = await stock.locked_promo(connection, code, user_id)
    at = await repository.now(connection)
    blocked = promo_block_of(found[0] if found else None, package_code=package_code, at=at)
    if blocked is not None or found is None:
        raise _Blocked(blocked or Blocked.PROMO_INVALID)
    await stock.take_promo_use(connection, code)
    return found[1]


def _nothing(reason: Blocked) -> LimitedBought:
    return LimitedBought(
        success=False,
        status="failed",
        reason=reason,
        reason_code=None,
        receipt_code=None,
        charge_id=None,
        total_price_cents=None,
        gold_granted=0,
        new_gold_balance=None,
    )
