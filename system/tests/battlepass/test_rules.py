"""Experience and levels of a season."""

from datetime import UTC, datetime, timedelta

import pytest

from casino.battlepass.rules import Counted, Season, experience, is_news, level_of, target_of

START = datetime(2026, 11, 1, tzinfo=UTC)
STEPS = (100, 300, 600)
SEASON = Season(1, "s", START, START + timedelta(days=30), {"plays": 10, "wins": 5}, STEPS)


def test_a_season_counts_its_own_time() -> None:
    """By its own rates, from its first moment to before its last."""
    moments = [START - timedelta(microseconds=1), START, START + timedelta(days=30)]
    facts = [Counted(1, moment, {"plays": 1, "wins": 1, "wagered": 100}) for moment in moments]
    assert experience(facts, [SEASON]) == {(1, 1): 15}


@pytest.mark.parametrize(
    ("xp", "level", "target"), [(0, 0, 100), (99, 0, 100), (100, 1, 300), (599, 2, 600), (9_999, 3, 600)]
)
def test_levels_are_reached_in_all(xp: int, level: int, target: int) -> None:
    """A level is reached with exactly what it needs; at the top there is no further one."""
    assert (level_of(xp, STEPS), target_of(xp, STEPS)) == (level, target)


@pytest.mark.parametrize(
    ("before", "after", "news"),
    [(0, 9, False), (0, 10, True), (95, 101, True), (100, 119, False), (100, 120, True), (600, 900, False)],
)
def test_experience_is_news_by_tenths_of_a_level(before: int, after: int, news: bool) -> None:
    """And always when a level is reached; never at the top."""
    assert is_news(before, after, STEPS) == news
