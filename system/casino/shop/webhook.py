"""Hears what the gateway tells on its own: signed, once for each event, in whatever order it comes."""

from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.clock import utc_now
from casino.kit.database import Database
from casino.kit.metrics import counter
from casino.shop import repository
from casino.shop.conclude import Ended, conclude_within, count_end
from casino.shop.errors import BadSignature, ReceiptNotFound, WebhookMismatch, WebhookReplayed
from casino.shop.repository import AnyRow
from casino.shop.rules.outcomes import Reason, Status
from casino.shop.rules.signatures import is_fresh, is_signed
from casino.shop.schemas import WebhookEvent, WebhookTaken

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What proves where a webhook comes from, as its headers say it."""

    signature: str
    timestamp: str
    nonce: str


def check_envelope(envelope: Envelope, body: bytes, secrets: list[str]) -> None:
    """BadSignature unless one of the secrets signed it within five minutes of now."""
    fresh = is_fresh(envelope.timestamp, now_seconds=utc_now().timestamp())
    signed = is_signed(
        body, envelope.signature, timestamp=envelope.timestamp, nonce=envelope.nonce, secrets=secrets
    )
    if not (fresh and signed and envelope.nonce):
        _count("refused")
        raise BadSignature("The webhook is not signed by the gateway, or not signed now.")


async def take_webhook(
    database: Database, event: WebhookEvent, nonce: str, *, traceparent: str | None
) -> tuple[WebhookTaken, AnyRow | None]:
    """(the answer, the purchase that ended by it): the event's effect and the memory of it commit together.

    Raises ReceiptNotFound, WebhookMismatch, and WebhookReplayed for a nonce that another event had.
    """
    async with database.transaction() as connection:
        outcome, ended = await _take(connection, event, nonce, traceparent)
    if ended is not None:
        count_end(ended)
    _count(outcome)
    return WebhookTaken.model_validate({"outcome": outcome}), ended


async def _take(
    connection: AsyncConnection, event: WebhookEvent, nonce: str, traceparent: str | None
) -> tuple[str, AnyRow | None]:
    if await repository.webhook_known(connection, event.event_id):
        return "duplicate", None
    purchase = await repository.purchase_by_receipt(connection, event.receipt_code, lock=True)
    if purchase is None:
        _count("unknown_receipt")
        raise ReceiptNotFound(f"There is no purchase {event.receipt_code}.")
    _check_fit(event, purchase)
    outcome = _outcome(event, purchase)
    values = {"event_id": event.event_id, "nonce": nonce, "receipt_code": event.receipt_code}
    if not await repository.add_webhook(connection, values | {"status": event.status, "outcome": outcome}):
        if await repository.webhook_known(connection, event.event_id):
            return "duplicate", None
        _count("replayed")
        raise WebhookReplayed("This nonce came with another event.")
    if outcome == "conflict":
        log.error(
            "webhook_conflict", receipt=purchase.receipt_code, ours=purchase.status, theirs=event.status
        )
    status = Status(event.status)
    if outcome != "applied" or status is Status.PENDING:
        return outcome, None
    reason = Reason.CARD_DECLINED if status is Status.FAILED else None
    await conclude_within(
        connection, purchase, Ended(status, reason, event.charge_id), traceparent=traceparent
    )
    return outcome, await repository.locked_purchase(connection, purchase.id)


def _check_fit(event: WebhookEvent, purchase: AnyRow) -> None:
    told = (event.user_id, event.product_id, event.amount)
    ours = (purchase.user_id, purchase.product_id, purchase.amount_cents)
    if told != ours:
        _count("mismatch")
        raise WebhookMismatch("User, product or amount is not that of the purchase.")


def _outcome(event: WebhookEvent, purchase: AnyRow) -> str:
    """What the event does to the purchase: moves it, comes late, or contradicts how it ended."""
    if purchase.status == Status.PENDING:
        return "applied"
    return "late" if event.status in (purchase.status, Status.PENDING) else "conflict"


def _count(outcome: str) -> None:
    counter("payment_webhooks_total").labels(outcome).inc()
