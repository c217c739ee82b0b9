"""What staked gold is worth in points, and what points are worth a day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Tier = Literal["CLUB", "SILVER", "GOLD", "NEON"]
Rank = Literal["STANDARD", "PREMIUM", "VIP"]
# Points are kept in hundredths, so that the smallest stake counts.
CREDIT_A_POINT = 100
CREDITS: Mapping[str, int] = {"wagered": 1, "purchase_cents": 100}


@dataclass(frozen=True, slots=True)
class VipTier:
    """A tier, the points it begins at, its gift of a day, and the rank that reaching it earns."""

    name: Tier
    points: int
    daily_gold: int
    daily_exp: int
    rank: Rank


TIERS = (
    VipTier("CLUB", 0, 50, 10, "STANDARD"),
    VipTier("SILVER", 1_000, 100, 20, "STANDARD"),
    VipTier("GOLD", 10_000, 200, 30, "PREMIUM"),
    VipTier("NEON", 100_000, 400, 40, "VIP"),
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


def ranks_earned(moved: Mapping[int, tuple[int, int]]) -> dict[int, Rank]:
    """By user, the rank that going from one credit to another earned; nobody whose rank is as before."""
    earned = {}
    for user, (before, after) in moved.items():
        rank = tier_of(points_of(after)).rank
        if rank != tier_of(points_of(before)).rank:
            earned[user] = rank
    return earned
