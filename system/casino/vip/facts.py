"""What VIP tells the world, and how a player's socket hears it."""

from typing import Any

from casino.kit.outbox import Fact

RANK_REACHED = "vip.rank_reached"
RANK_MESSAGES = 1


def messages(fact: Fact) -> list[tuple[str, dict[str, Any]]]:
    """The socket message of a rank that was earned, as (type, data)."""
    return [("profile_update", {"changes": {"rank": fact.data["rank"]}})]
