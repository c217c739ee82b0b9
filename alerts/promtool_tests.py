"""Generates promtool tests of the burn-rate alerts: silent on one side of each bound, firing on the other.

A file a burn policy holds five scenes, each played for every objective at once, in steps of a tenth of the
short window:
  under     errors just under the threshold: silent and exactly counted, whatever happens to other events;
  over      errors just over it: silent until `for` has passed, then firing with every label and annotation;
  outage    twice the threshold after clean traffic, then just under it: fires when the long window has
            filled so far, and stops when the short one has emptied so far;
  thin      one failure too few for the low-traffic guard, and nothing else: silent, although all failed;
  enough    one more: firing, although no good series exists at all.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from alerts import burn, indicators
from alerts.duration import Duration
from alerts.example_series import Phase, foreign_series, series_of
from alerts.slo import BurnPolicy, Slo

STEPS_A_SHORT_WINDOW = 10
# So many that a hundredth of the smallest threshold is still a whole number of events.
EVENTS_A_STEP = Decimal(10_000_000)
UNDER, OVER = Decimal("0.99"), Decimal("1.01")

# The rate at a step may lag by one sample, and Prometheus 3 leaves a window's oldest sample out.
MARGIN_STEPS = 1

# Long enough for a counter to be seen at rest before it moves.
IDLE_STEPS = 2

Document = dict[str, Any]


@dataclass(frozen=True)
class _Scene:
    """A policy whose lengths are counted in steps; `links` are the alerts' runbooks by name."""

    policy: BurnPolicy
    step: Duration
    links: Mapping[str, str]

    @property
    def long(self) -> int:
        return self.policy.long.milliseconds // self.step.milliseconds

    @property
    def hold(self) -> int:
        return math.ceil(self.policy.hold.milliseconds / self.step.milliseconds)

    def at(self, steps: int) -> str:
        return str(Duration(steps * self.step.milliseconds))

    def test(self, name: str, series: Iterable[Document], **cases: list[Document]) -> Document:
        return {"name": name, "interval": str(self.step), "input_series": list(series), **cases}


