"""What a user bought: the history, receipts, the inventory."""

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.http.wire import Page, write_cursor
from casino.shop import repository
from casino.shop.errors import ReceiptNotFound
from casino.shop.schemas import Owned, PurchaseReceipt, Transaction, public


async def history_page(
    connection: AsyncConnection, user_id: int, *, before_id: int | None, limit: int
) -> Page[Transaction]:
    """The user's purchases, newest first."""
    rows = await repository.history(connection, user_id, before_id=before_id, limit=limit + 1)
    shown = [Transaction.model_validate(public(row)) for row in rows[:limit]]
    more = len(rows) > limit
    return Page(items=shown, next_cursor=write_cursor(rows[limit - 1].id) if more else None)


async def receipt(connection: AsyncConnection, user_id: int, receipt_code: str) -> PurchaseReceipt:
    """One of the user's own purchases; ReceiptNotFound for another's."""
    row = await repository.shown_purchase(connection, receipt_code, user_id=user_id)
    if row is None:
        raise ReceiptNotFound(f"You have no receipt {receipt_code}.")
    return PurchaseReceipt.model_validate(public(row) | {"user_id": user_id})


async def inventory_page(
    connection: AsyncConnection, user_id: int, *, before_id: int | None, limit: int
) -> Page[Owned]:
    """What the user bought with gold, newest first."""
    rows = await repository.inventory(connection, user_id, before_id=before_id, limit=limit + 1)
    shown = [Owned.model_validate(row) for row in rows[:limit]]
    return Page(items=shown, next_cursor=write_cursor(shown[-1].id) if len(rows) > limit else None)
