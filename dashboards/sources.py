"""What the boards take from the alerts room: objectives, thresholds, runbooks and the names of metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from alerts import compiler
from alerts.registry import Registry
from alerts.slo import Slo, by_name


@dataclass(frozen=True)
class Sources:
    """`runbooks` maps an alert's name to its page; `limits` a setting's name to production's threshold."""

    slos: tuple[Slo, ...]
    runbooks: Mapping[str, str]
    limits: Mapping[str, float]
    registry: Registry
    rule_expressions: tuple[str, ...]

    def slo(self, name: str) -> Slo:
        """An objective by its name."""
        return by_name(self.slos)[name]

    def threshold_seconds(self, name: str) -> float:
        """The latency that an objective still counts as good. Raises ValueError for one without latency."""
        found = self.slo(name).threshold_seconds
        if found is None:
            raise ValueError(f"the objective {name} has no latency threshold")
        return found

    def burn_factors(self) -> list[float]:
        """The burn rates that somebody is called for, smallest first."""
        return sorted({float(policy.factor) for slo in self.slos for policy in slo.policies})


def load() -> Sources:
    """Read the alerts room as it is committed."""
    compiled = compiler.committed()
    return Sources(
        slos=compiled.slos,
        runbooks={alert["alert"]: alert["annotations"]["runbook_url"] for alert in compiled.alerts},
        limits=compiler.committed_thresholds(),
        registry=compiler.registry_of(compiled.slos),
        rule_expressions=tuple(rule["expr"] for group in compiled.rules["groups"] for rule in group["rules"]),
    )
