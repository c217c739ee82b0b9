"""What a buyer finds in their inbox of a payment that ended: the page that asked for it may be closed by then."""

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.notifications.service import Message, notify
from casino.shop.repository import AnyRow
from casino.shop.rules.outcomes import Reason, Status


async def give_notice(
    connection: AsyncConnection, purchase: AnyRow, status: Status, *, traceparent: str | None
) -> None:
    """Puts it into the buyer's inbox with the end itself; a refusal that was their answer at once is none."""
    if status is Status.FAILED and purchase.reason_code != Reason.AWAITING_GATEWAY:
        return
    if status is Status.SUCCESS:
        title = "Purchase complete"
        body = f"{purchase.gold} gold is yours. The receipt is among your purchases."
    else:
        title = "Purchase not completed"
        body = f"The payment for {purchase.gold} gold did not go through; nothing was charged."
    data = {"code": f"purchase_{status}", "receipt_code": purchase.receipt_code, "gold": purchase.gold}
    message = Message("ADMIN_NOTIFICATION", title, body, data)
    source = f"purchase:{purchase.receipt_code}"
    await notify(connection, [purchase.user_id], message, source=source, traceparent=traceparent)
