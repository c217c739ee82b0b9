"""Durations read and print as Prometheus does, and scale exactly."""

from fractions import Fraction

import pytest

from alerts.duration import Duration


@pytest.mark.parametrize("text", ["5m", "1h30m", "28d", "250ms", "1d", "2s500ms"])
def test_what_is_printed_is_what_was_read(text: str) -> None:
    """In the largest units that fit."""
    assert str(Duration.parse(text)) == text


@pytest.mark.parametrize(("text", "printed"), [("60m", "1h"), ("24h", "1d"), ("4w", "28d"), ("90s", "1m30s")])
def test_equal_lengths_print_alike(text: str, printed: str) -> None:
    """Names of recorded series are made from durations, so one length must have one name."""
    assert str(Duration.parse(text)) == printed


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "-5m", "1.5h", "0s", "5M"])
def test_anything_else_is_refused(text: str) -> None:
    """Also zero: a window of no length selects nothing."""
    with pytest.raises(ValueError, match=r"not a duration|no time"):
        Duration.parse(text)


def test_scaling_keeps_milliseconds() -> None:
    """Five minutes at 1/60 are five seconds; at 1/7 they are rounded to the millisecond."""
    assert str(Duration.parse("5m").scaled(Fraction(1, 60))) == "5s"
    assert Duration.parse("5m").scaled(Fraction(1, 7)).milliseconds == 42857
