"""What was seen of one fault, before anybody judges it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alerts.verdict import Result
from chaos.checker import Evidence
from chaos.experiment import Experiment
from chaos.kinds import APPLY, RELEASE
from chaos.observer import Observations
from chaos.prometheus import Rule
from chaos.toolkit import Journal


@dataclass(frozen=True, slots=True)
class Trial:
    """Everything that was seen of one fault.

    The load was at its full rate from `load_opened` (Unix time), and to the end if `load_lasted`.
    """

    experiment: Experiment
    load_opened: float
    load_lasted: bool
    journal: Journal
    seen: Observations
    rules: Mapping[str, Rule] | None
    load: Result
    evidence: Evidence

    @property
    def applied(self) -> Mapping[str, Any] | None:
        """`at` (Unix time) of the fault and the victim's `pid`; None when it was not made.

        A fault that strikes several times has `moments` too.
        """
        applied: Mapping[str, Any] | None = self.journal.output(APPLY)
        return applied

    @property
    def released_at(self) -> float | None:
        """Unix time from which the system could heal; None when the fault was not ended."""
        released = self.journal.output(RELEASE)
        if released is not None:
            return float(released["at"])
        # A restart ends by itself.
        return float(self.applied["until"]) if self.applied and "until" in self.applied else None
