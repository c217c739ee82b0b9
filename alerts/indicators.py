"""Recording rules of one objective: how many events, how many good, and what is left of the budget.

Names and labels follow Sloth's, so that its public dashboards read them; good and total rates are recorded
beside them. A name keeps production's window on every clock (`rate5m` is five seconds long at 1/60), so
rules, alerts and dashboards have one structure.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from alerts.clock import Clock
from alerts.duration import Duration
from alerts.promql import Selector
from alerts.slo import Slo

# The window that the current burn rate and the whole period are measured by.
BASE_WINDOW = Duration.parse("5m")

SLI_LABELS = frozenset({"sloth_id", "sloth_service", "sloth_slo", "category"})
WINDOW_LABELS = SLI_LABELS | {"sloth_window"}
INFO_LABELS = SLI_LABELS | {"sloth_mode", "sloth_spec", "sloth_version", "sloth_objective", "time_scale"}

# The rules of the period read every sample of 28 days, so they run seldom: but within the five minutes for which
# Prometheus takes the last value for the present one.
PERIOD_INTERVAL = Duration.parse("4m")


def windows_of(slo: Slo) -> tuple[Duration, ...]:
    """Every window that the objective's alerts look at, and the base window, shortest first."""
    windows = {BASE_WINDOW, *bad_windows_of(slo)}
    windows |= {policy.short for policy in slo.policies}
    return tuple(sorted(windows))


def bad_windows_of(slo: Slo) -> tuple[Duration, ...]:
    """The windows over which bad events are counted, shortest first."""
    if slo.no_budget is not None:
        return (slo.no_budget.window,)
    return tuple(sorted({policy.long for policy in slo.policies}))


def recorded_names(slo: Slo) -> dict[str, frozenset[str]]:
    """The series that `rules_of` records, with their labels."""
    names = {}
    for window in windows_of(slo):
        for stem in ("slo:sli_total:rate", "slo:sli_good:rate", "slo:sli_error:ratio_rate"):
            names[f"{stem}{window}"] = WINDOW_LABELS
    for window in bad_windows_of(slo):
        names[f"slo:sli_bad:increase{window}"] = WINDOW_LABELS
    names[f"slo:sli_error:ratio_rate{slo.period}"] = WINDOW_LABELS
    names |= dict.fromkeys(
        ("slo:objective:ratio", "slo:error_budget:ratio", "slo:time_period:days"), SLI_LABELS
    )
    names |= {"slo:period_error_budget_remaining:ratio": SLI_LABELS, "sloth_slo_info": INFO_LABELS}
    if slo.no_budget is None:
        names |= {"slo:current_burn_rate:ratio": WINDOW_LABELS, "slo:period_burn_rate:ratio": SLI_LABELS}
    return names


def labels_of(slo: Slo) -> dict[str, str]:
    """The labels on everything that is recorded for the objective."""
    return {
        "sloth_id": slo.sloth_id,
        "sloth_service": slo.service,
        "sloth_slo": slo.name,
        "category": slo.category,
    }


def info_labels(slo: Slo, time_scale: str) -> dict[str, str]:
    """The labels of `sloth_slo_info`."""
    return {
        **labels_of(slo),
        "sloth_mode": "cli-gen-openslo",
        "sloth_spec": "openslo/v1",
        "sloth_version": "casino-club",
        "sloth_objective": f"{(slo.target * 100).normalize():f}",
        "time_scale": time_scale,
    }


def selected(slo: Slo, name: str) -> str:
    """The recorded series `name` of this objective, as PromQL selects it."""
    return f'{name}{{sloth_id="{slo.sloth_id}"}}'


def indicator_rules(slo: Slo, clock: Clock) -> list[dict[str, Any]]:
    """Rates of events and errors over every window, and the bad events that alerts count."""
    rules = []
    for window in windows_of(slo):
        labels = {**labels_of(slo), "sloth_window": str(window)}
        total, good = (
            selected(slo, f"slo:sli_total:rate{window}"),
            selected(slo, f"slo:sli_good:rate{window}"),
        )
        expressions = {
            f"slo:sli_total:rate{window}": _rate(slo, slo.total, clock.window(window)),
            f"slo:sli_good:rate{window}": _good_rate(slo, window, clock.window(window)),
            f"slo:sli_error:ratio_rate{window}": f"clamp_min(1 -\n  {good}\n  / ({total} > 0), 0)",
        }
        if window in bad_windows_of(slo):
            expressions[f"slo:sli_bad:increase{window}"] = _bad(slo, window, clock.window(window))
        rules += [{"record": name, "expr": text, "labels": labels} for name, text in expressions.items()]
    return rules


