"""Crash: a rising multiplier that ends where the draw says, with the same edge whenever one leaves.

Multipliers are whole hundredths everywhere ("points": 250 is 2.50×). P(crash ≥ x) = 93 / x points, so that leaving at
any x returns 0.93 of the stake (to within 2⁻⁵⁷, the grain of a 64-bit draw).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import ceil, exp, log

BET_MIN = 100
BET_MAX = 10_000
POINTS_A_UNIT = 100
DRAW_RANGE = 1 << 64
MICROSECONDS = 1_000_000
AUTO_MIN = 101


class Status(StrEnum):
    """What has become of a round."""

    ACTIVE = "active"
    CASHED = "cashed"
    CRASHED = "crashed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class CrashConfig:
    """One version of the game: `numerator` / points is the chance to reach them; growth is per second."""

    version: int
    numerator: int
    points_max: int
    growth: float

    def reach_count(self, points: int) -> int:
        """How many of the 2⁶⁴ draws crash at `points` or later."""
        assert points >= POINTS_A_UNIT
        return self.numerator * DRAW_RANGE // points if points <= self.points_max else 0

    def exact_return(self, points: int) -> Fraction:
        """Paid over staked in the long run for leaving at `points`, before the payout is floored to whole gold."""
        return Fraction(points * self.reach_count(points), POINTS_A_UNIT * DRAW_RANGE)

    def effective_return(self, points: int, bet_amount: int) -> Fraction:
        """The same for a stake, its payout floored."""
        return Fraction(payout(bet_amount, points) * self.reach_count(points), bet_amount * DRAW_RANGE)


CRASH = CrashConfig(version=1, numerator=93, points_max=100_000, growth=0.06)
VERSIONS = {CRASH.version: CRASH}
"""The tables that rounds were drawn by: one that is replaced stays, so that its rounds can be drawn again."""


def crash_points(config: CrashConfig, stream: Iterator[int]) -> int:
    """Where the curve ends; below 100 it ends before it begins. Two words make one 64-bit draw."""
    drawn = (next(stream) << 32 | next(stream)) + 1
    return min(config.numerator * DRAW_RANGE // drawn, config.points_max)


def payout(bet_amount: int, points: int) -> int:
    """Gold paid for leaving at `points`, floored."""
    return bet_amount * points // POINTS_A_UNIT


def points_at(config: CrashConfig, elapsed_microseconds: int) -> int:
    """Where the curve is, rounded down to a hundredth."""
    if elapsed_microseconds <= 0:
        return POINTS_A_UNIT
    seconds = min(elapsed_microseconds / MICROSECONDS, log(config.points_max) / config.growth)
    return min(int(POINTS_A_UNIT * exp(config.growth * seconds)), config.points_max)


def microseconds_until(config: CrashConfig, points: int) -> int:
    """The first microsecond at which the curve is at `points`."""
    if points <= POINTS_A_UNIT:
        return 0
    near = ceil(log(points / POINTS_A_UNIT) / config.growth * MICROSECONDS)
    # Floating point may be a microsecond off on either side: the curve itself decides.
    while points_at(config, near) < points:
        near += 1
    while near > 0 and points_at(config, near - 1) >= points:
        near -= 1
    return near


def microseconds_of_life(config: CrashConfig, crash: int, auto: int | None) -> int:
    """How long a round runs when nobody leaves it: to the automatic cash-out, the top of the curve or the crash."""
    reached = auto_reached(config, crash, auto)
    if reached is not None:
        return microseconds_until(config, reached)
    return 0 if crash < POINTS_A_UNIT else microseconds_until(config, crash + 1)


def auto_reached(config: CrashConfig, crash: int, auto: int | None) -> int | None:
    """The points at which the round pays by itself, or None when it crashes before; the top always pays."""
    wanted = config.points_max if auto is None else auto
    return wanted if wanted <= crash else None


def cash_out(config: CrashConfig, *, crash: int, auto: int | None, elapsed_microseconds: int) -> int | None:
    """The points paid to a player who leaves at this moment, or None when the curve had ended.

    Leaving after the automatic point pays the automatic point.
    """
    here = points_at(config, elapsed_microseconds)
    reached = auto_reached(config, crash, auto)
    if reached is not None and here >= reached:
        return reached
    return here if here <= crash else None
