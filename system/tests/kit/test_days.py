"""Days by the casino's time zone: where they begin, also around midnight and when clocks are changed."""

from datetime import UTC, date, datetime

import pytest

from casino.kit.days import Calendar, month_of, week_of
from casino.kit.settings import Settings


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 11, 21, 14, 59, 59, 999_999, UTC), date(2026, 11, 21)),
        (datetime(2026, 11, 21, 15, 0, 0, 0, UTC), date(2026, 11, 22)),
        (datetime(2026, 12, 31, 15, 0, 0, 0, UTC), date(2027, 1, 1)),
        (datetime(2028, 2, 28, 15, 0, 0, 0, UTC), date(2028, 2, 29)),
    ],
)
def test_a_day_turns_at_local_midnight(moment: datetime, day: date) -> None:
    """In Seoul the day turns at 15:00 UTC, to the microsecond."""
    assert Calendar("Asia/Seoul").day_of(moment) == day


def test_days_are_as_long_as_the_zone_makes_them() -> None:
    """Where clocks are changed a day has 23 or 25 hours, and no moment is without a day."""
    berlin = Calendar("Europe/Berlin")
    hours = [
        (berlin.start_of(after) - berlin.start_of(day)).total_seconds() / 3600
        for day, after in (
            (date(2026, 3, 29), date(2026, 3, 30)),
            (date(2026, 10, 25), date(2026, 10, 26)),
        )
    ]
    assert hours == [23, 25]


def test_seconds_never_run_below_zero() -> None:
    """What is past is zero seconds away."""
    calendar = Calendar("Asia/Seoul")
    now = datetime(2026, 11, 21, 14, 59, 30, tzinfo=UTC)
    assert calendar.seconds_until(date(2026, 11, 22), now) == 30
    assert calendar.seconds_until(date(2026, 11, 20), now) == 0


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    """The first days of periods."""
    assert week_of(date(2026, 11, 22)) == date(2026, 11, 16)
    assert week_of(date(2026, 11, 16)) == date(2026, 11, 16)
    assert month_of(date(2026, 11, 22)) == date(2026, 11, 1)


def test_an_unknown_zone_is_refused() -> None:
    """A setting that names no time zone stops the process, not the first player at midnight."""
    with pytest.raises(ValueError, match="Atlantis"):
        Settings.model_validate({"time_zone": "Sea/Atlantis"})