def test_file(slos: Sequence[Slo], policy: BurnPolicy, rules: Iterable[Document], rule_file: str) -> Document:
    """The promtool test file of one policy. `rules` are the compiled alerts, for their runbook links."""
    links = {rule["alert"]: rule["annotations"]["runbook_url"] for rule in rules}
    scene = _Scene(policy, Duration(policy.short.milliseconds // STEPS_A_SHORT_WINDOW), links)
    played = [slo for slo in slos if policy in slo.policies]
    return {
        "rule_files": [rule_file],
        "evaluation_interval": str(scene.step),
        "tests": [
            _under(scene, played),
            _over(scene, played),
            *_outages(scene, played),
            _thin(scene, played),
            _enough(scene, played),
        ],
    }


def _under(scene: _Scene, slos: Sequence[Slo]) -> Document:
    last = 1 + 2 * scene.hold
    series = [one for slo in slos for one in series_of(slo, [_burning(scene, slo, UNDER, last)])]
    foreign = sorted({name for slo in slos for name in foreign_series(slo)})
    series += [{"series": name, "values": f"0+{EVENTS_A_STEP}x{last}"} for name in foreign]
    cases = [_silent(scene, slo, step) for slo in slos for step in (1 + scene.hold, last)]
    ratios = [_ratios(scene, slos, window, last) for window in (scene.policy.long, scene.policy.short)]
    name = "under: errors just under the threshold"
    return scene.test(name, series, alert_rule_test=cases, promql_expr_test=ratios)


def _ratios(scene: _Scene, slos: Sequence[Slo], window: Duration, step: int) -> Document:
    """The error ratio over one window, in events of EVENTS_A_STEP: nothing foreign counted, nothing left out."""
    return {
        "expr": f"round({EVENTS_A_STEP} * slo:sli_error:ratio_rate{window})",
        "eval_time": scene.at(step),
        "exp_samples": [
            {
                "labels": _shown({**indicators.labels_of(slo), "sloth_window": str(window)}),
                "value": int(_burning(scene, slo, UNDER, 1).bad),
            }
            for slo in slos
        ],
    }


def _shown(labels: Mapping[str, str]) -> str:
    return "{" + ", ".join(f'{key}="{value}"' for key, value in labels.items()) + "}"


def _over(scene: _Scene, slos: Sequence[Slo]) -> Document:
    """The first rate exists at step 1, so the alert is pending from there and fires `for` later."""
    fires = 1 + scene.hold
    series = [one for slo in slos for one in series_of(slo, [_burning(scene, slo, OVER, fires)])]
    cases = [_silent(scene, slo, fires - 1) for slo in slos]
    for slo in slos:
        share = _burning(scene, slo, OVER, fires).bad / EVENTS_A_STEP
        cases += [_firing(scene, slo, fires, share)]
    return scene.test("over: errors just over the threshold", series, alert_rule_test=cases)


def _outages(scene: _Scene, slos: Sequence[Slo]) -> Iterator[Document]:
    """One test for all objectives whose threshold is the same share of what fails in the outage."""
    alike: defaultdict[Decimal, list[Slo]] = defaultdict(list)
    for slo in slos:
        threshold = burn.threshold_of(slo, scene.policy)
        alike[threshold / min(Decimal(1), 2 * threshold)].append(slo)
    for share, group in sorted(alike.items()):
        yield _outage(scene, group, share)


def _outage(scene: _Scene, slos: Sequence[Slo], share: Decimal) -> Document:
    """Clean traffic a quarter longer than the long window can see, the outage, then errors under the limit.

    `share` is the threshold as a share of what fails in the outage. The long window crosses the threshold
    when that share of it is filled; the short one falls under it after `emptied` steps of fewer errors.
    """
    crossing = share * scene.long
    emptied = (1 - share) / (1 - UNDER * share) * STEPS_A_SHORT_WINDOW
    starts = scene.long - math.floor(crossing) + scene.long // 4
    fires = starts + math.ceil(crossing) + 1 + MARGIN_STEPS + scene.hold
    ends = fires + 1
    series: list[Document] = []
    for slo in slos:
        clean = Phase(starts, EVENTS_A_STEP, Decimal(0))
        failing = _burning(scene, slo, 1 / share, ends - starts)
        mending = _burning(scene, slo, UNDER, 2 * STEPS_A_SHORT_WINDOW)
        series += series_of(slo, [clean, failing, mending])
    expected = {
        starts + math.floor(crossing) - MARGIN_STEPS + scene.hold: False,
        fires: True,
        ends + math.floor(emptied) - MARGIN_STEPS: True,
        ends + STEPS_A_SHORT_WINDOW + 1 + MARGIN_STEPS: False,
    }
    cases = [_all_or_none(scene, slos, step, firing) for step, firing in expected.items()]
    return scene.test("outage: both windows fill and empty in time", series, promql_expr_test=cases)


def _thin(scene: _Scene, slos: Sequence[Slo]) -> Document:
    events = Decimal(scene.policy.bad_events_min - 1)
    series = [one for slo in slos for one in _failures_alone(scene, slo, events)]
    cases = [_silent(scene, slo, IDLE_STEPS + 1 + scene.hold) for slo in slos]
    return scene.test("thin: too few failures to judge", series, alert_rule_test=cases)


def _enough(scene: _Scene, slos: Sequence[Slo]) -> Document:
    events = Decimal(scene.policy.bad_events_min)
    fires = IDLE_STEPS + 1 + scene.hold
    series = [one for slo in slos for one in _failures_alone(scene, slo, events)]
    cases = [_silent(scene, slo, fires - 1) for slo in slos]
    cases += [_firing(scene, slo, fires, Decimal(1)) for slo in slos]
    rates = [
        {
            "expr": f"count(abs(slo:sli_total:rate{window} * {window.seconds:g} - {events}) < 0.1)",
            "eval_time": scene.at(fires),
            "exp_samples": [{"labels": "{}", "value": len(slos)}],
        }
        for window in (scene.policy.long, scene.policy.short)
    ]
    rates += [
        {
            "expr": f"count(abs(slo:sli_bad:increase{scene.policy.long} - {events}) < 0.1)",
            "eval_time": scene.at(fires),
            "exp_samples": [{"labels": "{}", "value": len(slos)}],
        }
    ]
    name = "enough: just enough failures, and no good series"
    return scene.test(name, series, alert_rule_test=cases, promql_expr_test=rates)


def _failures_alone(scene: _Scene, slo: Slo, events: Decimal) -> list[Document]:
    idle, burst = Phase(IDLE_STEPS, Decimal(0), Decimal(0)), Phase(1, events, events)
    return series_of(slo, [idle, burst, Phase(scene.hold, Decimal(0), Decimal(0))], good_exists=False)


def _burning(scene: _Scene, slo: Slo, times_threshold: Decimal, steps: int) -> Phase:
    """Errors at a multiple of the threshold, in whole events: sums of fractions would look like resets."""
    bad = burn.threshold_of(slo, scene.policy) * times_threshold * EVENTS_A_STEP
    return Phase(steps, EVENTS_A_STEP, bad.to_integral_value())


def _silent(scene: _Scene, slo: Slo, step: int) -> Document:
    return {"eval_time": scene.at(step), "alertname": slo.alert_name}


def _all_or_none(scene: _Scene, slos: Sequence[Slo], step: int, firing: bool) -> Document:
    """Whether this policy's alerts fire for all objectives or for none, whatever the other policies do."""
    return {
        "expr": f'count by (sloth_slo) (ALERTS{{alertstate="firing",long="{scene.policy.long}"}})',
        "eval_time": scene.at(step),
        "exp_samples": [{"labels": f'{{sloth_slo="{slo.name}"}}', "value": 1} for slo in slos if firing],
    }


def _firing(scene: _Scene, slo: Slo, step: int, share: Decimal) -> Document:
    policy = scene.policy
    labels = {
        **indicators.labels_of(slo),
        "sloth_window": str(policy.long),
        **burn.labels_of(slo, policy),
    }
    annotations = {
        **burn.annotations_of(slo, policy, f"{float(share) * 100:.4g}%"),
        "runbook_url": scene.links[slo.alert_name],
    }
    expected = [{"exp_labels": labels, "exp_annotations": annotations}]
    return {"eval_time": scene.at(step), "alertname": slo.alert_name, "exp_alerts": expected}
