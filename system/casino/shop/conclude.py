"""How a purchase ends, in one transaction: state, gold, hold, promo use, fact and notice together, or not at all."""

from dataclasses import dataclass
from typing import Self

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.clock import utc_now
from casino.kit.metrics import counter, histogram
from casino.kit.outbox import append_fact
from casino.kit.telemetry import pseudonym
from casino.shop import repository, stock
from casino.shop.facts import PURCHASE_UPDATED, UPDATE_MESSAGES
from casino.shop.gateway import Charge
from casino.shop.notices import give_notice
from casino.shop.repository import AnyRow
from casino.shop.rules.outcomes import Reason, Status, meaning_of
from casino.shop.settle_purchases import SETTLE_PURCHASE, purchase_row, told
from casino.wallet.errors import WalletNotFound
from casino.wallet.service import balance_of, lock_wallets, plain_row, reserve_events

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a payment."""

    status: Status
    reason: Reason | None = None
    charge_id: str | None = None

    @classmethod
    def by(cls, charge: Charge) -> Self:
        """What the gateway's word means."""
        status, reason = meaning_of(charge.status)
        return cls(status, reason, charge.charge_id)


async def conclude_within(
    connection: AsyncConnection, purchase: AnyRow, ended: Ended, *, traceparent: str | None
) -> None:
    """Ends a purchase that the caller has locked pending, in the caller's transaction."""
    assert purchase.status == Status.PENDING and ended.status is not Status.PENDING
    if ended.status is Status.SUCCESS:
        await _grant(connection, purchase, ended, traceparent)
    else:
        await _fail(connection, purchase, ended, traceparent)
    await give_notice(connection, purchase, ended.status, traceparent=traceparent)


async def _grant(
    connection: AsyncConnection, purchase: AnyRow, ended: Ended, traceparent: str | None
) -> None:
    await lock_wallets(connection, [purchase.user_id])
    row = plain_row(**purchase_row(purchase, charge_id=ended.charge_id, traceparent=traceparent))
    if purchase.user_id not in await SETTLE_PURCHASE.run_within(connection, [row]):
        raise WalletNotFound(
            f"User {purchase.user_id} has no wallet to grant purchase {purchase.receipt_code}."
        )
    if purchase.package_code is not None:
        await stock.mark_sold(connection, purchase.id)


async def _fail(connection: AsyncConnection, purchase: AnyRow, ended: Ended, traceparent: str | None) -> None:
    assert ended.reason is not None, "a failure has a reason"
    if purchase.package_code is not None:
        await stock.give_back(connection, purchase)
    balance = await balance_of(connection, purchase.user_id)
    await repository.fail_purchase(
        connection, purchase.id, reason=ended.reason, charge_id=ended.charge_id, balance=balance
    )
    await tell(connection, purchase, status="failed", reason=ended.reason, traceparent=traceparent)


async def tell(
    connection: AsyncConnection,
    purchase: AnyRow,
    *,
    status: str,
    traceparent: str | None,
    reason: str | None = None,
) -> None:
    """A fact about a purchase by which no gold moved."""
    await append_fact(
        connection,
        type=PURCHASE_UPDATED,
        user_id=purchase.user_id,
        event_no=await reserve_events(connection, purchase.user_id, UPDATE_MESSAGES),
        messages=UPDATE_MESSAGES,
        data=told(purchase, status=status, reason=reason or purchase.reason_code),
        traceparent=traceparent,
    )


def count_end(purchase: AnyRow) -> None:
    """Tells metrics and log about a purchase whose end is committed."""
    reason = purchase.reason_code or "none"
    counter("purchase_attempts_total").labels(purchase.status, reason).inc()
    age = (utc_now() - purchase.created_at).total_seconds()
    histogram("purchase_settle_seconds").observe(max(0.0, age))
    if purchase.status == Status.SUCCESS:
        counter("purchase_revenue_cents_total").labels(purchase.kind).inc(purchase.amount_cents)
        counter("purchase_quantity_total").labels(purchase.kind).inc(purchase.quantity)
    if purchase.package_code is not None:
        sold = purchase.status == Status.SUCCESS
        counter("limited_purchases_total").labels("sold" if sold else "PAYMENT_FAILED").inc()
    log.info(
        "purchase_ended",
        user=pseudonym(purchase.user_id),
        receipt=purchase.receipt_code,
        status=purchase.status,
        reason=purchase.reason_code,
    )
