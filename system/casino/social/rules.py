"""Which boards there are, which window a day lies in, and what is worth telling."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

WINDOWS = ("day", "week", "month", "all")
SUMMED = frozenset({"gold_won"})
ALL_TIME = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a score is kept."""

    board: str
    window_kind: str
    window_start: date
    user_id: int


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a list of people: after this one, without the first `offset`, so many."""

    after_id: int
    limit: int
    offset: int = 0


def window_start(window_kind: str, day: date) -> date:
    """The first day of the window that `day` lies in; weeks begin on Monday."""
    starts = {
        "day": day,
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "all": ALL_TIME,
    }
    return starts[window_kind]


def scores(rounds: Iterable[tuple[int, date, Mapping[str, Any]]]) -> dict[Place, Decimal]:
    """What these rounds, as (user, day, data of the fact), add to each place: sums, or the best of a board of bests.

    Gold won is what came back above the stake; a round that did not win adds nothing.
    """
    found: dict[Place, Decimal] = {}
    for user_id, day, data in rounds:
        if data["outcome"] != "win":
            continue
        won = {
            "gold_won": Decimal(data["win_amount"] - data["bet_amount"]),
            "biggest_multiplier": Decimal(str(data["multiplier"])),
        }
        for board, score in won.items():
            _put(found, board, user_id, day, score)
    return found


def streak_scores(days: Iterable[tuple[int, date, int]]) -> dict[Place, Decimal]:
    """The longest streak of each place, of days attended as (user, day, length of the streak then)."""
    found: dict[Place, Decimal] = {}
    for user_id, day, length in days:
        _put(found, "streak", user_id, day, Decimal(length))
    return found


def _put(found: dict[Place, Decimal], board: str, user_id: int, day: date, score: Decimal) -> None:
    for kind in WINDOWS:
        place = Place(board, kind, window_start(kind, day), user_id)
        known = found.get(place, Decimal(0))
        found[place] = known + score if board in SUMMED else max(known, score)


def is_worth_telling(data: Mapping[str, Any], big_win_threshold_gold: int) -> bool:
    """Whether followers hear of a round: its win is above the threshold of big wins."""
    return bool(data["win_amount"] > big_win_threshold_gold and data["outcome"] == "win")
