"""Queries and locks on the catalogue, purchases, refunds, webhooks and fraud decisions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, case, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.shop.models import (
    FraudDecision,
    FraudRule,
    InventoryItem,
    LimitedPackage,
    Product,
    Refund,
    ShopTransaction,
    WebhookEvent,
)
from casino.wallet.service import limit_columns, wallet_table

AnyRow = Row[Any]
_PURCHASE = ShopTransaction.__table__.columns


async def now(connection: AsyncConnection) -> datetime:
    """The database's clock, which decides about windows and discounts."""
    moment: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
    return moment


async def products(connection: AsyncConnection, *, economy: int) -> list[AnyRow]:
    """What is on sale in an economy version."""
    query = select(*Product.__table__.columns).where(
        Product.active, Product.deleted_at.is_(None), Product.economy <= economy
    )
    return list(await connection.execute(query.order_by(Product.id)))


async def product(connection: AsyncConnection, product_id: int, *, economy: int) -> AnyRow | None:
    """One product that is on sale."""
    query = select(*Product.__table__.columns).where(
        Product.id == product_id,
        Product.active,
        Product.deleted_at.is_(None),
        Product.economy <= economy,
    )
    return (await connection.execute(query)).one_or_none()


async def add_missing(connection: AsyncConnection, table: Any, rows: Sequence[dict[str, Any]]) -> int:
    """Adds rows whose key is not there yet; how many it added."""
    if not rows:
        return 0
    added = upsert(table).on_conflict_do_nothing()
    count = 0
    for row in rows:
        count += (await connection.execute(added.values(**row))).rowcount
    return count


async def purchase_by_key(connection: AsyncConnection, user_id: int, key: str) -> AnyRow | None:
    """The purchase that a user began with this key; `in_hand` while whoever began it may still be at it."""
    query: Select[Any] = select(*_PURCHASE, _in_hand()).where(
        ShopTransaction.user_id == user_id, ShopTransaction.idempotency_key == key
    )
    row: AnyRow | None = (await connection.execute(query)).one_or_none()
    return row


async def sold_by_key(connection: AsyncConnection, user_id: int, key: str) -> AnyRow | None:
    """What a user bought with this key, for gold or for money, with the `sku` of its product."""
    query: Select[Any] = (
        select(*_PURCHASE, Product.sku)
        .outerjoin(Product, Product.id == ShopTransaction.product_id)
        .where(ShopTransaction.user_id == user_id, ShopTransaction.idempotency_key == key)
    )
    row: AnyRow | None = (await connection.execute(query)).one_or_none()
    return row


def _in_hand() -> Any:
    """Whether whoever began the purchase is, for all we know, still at it."""
    running = (ShopTransaction.looks == 0) & (ShopTransaction.look_at > func.clock_timestamp())
    return func.coalesce((ShopTransaction.status == "pending") & running, literal(False)).label("in_hand")


async def purchase_by_receipt(
    connection: AsyncConnection, receipt_code: str, *, user_id: int | None = None, lock: bool = False
) -> AnyRow | None:
    """One purchase, of this user if one is named; with `lock` nobody ends it until the transaction does."""
    query = select(*_PURCHASE).where(ShopTransaction.receipt_code == receipt_code)
    if user_id is not None:
        query = query.where(ShopTransaction.user_id == user_id)
    if lock:
        query = query.with_for_update(key_share=True)
    return (await connection.execute(query)).one_or_none()


async def locked_purchase(connection: AsyncConnection, transaction_id: int) -> AnyRow:
    """The purchase, which nobody else ends until the transaction does; `in_hand` as in `purchase_by_key`."""
    query: Select[Any] = select(*_PURCHASE, _in_hand()).where(ShopTransaction.id == transaction_id)
    row: AnyRow = (await connection.execute(query.with_for_update(key_share=True))).one()
    return row


async def add_purchase(
    connection: AsyncConnection, values: dict[str, Any], *, look_seconds: float
) -> AnyRow | None:
    """A new pending purchase, in hand for `look_seconds`; None when its key is taken, also by a racing one."""
    look_at = func.clock_timestamp() + timedelta(seconds=look_seconds)
    added = upsert(ShopTransaction).values(status="pending", look_at=look_at, **values)
    added = added.on_conflict_do_nothing(index_elements=["user_id", "idempotency_key"])
    return (await connection.execute(added.returning(*_PURCHASE))).one_or_none()


