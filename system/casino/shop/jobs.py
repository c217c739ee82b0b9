"""The shop's scheduled work: pending purchases and refunds come to an end, and the figures about them are kept true."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial

from casino.kit.database import Database
from casino.kit.metrics import gauge
from casino.kit.scheduler import Job
from casino.shop import repository, stock
from casino.shop.conflicts import undo_conflicts
from casino.shop.refund import give_money_back
from casino.shop.repository import AnyRow
from casino.shop.service import Shop

RESOLVE_SECONDS = 1.0
PURCHASES_A_TURN_MAX = 50
REFUND_SECONDS = 2.0
REFUNDS_A_TURN_MAX = 20
# A gateway is slow before it is away: asked about one after the other, a turn would take minutes.
ASKED_AT_ONCE_MAX = 5
LOOK_AGAIN_SECONDS = 2.0
CONFLICT_SECONDS = 15.0
COUNT_SECONDS = 1.0
FIGURES_SECONDS = 5.0
REFUND_HOURS_MAX = 1


def scheduled(database: Database, shop: Shop, *, void_seconds: float) -> list[Job]:
    """The jobs of this room."""

    async def resolve() -> None:
        await resolve_pending(database, shop, void_seconds=void_seconds)

    async def undo() -> None:
        await undo_conflicts(database, shop.gateway)

    return [
        Job("purchases_resolved", RESOLVE_SECONDS, resolve),
        Job("refunds_finished", REFUND_SECONDS, partial(finish_refunds, database, shop)),
        Job("payment_conflicts_undone", CONFLICT_SECONDS, undo),
        # What is pending is seen most while the gateway keeps the other jobs waiting.
        Job("purchases_counted", COUNT_SECONDS, partial(show_pending, database), exclusive=False),
        Job("limited_stock_figures", FIGURES_SECONDS, partial(show_figures, database)),
    ]


async def resolve_pending(database: Database, shop: Shop, *, void_seconds: float) -> int:
    """Asks the gateway about purchases that nobody has in hand; voids the old and those whose hold is over.

    Raises, once all were tried, what kept the first of them that could not be.
    """
    async with database.transaction() as connection:
        due = await repository.take_due(
            connection, purchases_max=PURCHASES_A_TURN_MAX, again_seconds=LOOK_AGAIN_SECONDS
        )
        at = await repository.now(connection)
        over = await stock.expired_holds(connection, [purchase.id for purchase in due], at)

    async def resolve(purchase: AnyRow) -> None:
        give_up = purchase.id in over or float(purchase.age_seconds) > void_seconds
        await shop.cashier.resolve(purchase, give_up=give_up)

    await _each(due, resolve)
    return len(due)


async def finish_refunds(database: Database, shop: Shop) -> None:
    """Asks the gateway again for refunds it has not made yet."""
    async with database.snapshot() as connection:
        due = await repository.refunds_due(connection, refunds_max=REFUNDS_A_TURN_MAX)

    async def finish(owed: AnyRow) -> None:
        await give_money_back(database, shop.gateway, owed.transaction_id, owed.receipt_code)

    await _each(due, finish)


async def _each(rows: Iterable[AnyRow], work: Callable[[AnyRow], Awaitable[None]]) -> None:
    """Does the work for each, few at once; one that fails keeps none back, and its error is raised at the end."""
    places = asyncio.Semaphore(ASKED_AT_ONCE_MAX)

    async def one(row: AnyRow) -> None:
        async with places:
            await work(row)

    for end in await asyncio.gather(*(one(row) for row in rows), return_exceptions=True):
        if isinstance(end, BaseException):
            raise end


async def show_pending(database: Database) -> None:
    """Sets the gauge about purchases without an end."""
    async with database.snapshot() as connection:
        gauge("purchase_pending").set(await repository.pending_count(connection))


async def show_figures(database: Database) -> None:
    """Sets the gauges about limited stock, and about refunds that are owed."""
    async with database.snapshot() as connection:
        astray, orphans = await stock.stock_faults(connection)
        left = await stock.pieces_left(connection)
        overdue = await repository.overdue_refunds(connection, hours=REFUND_HOURS_MAX)
    gauge("data_quality_violations").labels("limited_stock").set(astray)
    gauge("data_quality_violations").labels("orphan_holds").set(orphans)
    gauge("data_quality_violations").labels("overdue_refunds").set(overdue)
    for code, pieces in left.items():
        gauge("limited_stock_left").labels(code).set(pieces)
