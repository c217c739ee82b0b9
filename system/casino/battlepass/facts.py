"""What the battle pass tells the world, and how a player's socket hears it."""

from typing import Any

from casino.kit.outbox import Fact

PASS_PROGRESSED = "battlepass.progressed"  # noqa: S105 - no password
PREMIUM_BOUGHT = "battlepass.premium_bought"
PREMIUM_MESSAGES = 2
_TOLD = ("season_code", "level", "progress", "target", "claimable")


def messages(fact: Fact) -> list[tuple[str, dict[str, Any]]]:
    """The socket message of experience won, as (type, data)."""
    return [("battlepass_update", {name: fact.data[name] for name in _TOLD})]


def premium_messages(fact: Fact) -> list[tuple[str, dict[str, Any]]]:
    """The socket messages of a bought track, as (type, data)."""
    return [("profile_update", {"changes": {"gold_balance": fact.data["balance"]}}), *messages(fact)]
