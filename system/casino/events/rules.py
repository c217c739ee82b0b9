"""When a mission's period begins, and whom what was settled moves how far."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

Period = Literal["daily", "weekly"]
BONUS_MAX = 1_000
TALLY_SHARDS = 8


@dataclass(frozen=True, slots=True)
class Mission:
    """A mission as far as counting goes. `since` and `until` bound the facts that count."""

    id: int
    period: Period
    measure: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A player's part in an event as far as counting goes."""

    event_id: int
    user_id: int
    measure: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Counted:
    """What one fact counts for. `day` is the casino's day of `moment`."""

    user_id: int
    moment: datetime
    day: date
    amounts: Mapping[str, int]


def period_start(period: Period, day: date) -> date:
    """The day on which the period that holds `day` began; weeks begin on Monday."""
    return day if period == "daily" else day - timedelta(days=day.weekday())


def next_period(period: Period, day: date) -> date:
    """The day on which the next period begins."""
    return period_start(period, day) + timedelta(days=1 if period == "daily" else 7)


def mission_steps(
    counted: Iterable[Counted], missions: Iterable[Mission]
) -> dict[tuple[int, int, date], int]:
    """How far each (user, mission, beginning of period) moves."""
    steps: dict[tuple[int, int, date], int] = defaultdict(int)
    known = list(missions)
    for fact in counted:
        for mission in known:
            amount = fact.amounts.get(mission.measure, 0)
            counts = mission.since <= fact.moment and (mission.until is None or fact.moment < mission.until)
            if amount and counts:
                steps[fact.user_id, mission.id, period_start(mission.period, fact.day)] += amount
    return dict(steps)


def event_steps(counted: Iterable[Counted], entries: Iterable[Entry]) -> dict[tuple[int, int], int]:
    """How far each (event, user) moves: by what was settled after joining and before the event's end."""
    steps: dict[tuple[int, int], int] = defaultdict(int)
    by_user: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_user[entry.user_id].append(entry)
    for fact in counted:
        for entry in by_user[fact.user_id]:
            amount = fact.amounts.get(entry.measure, 0)
            if amount and entry.since <= fact.moment < entry.until:
                steps[entry.event_id, fact.user_id] += amount
    return dict(steps)