def budget_rules(slo: Slo, clock: Clock) -> list[dict[str, Any]]:
    """The objective itself as series, and how fast its budget burns now."""
    labels = labels_of(slo)
    days = Fraction(slo.period.milliseconds, Duration.parse("1d").milliseconds)
    error_now = selected(slo, f"slo:sli_error:ratio_rate{BASE_WINDOW}")
    rules = [
        _record("slo:objective:ratio", f"vector({slo.target})", labels),
        _record("slo:error_budget:ratio", f"vector({slo.error_budget})", labels),
        _record("slo:time_period:days", f"vector({days})", labels),
    ]
    if slo.no_budget is None:
        rules += [_record("slo:current_burn_rate:ratio", f"{error_now} / {slo.error_budget}", labels)]
    return [*rules, _record("sloth_slo_info", "vector(1)", info_labels(slo, str(clock.scale)))]


def period_rules(slo: Slo, clock: Clock) -> list[dict[str, Any]]:
    """What the whole period has spent, weighted by traffic: an hour without players spends nothing.

    Without a budget there is no burning: what is left is all (1), or after any bad event less than nothing (-1).
    """
    labels, period = labels_of(slo), clock.window(slo.period)
    good = selected(slo, f"slo:sli_good:rate{BASE_WINDOW}")
    total = selected(slo, f"slo:sli_total:rate{BASE_WINDOW}")
    error = f"slo:sli_error:ratio_rate{slo.period}"
    kept = f"sum_over_time({good}[{period}])\n  / (sum_over_time({total}[{period}]) > 0)"
    ratio = f"clamp_min(1 -\n  {kept}, 0)"
    left = "slo:period_error_budget_remaining:ratio"
    if slo.no_budget is not None:
        bad = selected(slo, f"slo:sli_bad:increase{slo.no_budget.window}")
        return [
            _record(error, ratio, {**labels, "sloth_window": str(slo.period)}),
            _record(left, f"1 - 2 * (max(max_over_time({bad}[{period}])) > bool 0)", labels),
        ]
    burn = f"sum without (sloth_window) ({selected(slo, error)}) / {slo.error_budget}"
    remaining = f"1 - {selected(slo, 'slo:period_burn_rate:ratio')}"
    return [
        _record(error, ratio, {**labels, "sloth_window": str(slo.period)}),
        _record("slo:period_burn_rate:ratio", burn, labels),
        _record(left, remaining, labels),
    ]


def _record(name: str, expression: str, labels: dict[str, str]) -> dict[str, Any]:
    return {"record": name, "expr": expression, "labels": labels}


def _rate(slo: Slo, selector: Selector, window: Duration) -> str:
    """Events a second. Where every sample is one event, their sum is what a counter would have grown by."""
    if slo.no_budget is not None:
        return f"{counted(selector, window)} / {_number(window.seconds)}"
    if slo.counter:
        return f"sum(rate({selector}[{window}]))"
    return f"sum(sum_over_time({selector}[{window}])) / {_number(window.seconds)}"


def counted(selector: Selector, window: Duration) -> str:
    """Events that a counter has counted within the window, the very first included.

    increase() does not see what a counter held when it was first scraped, and the first bad event may well be older
    than that. But a counter younger than the window has counted all it holds within it; one that Prometheus merely
    lost sight of for a while is older, as its `_created` says, and cries no wolf.
    """
    age = f"(time() - {selector.metric.removesuffix('_total')}_created) / {_number(window.seconds)}"
    return f"sum(\n  {selector} > 0 and {age} < 1\n  or\n  increase({selector}[{window}])\n)"


def _bad(slo: Slo, nominal: Duration, window: Duration) -> str:
    """Bad events within the window: what is not good, or without a budget each for itself, and none where none was."""
    total = selected(slo, f"slo:sli_total:rate{nominal}")
    if slo.no_budget is not None:
        return f"{counted(slo.no_budget.bad, window)}\nor\n0 * sum({total})"
    good = selected(slo, f"slo:sli_good:rate{nominal}")
    return f"({total} - {good}) * {_number(window.seconds)}"


def _good_rate(slo: Slo, nominal: Duration, window: Duration) -> str:
    """Good events a second. In a total outage there may be no good series at all: that is a rate of zero."""
    total = selected(slo, f"slo:sli_total:rate{nominal}")
    return f"{_rate(slo, slo.good, window)}\nor\n0 * sum({total})"


def _number(seconds: float) -> str:
    return f"{Decimal(str(seconds)).normalize():f}"
