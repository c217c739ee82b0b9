"""What a user bought: the history, receipts, the inventory, and all of it for their export."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.clock import rfc3339
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


async def everything_of(connection: AsyncConnection, user_id: int, *, rows_max: int) -> dict[str, Any]:
    """What is kept about a user here, for their export: newest first."""
    bought = await repository.history(connection, user_id, before_id=None, limit=rows_max)
    owned = await inventory_page(connection, user_id, before_id=None, limit=rows_max)
    checks = await repository.fraud_decisions_of(connection, user_id, limit=rows_max)
    return {
        "purchases": [
            Transaction.model_validate(public(row)).model_dump(mode="json")
            | {"payment_method": row.payment_method}
            for row in bought
        ],
        "inventory": [one.model_dump(mode="json") for one in owned.items],
        "payment_checks": [
            {
                "decision": row.decision,
                "amount_cents": row.amount_cents,
                "created_at": rfc3339(row.created_at),
            }
            for row in checks
        ],
    }
