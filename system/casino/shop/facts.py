"""What the shop tells the world: how purchases stand, and what the fraud rules decided.

A purchase that succeeds tells what notifications and badges need: the receipt, what it gave, the balance after it.
"""

from collections.abc import Mapping
from typing import Any

from casino.kit.clock import rfc3339
from casino.kit.outbox import Fact

PURCHASE_UPDATED = "shop.purchase_updated"
FRAUD_DECIDED = "shop.fraud_decided"
SUCCESS_MESSAGES = 3
UPDATE_MESSAGES = 1
FRAUD_MESSAGES = 1

_SHOWN = ("status", "product_id", "package_id", "receipt_code", "amount", "reason_code")


def messages(fact: Fact) -> list[tuple[str, dict[str, Any]]]:
    """The socket messages of a purchase, as (type, data): three when gold moved, else one."""
    data = fact.data
    shown = {name: data[name] for name in _SHOWN if data.get(name) is not None}
    update = ("purchase_update", shown)
    if "balance" not in data:
        return [update]
    context = {name: data[name] for name in ("receipt_code", "kind", "amount", "gold") if name in data}
    action = {
        "action_type": "PURCHASE",
        "context": context,
        "server_ts": rfc3339(fact.occurred_at),
    }
    return [
        update,
        ("profile_update", {"changes": {"gold_balance": data["balance"]}}),
        ("user_action", action),
    ]


def fraud_messages(fact: Fact) -> list[tuple[str, dict[str, Any]]]:
    """The socket message of an attempt that a rule blocked: it failed, and by which kind of decision."""
    reason = "PURCHASE_BLOCKED" if fact.data["decision"] == "hard" else "VELOCITY_LIMITED"
    return [("purchase_update", {"status": "failed", "amount": fact.data["amount"], "reason_code": reason})]


def counts(fact: Fact) -> Mapping[str, int]:
    """What a purchase counts for once it succeeded: `purchases` and `purchase_cents` for money, `items` for gold."""
    data = fact.data
    if data["status"] != "success":
        return {}
    if data["kind"] == "item":
        return {"items": 1}
    return {"purchases": 1, "purchase_cents": data["amount"]}
