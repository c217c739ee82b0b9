"""When each player means to act, drawn before the run, so that a slow server cannot slow the load down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

Pattern = Literal["poisson", "constant"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the run with one rate, in intended steps a second of one player."""

    stage: str
    seconds: float
    rate: float


@dataclass(frozen=True, slots=True)
class Arrival:
    """One intended start: seconds since the Unix epoch, and the stage it falls in."""

    instant: float
    stage: str


def intended_starts(
    segments: Sequence[Segment], *, begin: float, pattern: Pattern, rng: Random
) -> Iterator[Arrival]:
    """Intended starts of one player over `segments`, the first segment opening at `begin`.

    `poisson` draws independent exponential gaps, so that many players together are again Poisson at the
    sum of their rates; `constant` spaces them evenly from a random phase. Both are drawn at unit rate and
    mapped through the inverse of the cumulated rate (Çinlar 1975), which keeps the draw exact across a
    change of rate.
    """
    due = rng.expovariate(1.0) if pattern == "poisson" else rng.random()
    opened, cumulated = begin, 0.0
    for segment in segments:
        load = segment.rate * segment.seconds
        while due < cumulated + load:
            yield Arrival(opened + (due - cumulated) / segment.rate, segment.stage)
            due += rng.expovariate(1.0) if pattern == "poisson" else 1.0
        opened += segment.seconds
        cumulated += load
