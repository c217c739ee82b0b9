"""How streaks grow, are forgiven, and break."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casino.streaks.rules import Streak, attended, coming, last_chance, reward_of, standing

DAY = date(2026, 11, 21)


def on(days: list[int], *, protected: bool = False) -> Streak:
    """The streak of somebody who was here on these days, counted from a first one."""
    streak = Streak(protected=protected)
    for day in days:
        streak, _ = attended(streak, DAY + timedelta(days=day))
    return streak


def test_each_seventh_day_is_the_big_one() -> None:
    """150 gold a day, 500 on days 7, 14, 21 …"""
    assert [reward_of(count).gold for count in (1, 6, 7, 8, 13, 14)] == [150, 150, 500, 150, 150, 500]


def test_days_in_a_row_count() -> None:
    """The same day counts once; a missed day starts again, and the longest is remembered."""
    assert on([0, 0, 1, 2]).count == 3
    broken = on([0, 1, 2, 4])
    assert (broken.count, broken.longest) == (1, 3)


def test_one_missed_day_a_month_is_forgiven() -> None:
    """With protection the first gap of a month is bridged, its second breaks the streak, a new month forgives again."""
    once = on([0, 2], protected=True)
    assert (once.count, once.forgiven_month) == (2, date(2026, 11, 1))
    assert on([0, 2, 4], protected=True).count == 1
    assert on([0, 3], protected=True).count == 1
    december = Streak(5, 5, date(2026, 11, 30), protected=True, forgiven_month=date(2026, 11, 1))
    assert attended(december, date(2026, 12, 2)) == (
        Streak(6, 6, date(2026, 12, 2), protected=True, forgiven_month=date(2026, 12, 1)),
        date(2026, 12, 1),
    )


@given(st.integers(0, 40), st.integers(1, 400))
def test_a_clock_that_goes_back_changes_nothing(days: int, back: int) -> None:
    """A player's days never go back: an earlier day is the one they are on."""
    streak = on(list(range(days + 1)))
    today = DAY + timedelta(days=days - back)
    assert attended(streak, today) == (streak, None)
    assert standing(streak, today) == days + 1


@pytest.mark.parametrize(
    ("today", "protected", "count", "chance"),
    [(0, False, 1, 1), (1, False, 1, 1), (2, False, 0, None), (2, True, 1, 2), (3, True, 0, None)],
)
def test_a_streak_lives_until_its_last_chance(
    today: int, protected: bool, count: int, chance: int | None
) -> None:
    """It stands until the next day is over, or the one after where that is forgiven."""
    streak, day = on([0], protected=protected), DAY + timedelta(days=today)
    assert standing(streak, day) == count
    assert last_chance(streak, day) == (None if chance is None else DAY + timedelta(days=chance))


def test_what_is_coming_follows_from_today() -> None:
    """Today keeps its number once attended; before that it is the next one."""
    assert coming(on([0]), DAY, 2) == [(DAY, 1), (DAY + timedelta(days=1), 2)]
    assert coming(on([0]), DAY + timedelta(days=1), 1) == [(DAY + timedelta(days=1), 2)]
    assert coming(Streak(), DAY, 1) == [(DAY, 1)]
