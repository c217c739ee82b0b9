"""What streaks tell the world, and how a player's socket hears it."""

from collections.abc import Mapping
from typing import Any

from casino.kit.outbox import Fact

STREAK_MOVED = "streaks.moved"
STREAK_MESSAGES = 1


def messages(fact: Fact) -> list[tuple[str, dict[str, Any]]]:
    """The socket message of a day attended or claimed, as (type, data)."""
    return [("streak_update", {name: fact.data[name] for name in ("action_type", "streak_count")})]


def counts(fact: Fact) -> Mapping[str, int]:
    """What a day counts for: `streak_claims` when it was claimed, and how long the streak is."""
    claimed = {"streak_claims": 1} if fact.data["claimed"] else {}
    return {**claimed, "streak_days": fact.data["streak_count"]}
