"""The statements that end a purchase: gold, transfer, the purchase's last state and its fact move together."""

from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    Insert,
    LargeBinary,
    Text,
    Update,
    cast,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy import update as update_rows
from sqlalchemy.dialects.postgresql import JSONB, UUID

from casino.kit.ids import uuid7
from casino.kit.outbox import append_facts
from casino.shop.facts import PURCHASE_UPDATED, SUCCESS_MESSAGES
from casino.shop.models import InventoryItem, ShopTransaction
from casino.wallet.service import ColumnTypes, PreparedSettlement, Settlement

PURCHASE_ACCOUNT = "shop:purchase"
REFUND_ACCOUNT = "shop:refund"
_FACT: ColumnTypes = {"event_id": UUID, "traceparent": Text, "fact_data": Text}
_ENDED: ColumnTypes = {"transaction_id": BigInteger, "charge_id": Text}
_ITEM: ColumnTypes = {
    "receipt_code": Text,
    "product_id": BigInteger,
    "stackable": Boolean,
    "key": Text,
    "fingerprint": LargeBinary,
}


def _facts(moved: Any) -> Insert:
    balance = func.jsonb_build_object("balance", moved.c.balance, type_=JSONB)
    facts = select(
        moved.c.event_id,
        literal(PURCHASE_UPDATED, Text).label("type"),
        moved.c.user_id,
        moved.c.event_no,
        moved.c.messages,
        moved.c.traceparent,
        cast(moved.c.fact_data, JSONB).op("||", return_type=JSONB())(balance).label("fact_data"),
    )
    return append_facts(facts.subquery())


def _settled(moved: Any) -> Update:
    settled = update_rows(ShopTransaction).where(
        ShopTransaction.id == moved.c.transaction_id, ShopTransaction.status == "pending"
    )
    return settled.values(
        status="success",
        reason_code=None,
        charge_id=func.coalesce(moved.c.charge_id, ShopTransaction.charge_id),
        transfer_seq=moved.c.transfer_seq,
        balance_after=moved.c.balance,
        look_at=None,
        settled_at=func.now(),
    )


def _purchase_settlement() -> PreparedSettlement:
    settlement = Settlement(_ENDED | _FACT)
    settlement.attach(_settled(settlement.moved), "settled")
    settlement.attach(_facts(settlement.moved), "facts")
    return settlement.prepare()


SETTLE_PURCHASE = _purchase_settlement()


def _sold(moved: Any) -> Insert:
    values = {
        "receipt_code": moved.c.receipt_code,
        "user_id": moved.c.user_id,
        "kind": literal("item", Text),
        "product_id": moved.c.product_id,
        "amount_cents": literal(0),
        "gold": moved.c.amount,
        "status": literal("success", Text),
        "idempotency_key": func.coalesce(moved.c.key, moved.c.receipt_code),
        "fingerprint": moved.c.fingerprint,
        "transfer_seq": moved.c.transfer_seq,
        "balance_after": moved.c.balance,
        "settled_at": func.now(),
    }
    return insert(ShopTransaction).from_select(list(values), select(*values.values()))


def _owned(moved: Any) -> Insert:
    columns = ["user_id", "product_id", "receipt_code", "stackable"]
    return insert(InventoryItem).from_select(columns, select(*(moved.c[name] for name in columns)))


def _item_settlement() -> PreparedSettlement:
    settlement = Settlement(_ITEM | _FACT)
    moved = settlement.moved
    settlement.attach(_sold(moved), "sold")
    settlement.attach(_owned(moved), "owned")
    settlement.attach(_facts(moved), "facts")
    return settlement.prepare()


SETTLE_ITEM = _item_settlement()


def purchase_row(purchase: Any, *, charge_id: str | None, traceparent: str | None) -> dict[str, Any]:
    """What settling the purchase needs."""
    return {
        "user_id": purchase.user_id,
        "amount": purchase.gold,
        "counter_account": PURCHASE_ACCOUNT,
        "kind": "purchase",
        "reference": purchase.receipt_code,
        "ledger_key": f"purchase:{purchase.receipt_code}",
        "messages": SUCCESS_MESSAGES,
        "transaction_id": purchase.id,
        "charge_id": charge_id,
        "event_id": str(uuid7()),
        "traceparent": traceparent,
        "fact_data": orjson.dumps(told(purchase, status="success", reason=None)).decode(),
    }


def told(purchase: Any, *, status: str, reason: str | None) -> dict[str, Any]:
    """What the fact of a purchase says, its balance apart."""
    return {
        "status": status,
        "kind": purchase.kind,
        "product_id": purchase.product_id,
        "package_id": purchase.package_code,
        "receipt_code": purchase.receipt_code,
        "quantity": purchase.quantity,
        "amount": purchase.amount_cents,
        "gold": purchase.gold,
        "reason_code": reason,
    }
