"""Tells buyers in their inbox what became of their money, so that who has left the page finds out."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.consumers import Consumer
from casino.kit.outbox import Fact
from casino.notifications.service import Message, notify
from casino.shop.facts import PURCHASE_UPDATED


def consumers() -> list[Consumer]:
    """The consumers of this room."""
    return [Consumer("shop.notices", give_notice, frozenset({PURCHASE_UPDATED}))]


async def give_notice(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
    """One notice for each payment that ended and is worth one; a repeat of the fact tells nobody again."""
    for fact in sorted(facts, key=lambda fact: fact.user_id):
        notice = notice_of(fact.data)
        if notice is not None:
            source = f"fact:{fact.event_id}"
            await notify(connection, [fact.user_id], notice, source=source, traceparent=fact.traceparent)


def notice_of(data: Mapping[str, Any]) -> Message | None:
    """What a buyer is told of a payment; None for gold spent, and for a refusal that was their answer at once."""
    status = data["status"]
    if data["kind"] == "item" or status not in ("success", "failed"):
        return None
    if status == "failed" and not data.get("waited", False):
        return None
    gold, receipt = data["gold"], data["receipt_code"]
    if status == "success":
        title, body = "Purchase complete", f"{gold} gold is yours. The receipt is among your purchases."
    else:
        title, body = (
            "Purchase not completed",
            f"The payment for {gold} gold did not go through; nothing was charged.",
        )
    return Message(
        "ADMIN_NOTIFICATION",
        title,
        body,
        {"code": f"purchase_{status}", "receipt_code": receipt, "gold": gold},
    )
