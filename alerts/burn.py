"""Burn-rate alerts of one objective: one alert a window pair, and how soon each one speaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from alerts.clock import Clock
from alerts.duration import Duration
from alerts.indicators import selected
from alerts.slo import BurnPolicy, Slo

# A measured delay may differ from the predicted one by this share, or by two scrapes and evaluations.
DELAY_TOLERANCE = Decimal("0.2")

# increase() extrapolates, so three events may be read as 2.999; half an event keeps the guard whole.
_HALF_EVENT = Decimal("0.5")


def threshold_of(slo: Slo, policy: BurnPolicy) -> Decimal:
    """The share of bad events above which the policy fires: factor x (1 - target)."""
    return policy.factor * slo.error_budget


def alert_rules(slo: Slo, clock: Clock) -> list[dict[str, Any]]:
    """The alerts of an objective, without their runbook links."""
    return [_alert_rule(slo, policy, clock) for policy in slo.policies]


def labels_of(slo: Slo, policy: BurnPolicy) -> dict[str, str]:
    """What an alert adds to the labels of the error ratio it looks at."""
    return {
        "severity": policy.severity,
        "team": slo.team,
        "sloth_severity": policy.severity,
        "long": str(policy.long),
        "short": str(policy.short),
    }


def annotations_of(slo: Slo, policy: BurnPolicy, share: str) -> dict[str, str]:
    """Texts for whoever is called; `share` is the bad share, or the template that prints it."""
    allowed = f"{(slo.error_budget * 100).normalize():f} %"
    return {
        "summary": f"{slo.title}: its error budget burns over {policy.factor} times too fast",
        "description": (
            f"{share} of the events of the last {policy.long} were bad, "
            f"and the last {policy.short} are no better; "
            f"the objective {slo.name} allows {allowed} over {slo.period}."
        ),
    }


def _alert_rule(slo: Slo, policy: BurnPolicy, clock: Clock) -> dict[str, Any]:
    limit = f"({policy.factor} * {slo.error_budget})"
    long = selected(slo, f"slo:sli_error:ratio_rate{policy.long}")
    short = selected(slo, f"slo:sli_error:ratio_rate{policy.short}")
    bad = selected(slo, f"slo:sli_bad:increase{policy.long}")
    expression = (
        f"{long} > {limit}\n"
        f"and ignoring (sloth_window)\n"
        f"{short} > {limit}\n"
        f"and\n"
        f"{bad} > {policy.bad_events_min - _HALF_EVENT}"
    )
    return {
        "alert": slo.alert_name,
        "expr": expression,
        "for": str(clock.hold(policy.hold)),
        "labels": labels_of(slo, policy),
        "annotations": annotations_of(slo, policy, "{{ $value | humanizePercentage }}"),
    }


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """How long after the start of a fault an alert fires and its notification leaves."""

    slo: str
    alert: str
    policy: str
    severity: str
    error_ratio: Decimal
    fires: Duration
    notifies: Duration
    tolerance: Duration


def predict(
    slo: Slo, policy: BurnPolicy, clock: Clock, *, error_ratio: Decimal, group_wait: Duration
) -> Prediction | None:
    """Predict the delay under steady traffic on a clean history; None when the errors are too few to fire.

    factor x (1 - target) x long / error ratio + for + scrape + evaluation; the notification leaves
    `group_wait` later. `tolerance` is max(20 %, scrape + evaluation).
    """
    threshold = threshold_of(slo, policy)
    if error_ratio <= threshold:
        return None
    crossing = float(threshold / error_ratio) * clock.window(policy.long).seconds
    step = clock.scrape.seconds + clock.evaluation.seconds
    fires = crossing + clock.hold(policy.hold).seconds + step
    return Prediction(
        slo=slo.name,
        alert=slo.alert_name,
        policy=policy.name,
        severity=policy.severity,
        error_ratio=error_ratio,
        fires=Duration.of_seconds(fires),
        notifies=Duration.of_seconds(fires + group_wait.seconds),
        tolerance=Duration.of_seconds(max(float(DELAY_TOLERANCE) * fires, step)),
    )


def predictions(
    slo: Slo, clock: Clock, *, error_ratios: tuple[Decimal, ...], group_wait: Duration
) -> Iterator[Prediction]:
    """Every alert of the objective that fires at each of the error ratios, with its delay."""
    for policy in slo.policies:
        for ratio in error_ratios:
            found = predict(slo, policy, clock, error_ratio=ratio, group_wait=group_wait)
            if found is not None:
                yield found
