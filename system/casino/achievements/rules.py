"""What an achievement is worth, and how far what was settled brings each player."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Tier = Literal["small", "medium", "large"]
Mode = Literal["sum", "best"]
TIER_GOLD: Mapping[Tier, int] = {"small": 200, "medium": 500, "large": 2_000}
TIER_EXP: Mapping[Tier, int] = {"small": 20, "medium": 50, "large": 200}


@dataclass(frozen=True, slots=True)
class Achievement:
    """An achievement as far as counting goes: the `sum` of a measure, or the `best` there was of it."""

    code: str
    measure: str
    mode: Mode
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Counted:
    """What one fact counts for."""

    user_id: int
    moment: datetime
    amounts: Mapping[str, int]


def steps(
    counted: Iterable[Counted], achievements: Iterable[Achievement]
) -> dict[tuple[int, str, Mode], int]:
    """What each (user, achievement) gains: an amount to add, or a best to reach, by its mode."""
    found: dict[tuple[int, str, Mode], int] = {}
    known = list(achievements)
    for fact in counted:
        for one in known:
            amount = fact.amounts.get(one.measure, 0)
            if amount and one.since <= fact.moment and (one.until is None or fact.moment < one.until):
                key = (fact.user_id, one.code, one.mode)
                before = found.get(key, 0)
                found[key] = before + amount if one.mode == "sum" else max(before, amount)
    return found
