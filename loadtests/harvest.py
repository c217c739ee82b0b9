"""What a run brought home, from one generator or from many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loadtests.generator import Strain
from loadtests.tally import Tally


@dataclass(frozen=True, slots=True)
class Harvest:
    """The figures of the generators that reported, how hard each worked, and how many were `expected`.

    The stages opened and closed at `opens` and `closes` (Unix times).
    """

    tally: Tally
    strains: Sequence[Strain]
    expected: int
    opens: float
    closes: float
