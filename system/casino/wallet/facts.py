"""What the wallet tells the world."""

from typing import Any

from casino.kit.outbox import Fact

GOLD_MOVED = "wallet.gold_moved"
GOLD_MOVED_MESSAGES = 1


def messages(fact: Fact) -> list[tuple[str, dict[str, Any]]]:
    """The socket messages of a fact, as (type, data), one for each event number it reserved."""
    return [("profile_update", {"changes": {"gold_balance": fact.data["balance"]}})]
