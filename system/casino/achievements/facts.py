"""What achievements tell the world, and how a player's socket hears it."""

from collections.abc import Mapping
from typing import Any

from casino.kit.outbox import Fact

ACHIEVEMENT_PROGRESSED = "achievements.progressed"


def messages(fact: Fact) -> list[tuple[str, dict[str, Any]]]:
    """A socket message for each achievement that moved, as (type, data)."""
    return [("achievement_progress", moved) for moved in fact.data["progress"]]


def counts(fact: Fact) -> Mapping[str, int]:
    """What they count for: those unlocked just now."""
    unlocked = sum(moved["unlocked"] for moved in fact.data["progress"])
    return {"achievements": unlocked} if unlocked else {}
