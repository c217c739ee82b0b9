"""What staked gold is worth in points, and what points are worth a day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Tier = Literal["CLUB", "SILVER", "GOLD", "NEON"]
# Points are kept in hundredths, so that the smallest stake counts.
CREDIT_A_POINT = 100
CREDITS: Mapping[str, int] = {"wagered": 1, "purchase_cents": 100}


@dataclass(frozen=True, slots=True)
class VipTier:
    """A tier, the points it begins at, and its gift of a day."""

    name: Tier
    points: int
    daily_gold: int
    daily_exp: int


TIERS = (
    VipTier("CLUB", 0, 50, 10),
    VipTier("SILVER", 1_000, 100, 20),
    VipTier("GOLD", 10_000, 200, 30),
    VipTier("NEON", 100_000, 400, 40),
)


@dataclass(frozen=True, slots=True)
class Counted:
    """What one fact counts for."""

    user_id: int
    amounts: Mapping[str, int]


def credits_of(counted: Iterable[Counted]) -> dict[int, int]:
    """Hundredths of points by user."""
    gained: dict[int, int] = defaultdict(int)
    for fact in counted:
        credit = sum(worth * fact.amounts.get(measure, 0) for measure, worth in CREDITS.items())
        if credit:
            gained[fact.user_id] += credit
    return dict(gained)


def points_of(credit: int) -> int:
    """Whole points."""
    return credit // CREDIT_A_POINT


def tier_of(points: int) -> VipTier:
    """The highest tier that the points reach."""
    return next(tier for tier in reversed(TIERS) if points >= tier.points)


def next_tier(points: int) -> VipTier | None:
    """The tier after; None at the top."""
    return next((tier for tier in TIERS if tier.points > points), None)
