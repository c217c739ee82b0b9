"""How a streak grows, is forgiven a day, breaks, and what a day of it is worth."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

DAY_GOLD, DAY_EXP = 150, 30
SEVENTH_DAY_GOLD, SEVENTH_DAY_EXP = 500, 100
BONUS_EVERY = 7
_DAY = timedelta(days=1)


class StreakAction(StrEnum):
    """What a streak is counted of."""

    DAILY_LOGIN = "DAILY_LOGIN"


@dataclass(frozen=True, slots=True)
class Streak:
    """Days in a row, `last_day` the last of them; `forgiven_month` the last month whose one missed day was used."""

    count: int = 0
    longest: int = 0
    last_day: date | None = None
    protected: bool = False
    forgiven_month: date | None = None


@dataclass(frozen=True, slots=True)
class DayReward:
    """What the day with this number in a streak gives."""

    gold: int
    exp: int


def reward_of(count: int) -> DayReward:
    """The reward of the `count`-th day in a row; each seventh is the big one."""
    if count % BONUS_EVERY == 0:
        return DayReward(SEVENTH_DAY_GOLD, SEVENTH_DAY_EXP)
    return DayReward(DAY_GOLD, DAY_EXP)


def current_day(streak: Streak, today: date) -> date:
    """Today for this player: their days never go back, even when a clock does."""
    return today if streak.last_day is None else max(today, streak.last_day)


def attended(streak: Streak, today: date) -> tuple[Streak, date | None]:
    """The streak with `today` in it, and the missed day that was forgiven for it, if one was."""
    day = current_day(streak, today)
    if streak.last_day == day:
        return streak, None
    missed = forgivable(streak, day)
    goes_on = streak.last_day == day - _DAY or missed is not None
    count = streak.count + 1 if goes_on else 1
    grown = replace(streak, count=count, longest=max(streak.longest, count), last_day=day)
    return (grown if missed is None else replace(grown, forgiven_month=missed.replace(day=1))), missed


def forgivable(streak: Streak, today: date) -> date | None:
    """The one missed day between the streak and `today`, when protection forgives it; once a month."""
    missed = today - _DAY
    if not streak.protected or streak.last_day != missed - _DAY:
        return None
    return None if streak.forgiven_month == missed.replace(day=1) else missed


def standing(streak: Streak, today: date) -> int:
    """Days in a row as of today: 0 once the streak is broken."""
    day = current_day(streak, today)
    unbroken = streak.last_day in (day, day - _DAY) or forgivable(streak, day) is not None
    return streak.count if unbroken else 0


def last_chance(streak: Streak, today: date) -> date | None:
    """The last day on which attending still carries the streak on; None without one."""
    if not standing(streak, today) or streak.last_day is None:
        return None
    following = streak.last_day + _DAY
    return following + _DAY if forgivable(streak, following + _DAY) else following


def coming(streak: Streak, today: date, days: int) -> list[tuple[date, int]]:
    """(day, its number in the streak) for the next `days` days from today, if none is missed."""
    count = standing(streak, today)
    day = current_day(streak, today)
    first = count if streak.last_day == day else count + 1
    return [(day + number * _DAY, first + number) for number in range(days)]
