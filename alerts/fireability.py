"""Proofs, made while compiling, that an alert can fire at all and looks at something that exists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alerts import promql
from alerts.burn import threshold_of
from alerts.causes import RuleGroup
from alerts.clock import Clock
from alerts.duration import Duration
from alerts.indicators import BASE_WINDOW, bad_windows_of, counted
from alerts.problems import Problem
from alerts.registry import Registry, bound_text
from alerts.slo import Slo


def slo_problems(
    slos: Iterable[Slo], registry: Registry, clock: Clock, *, retention: Duration
) -> Iterator[Problem]:
    """Everything that would keep an objective's alerts silent: each with the way to mend it."""
    for slo in slos:
        yield from _threshold_problems(slo)
        yield from _indicator_problems(slo, registry)
        yield from _window_problems(slo, clock, retention)


def cause_problems(groups: Iterable[RuleGroup], registry: Registry) -> Iterator[Problem]:
    """Everything that would keep a hand-written alert silent."""
    seen: dict[str, str] = {}
    for group in groups:
        for rule in group.rules:
            name = rule["alert"]
            if name in seen:
                remedy = f"{seen[name]} already defines this alert; one name is one alert and one runbook"
                yield Problem(file=group.file, field="alert", value=name, remedy=remedy)
            seen[name] = group.file
            problems = list(registry.problems_in(rule["expr"], file=group.file, name=f"{name}: expr"))
            yield from problems or _quantile_problems(group.file, name, rule["expr"], registry)


def _threshold_problems(slo: Slo) -> Iterator[Problem]:
    for policy in slo.policies:
        threshold = threshold_of(slo, policy)
        if threshold >= 1:
            highest = float(1 / slo.error_budget)
            remedy = (
                f"{policy.factor} x (1 - {slo.target}) = {threshold} is no share that errors can exceed, so "
                f"{policy.name} can never fire; use a factor under {highest:.4g} or a higher target"
            )
            yield Problem(file=slo.source, field="objectives.0.target", value=str(slo.target), remedy=remedy)


def _indicator_problems(slo: Slo, registry: Registry) -> Iterator[Problem]:
    function = "rate" if slo.counter else "sum_over_time"
    side = ("good", slo.good) if slo.no_budget is None else ("bad", slo.no_budget.bad)
    for field, selector in (side, ("total", slo.total)):
        name = f"ratioMetric.{field}.metricSource.spec.query"
        query = f"{function}({selector}[5m])" if slo.no_budget is None else counted(selector, BASE_WINDOW)
        yield from registry.problems_in(query, file=slo.source, name=name)
        metric = registry.metric_of(selector.metric)
        if metric is not None and metric.type != "gauge" and not slo.counter:
            remedy = f"{metric.name} only grows; set counter: true"
            yield Problem(file=slo.source, field="ratioMetric.counter", value=False, remedy=remedy)
    if slo.threshold_seconds is not None and slo.good.metric.removesuffix("_bucket") != slo.metric:
        remedy = f"a latency counts the buckets of one histogram; use {slo.metric}_bucket, as total does"
        yield Problem(file=slo.source, field="ratioMetric.good", value=slo.good.metric, remedy=remedy)


def _window_problems(slo: Slo, clock: Clock, retention: Duration) -> Iterator[Problem]:
    longest = max([slo.period, *bad_windows_of(slo)])
    if clock.window(longest) > retention:
        remedy = (
            f"Prometheus forgets after {retention}; raise PROMETHEUS_RETENTION_DAYS or shorten the window"
        )
        yield Problem(file=slo.source, field="timeWindow.0.duration", value=str(longest), remedy=remedy)
    for policy in slo.policies:
        clock.window(policy.short)
        if policy.long > slo.period:
            remedy = f"{policy.name} looks back {policy.long}; a period must be at least as long"
            yield Problem(
                file=slo.source, field="timeWindow.0.duration", value=str(slo.period), remedy=remedy
            )


def _quantile_problems(file: str, alert: str, expression: str, registry: Registry) -> Iterator[Problem]:
    """A quantile is only exact at a bucket's bound; elsewhere it is guessed between two."""
    query = promql.parse(expression)
    if "histogram_quantile" not in query.functions:
        return
    for selector in query.selectors:
        metric = registry.metric_of(selector.metric)
        for limit in query.limits if metric is not None else ():
            if metric is not None and metric.buckets and limit not in metric.buckets:
                bounds = ", ".join(bound_text(bound) for bound in metric.buckets)
                remedy = f"{metric.name} has no bound there, so the quantile is a guess; use one of {bounds}"
                yield Problem(file=file, field=f"{alert}: expr", value=limit, remedy=remedy)
