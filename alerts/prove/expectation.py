"""What a fault must bring, and when: predictions from the rules themselves and from what proofs.yaml says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from alerts import alertmanager_config, burn
from alerts.clock import Clock
from alerts.compiler import Compiled
from alerts.duration import Duration
from alerts.gate.monitor import Alert
from alerts.profiles import Profile
from alerts.proofs import Proof, Proofs


@dataclass(frozen=True)
class Expected:
    """Seconds from the fault to the alert, from its end to its silence, and how far off both may be."""

    fires: float
    tolerance: float
    resets: float
    notifies: float


def expectations(proofs: Proofs, fault: str, compiled: Compiled, profile: Profile) -> dict[Alert, Expected]:
    """Every alert that the fault must bring."""
    wait = alertmanager_config.group_wait(profile, compiled.clock)
    return {
        alert: _of_pair(compiled, alert, proof, wait) if alert[1] else _of_cause(compiled, alert, proof, wait)
        for alert, proof in proofs.expected(fault).items()
    }


def _of_pair(compiled: Compiled, alert: Alert, proof: Proof, wait: Duration) -> Expected:
    slo = next(found for found in compiled.slos if found.alert_name == alert[0])
    policy = next(found for found in slo.policies if str(found.long) == alert[1])
    ratio, clock = Decimal(str(proof.error_ratio)), compiled.clock
    predicted = burn.predict(slo, policy, clock, error_ratio=ratio, group_wait=wait)
    if predicted is None:
        raise ValueError(f"{alert[0]} {alert[1]} can never fire at an error ratio of {ratio}")
    left = float(1 - burn.threshold_of(slo, policy) / ratio) * clock.window(policy.short).seconds
    return Expected(
        predicted.fires.seconds,
        predicted.tolerance.seconds,
        left + _step(clock),
        predicted.notifies.seconds,
    )


def _of_cause(compiled: Compiled, alert: Alert, proof: Proof, wait: Duration) -> Expected:
    rule = next(found for found in compiled.alerts if found["alert"] == alert[0])
    step = _step(compiled.clock)
    # What is true is seen by the next scrape and evaluation, which are half an interval away on average; an
    # objective's ratio is a rate and needs the whole of them (`burn.predict`).
    fires = proof.true_after_seconds + _held(rule, "for") + step / 2
    tolerance = max(float(burn.DELAY_TOLERANCE) * fires, step)
    resets = proof.false_after_seconds + _held(rule, "keep_firing_for") + step
    return Expected(fires, tolerance, resets, fires + wait.seconds)


def _held(rule: Mapping[str, str], key: str) -> float:
    return Duration.parse(rule[key]).seconds if rule.get(key, "0s") != "0s" else 0.0


def _step(clock: Clock) -> float:
    return clock.scrape.seconds + clock.evaluation.seconds