async def leave_pending(
    connection: AsyncConnection, transaction_id: int, *, reason: str, charge_id: str | None, seconds: float
) -> bool:
    """Nobody has the purchase in hand from now on; whether it is said to be pending for the first time.

    When it is looked at next stays as `take_due` set it, if that was first.
    """
    left = update(ShopTransaction).where(
        ShopTransaction.id == transaction_id,
        ShopTransaction.status == "pending",
        ShopTransaction.reason_code.is_(None),
    )
    next_look = func.clock_timestamp() + timedelta(seconds=seconds)
    values = {
        "reason_code": reason,
        "charge_id": charge_id,
        "looks": func.greatest(ShopTransaction.looks, 1),
        "look_at": case((ShopTransaction.looks == 0, next_look), else_=ShopTransaction.look_at),
    }
    return (await connection.execute(left.values(**values))).rowcount == 1


async def fail_purchase(
    connection: AsyncConnection, transaction_id: int, *, reason: str, charge_id: str | None, balance: int
) -> None:
    """The purchase, which the caller has locked pending, has failed."""
    failed = update(ShopTransaction).where(
        ShopTransaction.id == transaction_id, ShopTransaction.status == "pending"
    )
    values = {
        "status": "failed",
        "reason_code": reason,
        "charge_id": func.coalesce(charge_id, ShopTransaction.charge_id),
        "balance_after": balance,
        "look_at": None,
        "settled_at": func.now(),
    }
    await connection.execute(failed.values(**values))


async def take_due(connection: AsyncConnection, *, purchases_max: int, again_seconds: float) -> list[AnyRow]:
    """Pending purchases that nobody has in hand, for the caller to look at; left alone for `again_seconds`, doubled.

    Each has `age_seconds`.
    """
    due = (
        select(ShopTransaction.id)
        .where(ShopTransaction.status == "pending", ShopTransaction.look_at <= func.clock_timestamp())
        .order_by(ShopTransaction.look_at)
        .limit(purchases_max)
        .with_for_update(key_share=True, skip_locked=True)
        .cte("due")
    )
    factor = func.least(32, func.power(2, func.least(ShopTransaction.looks, 5)))
    taken = (
        update(ShopTransaction)
        .where(ShopTransaction.id == due.c.id)
        .values(
            looks=ShopTransaction.looks + 1,
            look_at=func.clock_timestamp() + timedelta(seconds=again_seconds) * factor,
        )
    )
    age = func.extract("epoch", func.clock_timestamp() - ShopTransaction.created_at)
    return list(await connection.execute(taken.returning(*_PURCHASE, age.label("age_seconds"))))


async def pending_count(connection: AsyncConnection) -> int:
    """Purchases that have neither succeeded nor failed."""
    query = select(func.count()).select_from(ShopTransaction).where(ShopTransaction.status == "pending")
    return int((await connection.execute(query)).scalar_one())


async def history(
    connection: AsyncConnection, user_id: int, *, before_id: int | None, limit: int
) -> list[AnyRow]:
    """The user's purchases, newest first, with `refunded` of each and the name of what was bought."""
    query = _shown().where(ShopTransaction.user_id == user_id)
    if before_id is not None:
        query = query.where(ShopTransaction.id < before_id)
    return list(await connection.execute(query.order_by(ShopTransaction.id.desc()).limit(limit)))


async def shown_purchase(connection: AsyncConnection, receipt_code: str, *, user_id: int) -> AnyRow | None:
    """One of the user's own purchases, as the history shows it."""
    query = _shown().where(ShopTransaction.receipt_code == receipt_code, ShopTransaction.user_id == user_id)
    row: AnyRow | None = (await connection.execute(query)).one_or_none()
    return row


def _shown() -> Select[Any]:
    return (
        select(
            *_PURCHASE,
            func.coalesce(Product.name, LimitedPackage.name).label("name"),
            Refund.status.label("refund_status"),
        )
        .outerjoin(Product, Product.id == ShopTransaction.product_id)
        .outerjoin(LimitedPackage, LimitedPackage.code == ShopTransaction.package_code)
        .outerjoin(Refund, Refund.transaction_id == ShopTransaction.id)
    )


async def inventory(
    connection: AsyncConnection, user_id: int, *, before_id: int | None, limit: int
) -> list[AnyRow]:
    """What the user bought with gold, newest first."""
    query = (
        select(*InventoryItem.__table__.columns, Product.sku, Product.name, Product.kind)
        .join(Product, Product.id == InventoryItem.product_id)
        .where(InventoryItem.user_id == user_id)
    )
    if before_id is not None:
        query = query.where(InventoryItem.id < before_id)
    return list(await connection.execute(query.order_by(InventoryItem.id.desc()).limit(limit)))


