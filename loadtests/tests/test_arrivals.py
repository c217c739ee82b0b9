"""Intended starts: the rate that was asked for, drawn from the seed alone."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from loadtests.arrivals import Pattern, Segment, intended_starts


def _starts(pattern: Pattern, *segments: Segment, seed: int = 1) -> list[float]:
    """Instants of one player whose first segment opens at 100 s."""
    return [
        arrival.instant
        for arrival in intended_starts(segments, begin=100.0, pattern=pattern, rng=Random(seed))
    ]


@pytest.mark.parametrize("pattern", ["poisson", "constant"])
def test_the_rate_is_kept(pattern: Pattern) -> None:
    """10,000 expected arrivals come within five standard deviations of a Poisson count."""
    starts = _starts(pattern, Segment("steady", 1000.0, 10.0))
    assert abs(len(starts) - 10_000) < 500
    assert min(starts) >= 100.0
    assert max(starts) < 1100.0


def test_a_change_of_rate_takes_effect_at_once() -> None:
    """A stage at three times the rate holds three times the arrivals."""
    starts = _starts("constant", Segment("calm", 100.0, 1.0), Segment("storm", 100.0, 3.0))
    calm = sum(start < 200.0 for start in starts)
    assert (calm, len(starts) - calm) in {(100, 300), (100, 299), (100, 301)}


def test_poisson_gaps_are_exponential() -> None:
    """The standard deviation of exponential gaps equals their mean."""
    starts = _starts("poisson", Segment("steady", 5000.0, 2.0))
    gaps = [after - before for before, after in pairwise(starts)]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert deviation == pytest.approx(mean, rel=0.05)


def test_the_seed_decides() -> None:
    """The same seed draws the same schedule, another seed another one."""
    steady = Segment("steady", 10.0, 5.0)
    assert _starts("poisson", steady, seed=3) == _starts("poisson", steady, seed=3)
    assert _starts("poisson", steady, seed=3) != _starts("poisson", steady, seed=4)


def test_arrivals_name_their_stage() -> None:
    """Each arrival belongs to the stage whose stretch it falls in."""
    segments = [Segment("first", 10.0, 5.0), Segment("second", 10.0, 5.0)]
    for arrival in intended_starts(segments, begin=0.0, pattern="poisson", rng=Random(2)):
        assert arrival.stage == ("first" if arrival.instant < 10.0 else "second")
