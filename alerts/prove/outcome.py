"""What became of one fault, as kept in a file: a run that was interrupted goes on after the cells it has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from alerts.verdict import Verdict


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """One alert under one fault. Seconds count from the verified start of the fault, or from its end (`reset`).

    `notified` is when the webhook got it, and `notified_later` how much later than predicted that may be, since its
    group had just been told of another alert. A prediction is None where none was asked for.
    """

    alert: str
    pair: str
    expected: bool
    possible: bool
    detected: float | None = None
    predicted: float | None = None
    tolerance: float | None = None
    notified: float | None = None
    notified_predicted: float | None = None
    notified_later: float = 0.0
    reset: float | None = None
    reset_predicted: float | None = None

    @property
    def name(self) -> str:
        """The alert with its window pair."""
        return f"{self.alert} {self.pair}".strip()

    @property
    def in_time(self) -> bool | None:
        """Whether it was detected within the tolerance of the prediction; None when there is nothing to compare."""
        if self.detected is None or self.predicted is None or self.tolerance is None:
            return None
        return abs(self.detected - self.predicted) <= self.tolerance


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One fault, once. `verified` is False when the fault was not seen; then the cell says nothing."""

    fault: str
    repeat: int
    verified: bool
    trouble: str = ""
    applied_at: float | None = None
    ended_at: float | None = None
    seconds: float = 0.0
    pages: int = 0
    sightings: tuple[Sighting, ...] = ()
    diagnosis: tuple[Mapping[str, Any], ...] = ()
    mitigated_by: str = ""
    reset: bool = True
    rules: str = ""
    notes: tuple[str, ...] = field(default=())

    @property
    def missing(self) -> list[str]:
        """Alerts that were expected and did not fire."""
        return [one.name for one in self.sightings if one.expected and one.detected is None]

    @property
    def unexpected(self) -> list[str]:
        """Alerts that fired and neither had to nor could."""
        return [one.name for one in self.sightings if not one.expected and not one.possible]

    @property
    def verdict(self) -> Verdict:
        """UNKNOWN without a verified fault; FAIL for a missing or unexpected alert, a step, or no reset."""
        if not self.verified:
            return Verdict.UNKNOWN
        broken = [step for step in self.diagnosis if not step["good"]]
        wrong = self.missing or self.unexpected or broken or not self.reset
        return Verdict.FAIL if wrong else Verdict.PASS

    @property
    def detail(self) -> str:
        """The verdict's reason in a line."""
        parts = [self.trouble] if self.trouble else []
        if self.missing:
            parts.append(f"silent: {', '.join(self.missing)}")
        if self.unexpected:
            parts.append(f"unexpected: {', '.join(self.unexpected)}")
        parts += [
            f"runbook step failed: {step['text'][:80]!r}" for step in self.diagnosis if not step["good"]
        ]
        if self.verified and not self.reset:
            parts.append("alerts still fire after the fault")
        fired = [f"{one.name} {one.detected:.1f} s" for one in self.sightings if one.detected is not None]
        return "; ".join([*parts, *([f"fired: {', '.join(fired)}"] if fired else [])])


def write(cell: Cell, path: Path) -> None:
    """Keep a cell, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(cell), indent=1) + "\n")
    draft.replace(path)


def read(path: Path, rules: str) -> Cell | None:
    """A kept cell, if it was made with these very rules; None otherwise."""
    try:
        document = json.loads(path.read_text())
        sightings = tuple(Sighting(**found) for found in document.pop("sightings"))
        cell = Cell(
            **{
                **document,
                "sightings": sightings,
                "diagnosis": tuple(document["diagnosis"]),
                "notes": tuple(document["notes"]),
            }
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return cell if cell.rules == rules else None
