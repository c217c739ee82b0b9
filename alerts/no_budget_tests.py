"""Generates promtool tests of an alert without a budget: one bad event pages, and nothing that only looks like one.

Scenes in steps of a sixtieth of the alert's window, at 0 and from MOMENT on:
  clean      good and foreign events without end, and no bad series at all: silent, and exactly counted;
  one        a single bad event among them: fires at once, with every label and text, and is forgotten in time;
  born       counters that appear already holding events, the bad one too: fires at once, until they are as old;
  first      a good counter that appears with a single event: silent, and counted;
  alone      the same of the bad counter, where no good one exists: all of it is bad;
  found      old counters that Prometheus has not seen before, or lost sight of for a while: silent;
  restarted  a process begins again at nothing after its bad event: fires on, for the event was real.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from alerts import indicators, no_budget
from alerts.duration import Duration
from alerts.example_series import bad_series, foreign_series, good_series
from alerts.problems import Problem, refuse
from alerts.promql import Selector, selector
from alerts.slo import NoBudget, Slo

STEPS_A_WINDOW = 60

# The windows are full of samples by then, twice over.
MOMENT = 2 * STEPS_A_WINDOW + 1
LAST = MOMENT + STEPS_A_WINDOW + 1

# How much the counters grow a step, or hold when they are born; no amount can stand for another.
GOOD, BAD, FOREIGN = 7, 1, 9

# Long before the test began, in Unix seconds.
LONG_AGO = -1_000_000

Document = dict[str, Any]


class _Scenes:
    """The scenes of one objective; `rules` are the compiled alerts, for the runbook's link."""

    def __init__(self, slo: Slo, alert: NoBudget, rules: Iterable[Document]) -> None:
        self.slo, self.alert = slo, alert
        self.step = Duration(alert.window.milliseconds // STEPS_A_WINDOW)
        self.link = next(rule for rule in rules if rule["alert"] == alert.alert)["annotations"]["runbook_url"]
        self.good, self.bad = good_series(slo), bad_series(slo)
        self.foreign = foreign_series(slo)

    def at(self, step: int) -> str:
        return str(Duration(step * self.step.milliseconds))

    def test(self, name: str, series: Iterable[Document], cases: Mapping[int, Document | None]) -> Document:
        """A scene; `cases` are the moments to look at, each with the alert that must fire, or None."""
        expected = [
            {"eval_time": self.at(step), "alertname": self.alert.alert}
            | ({"exp_alerts": [found]} if found else {})
            for step, found in cases.items()
        ]
        return {
            "name": name,
            "interval": str(self.step),
            "input_series": list(series),
            "alert_rule_test": expected,
            "promql_expr_test": [],
        }

    def fires(self, events: int) -> Document:
        labels = {
            **indicators.labels_of(self.slo),
            "sloth_window": str(self.alert.window),
            **no_budget.labels_of(self.slo),
        }
        texts = no_budget.annotations_of(self.slo, self.alert, str(events))
        return {"exp_labels": labels, "exp_annotations": {**texts, "runbook_url": self.link}}

    def counts(self, step: int, *, total: int, good: int, bad: int, window: Duration) -> list[Document]:
        """What is recorded over a window that ends at `step`: events, and the share of them that is bad."""
        seconds = f"{window.seconds:g}"
        found = {
            f"round({seconds} * slo:sli_total:rate{window})": total,
            f"round({seconds} * slo:sli_good:rate{window})": good,
        }
        if total:
            found[f"round({total} * slo:sli_error:ratio_rate{window})"] = bad
        if window == self.alert.window:
            found[f"round(10 * slo:sli_bad:increase{window})"] = 10 * bad
        labels = indicators.labels_of(self.slo) | {"sloth_window": str(window)}
        shown = "{" + ", ".join(f'{key}="{value}"' for key, value in labels.items()) + "}"
        return [
            {"expr": expr, "eval_time": self.at(step), "exp_samples": [{"labels": shown, "value": value}]}
            for expr, value in found.items()
        ]

    def old(self, series: str, values: str) -> list[Document]:
        """A counter that is older than any window."""
        return [_series(series, values), _series(_born(series), f"{LONG_AGO}x{LAST}")]

    def young(self, series: str, held: int) -> list[Document]:
        """A counter that is born at MOMENT, and holds so much from its first sample on."""
        begins = MOMENT * self.step.seconds
        rest = LAST - MOMENT
        before = f"_x{MOMENT}"
        return [
            _series(series, f"{before} {held}x{rest}"),
            _series(_born(series), f"{before} {begins:g}x{rest}"),
        ]


def test_file(slo: Slo, alert: NoBudget, rules: Iterable[Document], rule_file: str) -> Document:
    """The promtool test file of an objective without a budget."""
    scenes = _Scenes(slo, alert, rules)
    if any(window.milliseconds % scenes.step.milliseconds for window in indicators.windows_of(slo)):
        remedy = f"its tests play in steps of a sixtieth, {scenes.step}, into which other windows do not fit"
        refuse(
            [
                Problem(
                    file=slo.source, field="annotations.alertWindow", value=str(alert.window), remedy=remedy
                )
            ]
        )
    tests = [_clean, _one, _born_with_events, _first, _alone, _found, _restarted]
    return {
        "rule_files": [rule_file],
        "evaluation_interval": str(scenes.step),
        "tests": [scene(scenes) for scene in tests],
    }


def _clean(scenes: _Scenes) -> Document:
    series = scenes.old(scenes.good, f"0+{GOOD}x{LAST}")
    series += [one for name in scenes.foreign for one in scenes.old(name, f"0+{FOREIGN}x{LAST}")]
    test = scenes.test("clean: good and foreign events alone", series, {1: None, MOMENT: None, LAST: None})
    for window in indicators.windows_of(scenes.slo):
        events = GOOD * (window.milliseconds // scenes.step.milliseconds)
        test["promql_expr_test"] += scenes.counts(LAST, total=events, good=events, bad=0, window=window)
    return test


def _one(scenes: _Scenes) -> Document:
    series = scenes.old(scenes.good, f"0+{GOOD}x{LAST}")
    series += scenes.old(scenes.bad, f"0x{MOMENT - 1} {BAD}x{LAST - MOMENT}")
    fires = scenes.fires(BAD)
    cases = {MOMENT - 1: None, MOMENT: fires, MOMENT + STEPS_A_WINDOW - 1: fires, LAST: None}
    test = scenes.test("one: a bad event among good ones", series, cases)
    for window in indicators.windows_of(scenes.slo):
        good = GOOD * (window.milliseconds // scenes.step.milliseconds)
        test["promql_expr_test"] += scenes.counts(MOMENT, total=good + BAD, good=good, bad=BAD, window=window)
    return test


def _born_with_events(scenes: _Scenes) -> Document:
    series = [*scenes.young(scenes.good, GOOD), *scenes.young(scenes.bad, BAD)]
    series += [one for name in scenes.foreign for one in scenes.young(name, FOREIGN)]
    fires = scenes.fires(BAD)
    cases = {MOMENT - 1: None, MOMENT: fires, MOMENT + STEPS_A_WINDOW - 1: fires, LAST: None}
    test = scenes.test("born: counters that hold events when they appear", series, cases)
    for window in indicators.windows_of(scenes.slo):
        steps = window.milliseconds // scenes.step.milliseconds
        held = {"total": GOOD + BAD, "good": GOOD, "bad": BAD}
        for step, amounts in ((steps - 1, held), (steps, dict.fromkeys(held, 0))):
            test["promql_expr_test"] += scenes.counts(MOMENT + step, window=window, **amounts)
    return test


def _first(scenes: _Scenes) -> Document:
    cases = {MOMENT - 1: None, MOMENT: None, LAST: None}
    test = scenes.test(
        "first: a good counter that appears with one event", scenes.young(scenes.good, 1), cases
    )
    for window in indicators.windows_of(scenes.slo):
        test["promql_expr_test"] += scenes.counts(MOMENT, total=1, good=1, bad=0, window=window)
    return test


def _alone(scenes: _Scenes) -> Document:
    cases = {MOMENT - 1: None, MOMENT: scenes.fires(BAD)}
    test = scenes.test("alone: a bad event and no good series", scenes.young(scenes.bad, BAD), cases)
    for window in indicators.windows_of(scenes.slo):
        test["promql_expr_test"] += scenes.counts(MOMENT, total=BAD, good=0, bad=BAD, window=window)
    return test


def _found(scenes: _Scenes) -> Document:
    """Twice: a counter unseen before, and one that was away for longer than the window."""
    away = STEPS_A_WINDOW + 10
    unseen, lost = f"_x{MOMENT} {BAD}x{LAST - MOMENT}", f"{BAD}x10 _x{away} {BAD}x{LAST - away - 11}"
    another = _with_instance(scenes.bad)
    series = [*scenes.old(scenes.bad, unseen), *scenes.old(another, lost)]
    return scenes.test(
        "found: old counters that come into sight", series, {10 + away + 1: None, MOMENT: None, LAST: None}
    )


def _restarted(scenes: _Scenes) -> Document:
    happens, begins = MOMENT, MOMENT + 5
    values = f"0x{happens - 1} {BAD}x{begins - happens - 1} 0x{LAST - begins}"
    born = f"{LONG_AGO}x{begins - 1} {begins * scenes.step.seconds:g}x{LAST - begins}"
    series = [_series(scenes.bad, values), _series(_born(scenes.bad), born)]
    fires = scenes.fires(BAD)
    return scenes.test("restarted: after a bad event", series, {happens: fires, begins: fires, LAST: None})


def _series(name: str, values: str) -> Document:
    return {"series": name, "values": values}


def _born(series: str) -> str:
    """The series that tells when the child of a counter was born: its name with the counter's own labels."""
    found = selector(series)
    return str(Selector(found.metric.removesuffix("_total") + "_created", found.matchers))


def _with_instance(series: str) -> str:
    return series.removesuffix("}") + ',instance="another"}'
