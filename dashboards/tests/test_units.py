"""Values read as people write them."""

import pytest

from dashboards import units
from dashboards.panels import (
    BAD,
    COUNT,
    GOOD,
    PER_SECOND,
    SECONDS,
    SEVERE,
    SHARE,
    WARNING,
    bad_above,
    bad_below,
)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0.9995, SHARE, "99.95 %"),
        (-15.461, SHARE, "-1546 %"),
        (0, SECONDS, "0 s"),
        (0.00025, SECONDS, "250 µs"),
        (0.25, SECONDS, "250 ms"),
        (1.5, SECONDS, "1.5 s"),
        (216.84, SECONDS, "3.61 min"),
        (10800, SECONDS, "3 h"),
        (1200, PER_SECOND, "1.2 k/s"),
        (3_400_000, COUNT, "3.4 M"),
        (7, COUNT, "7"),
    ],
)
def test_values_carry_their_unit(value: float, unit: str, expected: str) -> None:
    """In the largest unit that keeps the number short."""
    assert units.text(value, unit) == expected


def test_colours_follow_the_thresholds() -> None:
    """At the threshold itself the step has been reached, as in Grafana."""
    below = [{"value": value, "color": colour} for value, colour in bad_below(0.999)]
    assert [units.colour(value, below) for value in (0.9989, 0.999, 1)] == [BAD, GOOD, GOOD]
    above = [{"value": value, "color": colour} for value, colour in bad_above(1, 3, 6, 14.4)]
    shown = [units.colour(value, above) for value in (0.5, 1, 3, 6, 14.4)]
    assert shown == [GOOD, WARNING, SEVERE, SEVERE, BAD]


def test_ticks_are_round_moments() -> None:
    """Few enough to read, none at the edges where they would touch other labels."""
    minutes = [1_000_000_000 + offset for offset in (20, 80, 140, 200, 260)]
    assert units.time_ticks(1_000_000_000, 1_000_000_300) == minutes
    assert units.time_ticks(1_000_000_010, 1_000_000_300) == minutes[1:]
    assert units.clock_text(1_000_000_000) == "01:46:40"
