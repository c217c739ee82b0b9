"""Levels of experience."""

from hypothesis import given
from hypothesis import strategies as st

from casino.rewards.rules import exp_at, level_of


def test_levels_begin_where_they_say() -> None:
    """One short of a level is still the one before."""
    assert [exp_at(level) for level in (1, 2, 3, 4)] == [0, 100, 400, 900]
    assert [level_of(exp) for exp in (0, 99, 100, 399, 400)] == [1, 1, 2, 2, 3]


@given(st.integers(0, 10**15))
def test_every_experience_has_its_level(exp: int) -> None:
    """It lies between the level's own beginning and the next one's."""
    level = level_of(exp)
    assert exp_at(level) <= exp < exp_at(level + 1)
