"""What a run brought home, from one generator or from many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loadtests.generator import Strain
from loadtests.tally import Tally


@dataclass(frozen=True, slots=True)
class Harvest:
    """The figures of every generator that reported, and how hard each worked; `expected` is how many should."""

    tally: Tally
    strains: Sequence[Strain]
    expected: int
