"""The tests of randomness that regulators ask for, as p-values: how likely an honest game is to look so odd.

Chi-square, runs (Wald and Wolfowitz), serial correlation and gap tests, after Knuth, The Art of Computer Programming,
volume 2, section 3.3.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np
import numpy.typing as npt

SIGNIFICANCE = 0.01
EXPECTED_MIN = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One test of one game."""

    game: str
    test: str
    statistic: float
    p_value: float

    @property
    def holds(self) -> bool:
        """Whether chance explains it at 99 %."""
        return self.p_value >= SIGNIFICANCE


def two_sided(z: float) -> float:
    """The probability that a standard normal lies as far out."""
    return erfc(abs(z) / sqrt(2))


def chi_square_tail(statistic: float, degrees: int) -> float:
    """P(chi-square ≥ statistic), by the cube-root normal approximation of Wilson and Hilferty (1931)."""
    assert degrees >= 1
    spread = 2 / (9 * degrees)
    z = ((statistic / degrees) ** (1 / 3) - (1 - spread)) / sqrt(spread)
    return 0.5 * erfc(z / sqrt(2))


def chi_square(game: str, test: str, counts: npt.ArrayLike, chances: npt.ArrayLike) -> Finding:
    """Whether the categories come as often as their chances say; rare ones are put together with their neighbour."""
    seen, expected = _merged(np.asarray(counts, dtype=float), np.asarray(chances, dtype=float))
    statistic = float(((seen - expected) ** 2 / expected).sum())
    return Finding(game, test, statistic, chi_square_tail(statistic, len(seen) - 1))


def _merged(
    counts: npt.NDArray[np.float64], chances: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    assert abs(chances.sum() - 1) < 1e-9, "the chances of all categories add up to one"
    expected = chances * counts.sum()
    seen, wanted = [0.0], [0.0]
    for count, expectation in zip(counts, expected, strict=True):
        if wanted[-1] >= EXPECTED_MIN:
            seen.append(0.0)
            wanted.append(0.0)
        seen[-1] += float(count)
        wanted[-1] += float(expectation)
    if len(wanted) > 1 and wanted[-1] < EXPECTED_MIN:
        last_seen, last_wanted = seen.pop(), wanted.pop()
        seen[-1] += last_seen
        wanted[-1] += last_wanted
    return np.array(seen), np.array(wanted)


def runs(game: str, hits: npt.NDArray[np.bool_], chance: float) -> Finding:
    """Whether hits and misses alternate as often as independent ones of this chance do."""
    rounds = len(hits)
    changes = int((hits[1:] != hits[:-1]).sum())
    swap = 2 * chance * (1 - chance)
    expected = (rounds - 1) * swap
    # Neighbouring changes share a round: their covariance is pq − 4p²q² each.
    both = chance * (1 - chance)
    variance = (rounds - 1) * swap * (1 - swap) + 2 * (rounds - 2) * (both - swap**2)
    z = (changes - expected) / sqrt(variance)
    return Finding(game, "runs", z, two_sided(z))


def serial_correlation(game: str, values: npt.NDArray[np.float64], lag: int = 1) -> Finding:
    """Whether a value tells anything of the one `lag` rounds later."""
    centred = values - values.mean()
    correlation = float((centred[:-lag] * centred[lag:]).mean() / (centred**2).mean())
    z = correlation * sqrt(len(values) - lag)
    return Finding(game, f"serial correlation, lag {lag}", z, two_sided(z))


def gaps(game: str, hits: npt.NDArray[np.bool_], chance: float, *, longest: int) -> Finding:
    """Whether the rounds between two hits are as many as chance leaves (geometric); longer ones count together."""
    between = np.diff(np.flatnonzero(hits)) - 1
    counts = np.bincount(np.minimum(between, longest), minlength=longest + 1)
    chances = chance * (1 - chance) ** np.arange(longest + 1)
    chances[-1] = (1 - chance) ** longest
    return chi_square(game, "gap", counts, chances)


def mean_within(
    game: str, test: str, values: npt.NDArray[np.float64], expected: float, spread: float
) -> Finding:
    """Whether the mean of independent values with this standard deviation is the expected one."""
    z = (float(values.mean()) - expected) / (spread / sqrt(len(values)))
    return Finding(game, test, z, two_sided(z))


def all_hold(findings: Sequence[Finding]) -> bool:
    """Whether every test holds."""
    return all(finding.holds for finding in findings)
