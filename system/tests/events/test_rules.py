"""Whom what was settled moves, and how far."""

from datetime import UTC, date, datetime, timedelta

from casino.events.rules import (
    Counted,
    Entry,
    Mission,
    event_steps,
    mission_steps,
    next_period,
    period_start,
)

MOMENT = datetime(2026, 11, 21, 3, tzinfo=UTC)
SATURDAY, MONDAY = date(2026, 11, 21), date(2026, 11, 16)


def counted(amounts: dict[str, int], *, user: int = 1, at: datetime = MOMENT) -> Counted:
    """What a fact counts for."""
    return Counted(user, at, at.date(), amounts)


def test_periods_begin_and_end() -> None:
    """A day is its own period; weeks run from Monday to Monday."""
    assert (period_start("daily", SATURDAY), next_period("daily", SATURDAY)) == (SATURDAY, date(2026, 11, 22))
    assert (period_start("weekly", SATURDAY), next_period("weekly", SATURDAY)) == (MONDAY, date(2026, 11, 23))
    assert period_start("weekly", MONDAY) == MONDAY


def test_missions_add_up_by_their_period() -> None:
    """Two days of a week: the daily mission has two steps, the weekly one has one sum."""
    missions = [Mission(1, "daily", "plays", MOMENT, None), Mission(2, "weekly", "plays", MOMENT, None)]
    facts = [
        counted({"plays": 1}),
        counted({"plays": 1, "wins": 1}),
        counted({"plays": 1}, at=MOMENT + timedelta(days=1)),
    ]
    assert mission_steps(facts, missions) == {
        (1, 1, SATURDAY): 2,
        (1, 1, date(2026, 11, 22)): 1,
        (1, 2, MONDAY): 3,
    }


def test_a_mission_counts_only_its_own_time() -> None:
    """What was settled before a mission was made, or after it was retired, does not move it."""
    mission = Mission(1, "daily", "plays", MOMENT, MOMENT + timedelta(hours=1))
    moments = [MOMENT - timedelta(microseconds=1), MOMENT, MOMENT + timedelta(hours=1)]
    facts = [counted({"plays": 1}, at=moment) for moment in moments]
    assert mission_steps(facts, [mission]) == {(1, 1, SATURDAY): 1}


def test_an_event_counts_from_joining_to_its_end() -> None:
    """Only the player who joined, only their measure, from the moment they joined to the event's end."""
    entry = Entry(7, 1, "plays", MOMENT, MOMENT + timedelta(days=1))
    facts = [
        counted({"plays": 1}, at=MOMENT - timedelta(microseconds=1)),
        counted({"plays": 1}),
        counted({"wins": 1}),
        counted({"plays": 1}, user=2),
        counted({"plays": 2}, at=MOMENT + timedelta(hours=23)),
        counted({"plays": 1}, at=MOMENT + timedelta(days=1)),
    ]
    assert event_steps(facts, [entry]) == {(7, 1): 3}
