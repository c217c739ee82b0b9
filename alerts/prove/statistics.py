"""Recall, precision and delays of a whole matrix, each with how far it can be trusted."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alerts.prove.outcome import Cell, Sighting

# Two-sided 95 % of the normal distribution.
Z = 1.959964


@dataclass(frozen=True)
class Share:
    """So many of so many, with Wilson's interval (Wilson, JASA 1927), which is honest near 0 and 1."""

    hits: int
    tries: int

    @property
    def value(self) -> float | None:
        """The share; None without a try."""
        return self.hits / self.tries if self.tries else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the true share lies with 95 % confidence."""
        if not self.tries:
            return None
        share, count = self.hits / self.tries, self.tries
        middle = (share + Z**2 / (2 * count)) / (1 + Z**2 / count)
        half = Z * math.sqrt(share * (1 - share) / count + Z**2 / (4 * count**2)) / (1 + Z**2 / count)
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True)
class Delay:
    """Predicted and measured seconds of one alert under one fault, over its repeats."""

    name: str
    fault: str
    predicted: float
    tolerance: float
    measured: tuple[float, ...]
    reset_predicted: float
    reset: tuple[float, ...]
    notified_predicted: float
    notified: tuple[float, ...]
    notified_later: float = 0.0

    @property
    def notified_in_time(self) -> bool | None:
        """Whether the webhook heard within the same tolerance; None where a known cause kept it silent.

        What joins a group that was told before waits for the group's next notification.
        """
        if not self.notified:
            return None
        late = statistics.fmean(self.notified) - self.notified_predicted
        return -self.tolerance <= late <= self.notified_later + self.tolerance

    @property
    def mean(self) -> float:
        """Of the measured delays."""
        return statistics.fmean(self.measured)

    @property
    def in_time(self) -> bool:
        """Whether the mean is within the tolerance of the prediction."""
        return abs(self.mean - self.predicted) <= self.tolerance


def recall(cells: Iterable[Cell]) -> Share:
    """Of the alerts that verified faults had to bring, how many fired."""
    wanted = [one for cell in cells if cell.verified for one in cell.sightings if one.expected]
    return Share(sum(one.detected is not None for one in wanted), len(wanted))


def precision(cells: Iterable[Cell], false_alarms: Sequence[str]) -> Share:
    """Of the alerts that fired, under faults and without, how many had to; possible ones do not count."""
    seen = [
        one
        for cell in cells
        if cell.verified
        for one in cell.sightings
        if one.detected is not None and (one.expected or not one.possible)
    ]
    right = sum(one.expected for one in seen)
    return Share(right, len(seen) + len(false_alarms))


def delays(cells: Iterable[Cell]) -> list[Delay]:
    """Every expected alert that fired, by fault."""
    found: defaultdict[tuple[str, str], list[Sighting]] = defaultdict(list)
    for cell in cells:
        for one in cell.sightings:
            if cell.verified and one.expected and one.detected is not None:
                found[one.name, cell.fault].append(one)
    return [
        Delay(
            name,
            fault,
            seen[0].predicted or 0.0,
            seen[0].tolerance or 0.0,
            tuple(one.detected for one in seen if one.detected is not None),
            seen[0].reset_predicted or 0.0,
            tuple(one.reset for one in seen if one.reset is not None),
            seen[0].notified_predicted or 0.0,
            tuple(one.notified for one in seen if one.notified is not None),
            max(one.notified_later for one in seen),
        )
        for (name, fault), seen in sorted(found.items())
    ]


def proved(cells: Iterable[Cell]) -> set[str]:
    """The alerts that fired at least once under a fault that had to bring them."""
    return {
        one.alert
        for cell in cells
        if cell.verified
        for one in cell.sightings
        if one.expected and one.detected is not None
    }