async def owns(connection: AsyncConnection, user_id: int, product_id: int) -> bool:
    """Whether the user has it already."""
    query = select(InventoryItem.id).where(
        InventoryItem.user_id == user_id, InventoryItem.product_id == product_id
    )
    return (await connection.execute(query.limit(1))).one_or_none() is not None


async def webhook_known(connection: AsyncConnection, event_id: str) -> bool:
    """Whether this event had its effect."""
    query = select(WebhookEvent.event_id).where(WebhookEvent.event_id == event_id)
    return (await connection.execute(query)).one_or_none() is not None


async def add_webhook(connection: AsyncConnection, values: dict[str, Any]) -> bool:
    """Remembers an event with its nonce; False when either was there first."""
    added = upsert(WebhookEvent).values(**values).on_conflict_do_nothing()
    return (await connection.execute(added)).rowcount == 1


async def conflicts(connection: AsyncConnection, *, hours: int, conflicts_max: int) -> list[AnyRow]:
    """(receipt_code, status) of purchases that ended otherwise than the gateway told in the last hours."""
    purchase, event = ShopTransaction, WebhookEvent
    query = (
        select(purchase.receipt_code, purchase.status)
        .join(event, event.receipt_code == purchase.receipt_code)
        .where(event.outcome == "conflict", event.created_at > func.now() - timedelta(hours=hours))
        .group_by(purchase.receipt_code, purchase.status)
        .order_by(func.random())
    )
    return list(await connection.execute(query.limit(conflicts_max)))


async def own_limits(connection: AsyncConnection, user_id: int) -> AnyRow:
    """The limits the player set for themselves, and what they used of them, for `limit_refusal`."""
    query = select(*limit_columns()).where(wallet_table.c.user_id == user_id)
    return (await connection.execute(query)).one()


async def last_transfer_seq(connection: AsyncConnection, user_id: int) -> int:
    """The number of the user's last transfer."""
    query = select(wallet_table.c.transfer_seq).where(wallet_table.c.user_id == user_id)
    return int((await connection.execute(query)).scalar_one())


async def refund_of(connection: AsyncConnection, transaction_id: int) -> AnyRow | None:
    """The refund of a purchase."""
    query = select(*Refund.__table__.columns).where(Refund.transaction_id == transaction_id)
    return (await connection.execute(query)).one_or_none()


async def add_refund(connection: AsyncConnection, values: dict[str, Any]) -> None:
    """A refund whose money the gateway has still to give back."""
    await connection.execute(insert(Refund).values(status="pending", **values))


async def finish_refund(connection: AsyncConnection, transaction_id: int) -> None:
    """The gateway gave the money back."""
    done = update(Refund).where(Refund.transaction_id == transaction_id, Refund.status == "pending")
    await connection.execute(done.values(status="done", done_at=func.now()))


async def refunds_due(connection: AsyncConnection, *, refunds_max: int) -> list[AnyRow]:
    """(transaction_id, receipt_code) of refunds the gateway has still to make; drawn, so that none is always first."""
    query = (
        select(Refund.transaction_id, ShopTransaction.receipt_code)
        .join(ShopTransaction, ShopTransaction.id == Refund.transaction_id)
        .where(Refund.status == "pending")
        .order_by(func.random())
        .limit(refunds_max)
    )
    return list(await connection.execute(query))


async def overdue_refunds(connection: AsyncConnection, *, hours: int) -> int:
    """Refunds whose gold was taken so long ago and whose money the gateway has not given back."""
    query = select(func.count()).where(
        Refund.status == "pending", Refund.created_at < func.now() - timedelta(hours=hours)
    )
    return int((await connection.execute(query)).scalar_one())


async def fraud_rules(connection: AsyncConnection) -> list[AnyRow]:
    """The rules in force."""
    return list(await connection.execute(select(*FraudRule.__table__.columns).where(FraudRule.active)))


async def add_fraud_decisions(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Writes down what rules held against an attempt."""
    await connection.execute(insert(FraudDecision), list(rows))


async def fraud_decisions_of(connection: AsyncConnection, user_id: int, *, limit: int) -> list[AnyRow]:
    """What the rules said to the user's attempts to pay where they said anything, newest first."""
    query = select(*FraudDecision.__table__.columns).where(FraudDecision.user_id == user_id)
    return list(await connection.execute(query.order_by(FraudDecision.id.desc()).limit(limit)))


async def largest_paid_cents(connection: AsyncConnection, user_id: int) -> int:
    """The user's largest successful purchase; 0 before the first."""
    query = select(func.coalesce(func.max(ShopTransaction.amount_cents), 0)).where(
        ShopTransaction.user_id == user_id, ShopTransaction.status == "success"
    )
    return int((await connection.execute(query)).scalar_one())
