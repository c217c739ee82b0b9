"""The shop's scheduled work: pending purchases and refunds come to an end, and the figures about them are kept true."""

from casino.kit.database import Database
from casino.kit.metrics import gauge
from casino.kit.scheduler import Job
from casino.shop import repository, stock
from casino.shop.refund import give_money_back
from casino.shop.service import Shop

RESOLVE_SECONDS = 1.0
PURCHASES_A_TURN_MAX = 50
REFUNDS_A_TURN_MAX = 20
LOOK_AGAIN_SECONDS = 2.0
FIGURES_SECONDS = 5.0


def scheduled(database: Database, shop: Shop, *, void_seconds: float) -> list[Job]:
    """The jobs of this room."""

    async def resolve() -> None:
        await resolve_pending(database, shop, void_seconds=void_seconds)
        await finish_refunds(database, shop)
        async with database.snapshot() as connection:
            gauge("purchase_pending").set(await repository.pending_count(connection))

    async def look() -> None:
        await show_figures(database)

    return [
        Job("purchases_resolved", RESOLVE_SECONDS, resolve),
        Job("limited_stock_figures", FIGURES_SECONDS, look),
    ]


async def resolve_pending(database: Database, shop: Shop, *, void_seconds: float) -> int:
    """Asks the gateway about purchases that nobody has in hand; voids the old and those whose hold is over."""
    async with database.transaction() as connection:
        due = await repository.take_due(
            connection, purchases_max=PURCHASES_A_TURN_MAX, again_seconds=LOOK_AGAIN_SECONDS
        )
        at = await repository.now(connection)
        over = await stock.expired_holds(connection, [purchase.id for purchase in due], at)
    for purchase in due:
        give_up = purchase.id in over or float(purchase.age_seconds) > void_seconds
        await shop.cashier.resolve(purchase, give_up=give_up)
    return len(due)


async def finish_refunds(database: Database, shop: Shop) -> None:
    """Asks the gateway again for refunds it has not made yet."""
    async with database.snapshot() as connection:
        due = await repository.refunds_due(connection, refunds_max=REFUNDS_A_TURN_MAX)
    for refund in due:
        await give_money_back(database, shop.gateway, refund.transaction_id, refund.receipt_code)


async def show_figures(database: Database) -> None:
    """Sets the gauges about limited stock."""
    async with database.snapshot() as connection:
        astray, orphans = await stock.stock_faults(connection)
        left = await stock.pieces_left(connection)
    gauge("data_quality_violations").labels("limited_stock").set(astray)
    gauge("data_quality_violations").labels("orphan_holds").set(orphans)
    for code, pieces in left.items():
        gauge("limited_stock_left").labels(code).set(pieces)
