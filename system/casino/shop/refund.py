"""Settles and refunds by an admin's hand. A refund is a transfer and a row of its own; the purchase stays as it was."""

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.database import Database
from casino.kit.metrics import counter
from casino.kit.telemetry import pseudonym
from casino.shop import repository
from casino.shop.cashier import Cashier
from casino.shop.errors import NotRefundable, NotSettleable, ReceiptNotFound
from casino.shop.gateway import Gateway, GatewayError
from casino.shop.repository import AnyRow
from casino.shop.rules.outcomes import Status
from casino.shop.schemas import Refunded
from casino.shop.settle_purchases import REFUND_ACCOUNT
from casino.wallet.service import move_gold

log = structlog.get_logger(__name__)


async def settle(
    database: Database,
    cashier: Cashier,
    receipt_code: str,
    *,
    outcome: str | None,
    admin_id: int,
    traceparent: str | None,
) -> AnyRow:
    """The purchase after the gateway was asked, or told to void it (`outcome` failed).

    Raises ReceiptNotFound, and NotSettleable when it stands otherwise than was asked for: the gateway decides.
    """
    async with database.snapshot() as connection:
        purchase = await repository.purchase_by_receipt(connection, receipt_code)
    if purchase is None or purchase.kind == "item":
        raise ReceiptNotFound(f"There is no purchase {receipt_code}.")
    if purchase.status == Status.PENDING:
        purchase = await cashier.resolve(purchase, give_up=outcome == Status.FAILED, traceparent=traceparent)
        admin = pseudonym(admin_id)
        log.info("purchase_settled_by_hand", receipt=receipt_code, admin=admin, status=purchase.status)
    if outcome is not None and purchase.status != outcome:
        raise NotSettleable(
            f"The purchase is {purchase.status}: the gateway holds against {outcome}.",
            purchase=purchase.status,
        )
    return purchase


async def refund(
    database: Database,
    gateway: Gateway,
    receipt_code: str,
    *,
    reason: str,
    admin_id: int,
    traceparent: str | None,
) -> Refunded:
    """Takes the gold back and has the gateway give the money back; asked again, it answers how the refund stands.

    Raises ReceiptNotFound, NotRefundable for what was no success or no money, and InsufficientGold when the user
    has spent the gold.
    """
    try:
        async with database.transaction() as connection:
            purchase = await _refundable(connection, receipt_code)
            known = await repository.refund_of(connection, purchase.id)
            if known is None:
                known = await _take_back(connection, purchase, reason, admin_id, traceparent)
    except IntegrityError as error:
        raise NotRefundable("The purchase is being refunded; ask again.") from error
    if known.status == "pending":
        log.info("refund_asked", receipt=receipt_code, admin=pseudonym(admin_id))
        await give_money_back(database, gateway, purchase.id, receipt_code)
    async with database.snapshot() as connection:
        row = await repository.refund_of(connection, purchase.id)
    assert row is not None, "it was committed above"
    return Refunded(
        receipt_code=receipt_code,
        status=row.status,
        amount_cents=row.amount_cents,
        gold=row.gold,
        new_gold_balance=row.balance_after,
    )


async def _refundable(connection: AsyncConnection, receipt_code: str) -> AnyRow:
    purchase = await repository.purchase_by_receipt(connection, receipt_code, lock=True)
    if purchase is None:
        raise ReceiptNotFound(f"There is no purchase {receipt_code}.")
    if purchase.status != Status.SUCCESS or purchase.kind == "item":
        raise NotRefundable(
            f"A {purchase.kind} purchase that is {purchase.status} has no money to give back.",
            purchase=purchase.status,
        )
    return purchase


async def _take_back(
    connection: AsyncConnection, purchase: AnyRow, reason: str, admin_id: int, traceparent: str | None
) -> AnyRow:
    balance = await move_gold(
        connection,
        user_id=purchase.user_id,
        amount=-purchase.gold,
        counter_account=REFUND_ACCOUNT,
        kind="purchase_refund",
        reference=purchase.receipt_code,
        idempotency_key=f"refund:{purchase.receipt_code}",
        traceparent=traceparent,
    )
    values = {
        "transaction_id": purchase.id,
        "user_id": purchase.user_id,
        "amount_cents": purchase.amount_cents,
        "gold": purchase.gold,
        "reason": reason,
        # The wallet is locked by our own transfer: its number is the last.
        "transfer_seq": await repository.last_transfer_seq(connection, purchase.user_id),
        "balance_after": balance,
        "refunded_by": admin_id,
    }
    await repository.add_refund(connection, values)
    row = await repository.refund_of(connection, purchase.id)
    assert row is not None, "it was just added"
    return row


async def give_money_back(
    database: Database, gateway: Gateway, transaction_id: int, receipt_code: str
) -> None:
    """Asks the gateway for the refund; it stays pending, for the scheduler, while the gateway does not say yes."""
    try:
        await gateway.refund(receipt_code)
    except GatewayError:
        counter("purchase_refunds_total").labels("pending").inc()
        return
    async with database.transaction() as connection:
        await repository.finish_refund(connection, transaction_id)
    counter("purchase_refunds_total").labels("done").inc()
