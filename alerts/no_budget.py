"""The alert of an objective without an error budget: one bad event pages, and how soon it does."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from alerts.burn import Prediction
from alerts.clock import Clock
from alerts.duration import Duration
from alerts.indicators import selected
from alerts.slo import NoBudget, Slo

# What stands for the name of a burn policy in predictions.
POLICY = "any-bad-event"
SEVERITY = "page"


def alert_rules(slo: Slo) -> list[dict[str, Any]]:
    """The one alert of an objective without a budget, without its runbook link; none for one that has a budget."""
    if slo.no_budget is None:
        return []
    bad = selected(slo, f"slo:sli_bad:increase{slo.no_budget.window}")
    return [
        {
            "alert": slo.alert_name,
            "expr": f"{bad} > 0",
            "labels": labels_of(slo),
            "annotations": annotations_of(slo, slo.no_budget, "{{ $value | humanize }}"),
        }
    ]


def labels_of(slo: Slo) -> dict[str, str]:
    """What the alert adds to the labels of the bad events it looks at."""
    return {"severity": SEVERITY, "team": slo.team, "sloth_severity": SEVERITY}


def annotations_of(slo: Slo, alert: NoBudget, events: str) -> dict[str, str]:
    """Texts for whoever is called; `events` is the number of bad ones, or the template that prints it."""
    return {
        "summary": f"Broken: {slo.title[:1].lower()}{slo.title[1:]}",
        "description": (
            f"Bad events in the last {alert.window}: {events}; the objective {slo.name} allows none at all."
        ),
    }


def predictions(
    slo: Slo, clock: Clock, *, error_ratios: tuple[Decimal, ...], group_wait: Duration
) -> Iterator[Prediction]:
    """The delay from the first bad event, which is the same however many others are good: scrape + evaluation."""
    step = Duration(clock.scrape.milliseconds + clock.evaluation.milliseconds)
    for ratio in error_ratios if slo.no_budget is not None else ():
        yield Prediction(
            slo=slo.name,
            alert=slo.alert_name,
            policy=POLICY,
            severity=SEVERITY,
            error_ratio=ratio,
            fires=step,
            notifies=Duration(step.milliseconds + group_wait.milliseconds),
            tolerance=step,
        )
