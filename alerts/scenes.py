"""Plays the series of a unit test on any clock, so that what promtool reads can be the past of a real Prometheus."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from alerts import promql
from alerts.clock import Clock
from alerts.duration import Duration
from alerts.problems import Problem, refuse
from alerts.promql import Matcher, Selector

# What a scrape writes on every series, where the scene leaves it out.
_SCRAPED = (Matcher("job", "=", "scene"), Matcher("instance", "=", "scene"))

_NUMBER = r"\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?"
_VALUES = re.compile(rf"(?P<first>[-+]?(?:{_NUMBER}))(?P<growth>[-+](?:{_NUMBER}))?(?:x(?P<times>\d+))?")
_GAP = re.compile(r"(?:_(?:x(?P<times>\d+))?|stale)")

Document = dict[str, Any]


@dataclass(frozen=True)
class Stretch:
    """Values from step `start` on: `first`, and `growth` more at each step after it; no values where it is None."""

    start: int
    first: float | None
    growth: float = 0.0


@dataclass(frozen=True)
class Scene:
    """A unit test's series. `step` is the time from one of its values to the next, in seconds of this clock."""

    name: str
    step: float
    series: Mapping[str, tuple[Stretch, ...]]

    @property
    def metrics(self) -> set[str]:
        """The names of its series."""
        return {series.split("{")[0] for series in self.series}

    def at(self, seconds: float) -> Iterator[tuple[str, float]]:
        """Each series that has a value so long after the scene's beginning, with that value.

        Promtool knows a value a step, which may be a day; a server scrapes every second, so between two values of
        one stretch there is what lies between them. After its last step a scene goes on as it ends.
        """
        step = seconds / self.step
        for series, stretches in self.series.items():
            begun = [one for one in stretches if one.start <= step]
            if begun and begun[-1].first is not None:
                yield series, begun[-1].first + begun[-1].growth * (step - begun[-1].start)


def stage(test: Document, expression: str, clock: Clock) -> Scene:
    """The scene of a compiled unit test on this clock, for an alert with this expression.

    What the alert counts in a window is the same on every clock. What it takes the rate of is a number a second, so
    that grows by the clock's scale less in each of its shorter steps.
    """
    rated = {found.metric for found in promql.parse(expression).selectors if found.function == "rate"}
    series = {}
    for given in test["input_series"]:
        found = promql.selector(given["series"])
        slower = float(clock.scale) if found.metric in rated else 1.0
        series[_scraped(found)] = tuple(
            Stretch(one.start, None if one.first is None else one.first * slower, one.growth * slower)
            for one in stretches(given["values"])
        )
    return Scene(test["name"], clock.hold(test["interval"]).seconds, series)


def stretches(values: str) -> tuple[Stretch, ...]:
    """Read promtool's notation: `1`, `1x9` (ten of them), `0+5x9`, `9-1x9`, `_`, `_x9` (nine gaps), `stale`.

    Raises ProblemsFoundError for anything else.
    """
    found, start = [], 0
    for word in values.split():
        gap, written = _GAP.fullmatch(word), _VALUES.fullmatch(word)
        if gap is not None:
            found.append(Stretch(start, None))
            start += int(gap["times"] or 1)
        elif written is not None:
            found.append(Stretch(start, float(written["first"]), float(written["growth"] or 0)))
            start += int(written["times"] or 0) + 1
        else:
            remedy = "write 1, 1x9, 0+5x9, 9-1x9, _, _x9 or stale, with blanks between"
            refuse([Problem(file="templates/tests", field="values", value=word, remedy=remedy)])
    return tuple(found)


def ends(test: Document) -> list[str]:
    """The series of a unit test that stop: a past can be written without them, but not the moment of their end."""
    return [
        given["series"]
        for given in test["input_series"]
        if any(
            before.first is not None and after.first is None
            for before, after in pairwise(stretches(given["values"]))
        )
    ]


def told(test: Document, alert: str, pair: str = "") -> Document | None:
    """The first case of a unit test that expects this alert, of this window pair, to fire."""
    return next((case for case in _cases(test, alert) if expected(case, pair)), None)


def untold(test: Document, alert: str, pair: str = "") -> Document | None:
    """The first case of a unit test that expects this alert's silence; None where another expects it to fire."""
    cases = _cases(test, alert)
    if any(expected(case, pair) for case in cases):
        return None
    return cases[0] if cases else None


def expected(case: Document, pair: str = "") -> list[Mapping[str, str]]:
    """The labels of every alert of this window pair that a case expects."""
    labels = [one["exp_labels"] for one in case.get("exp_alerts", [])]
    return [found for found in labels if found.get("long", "") == pair]


def moment(case: Document, clock: Clock) -> float:
    """When a case looks, in seconds of this clock after the scene's beginning."""
    return clock.hold(Duration.parse(case["eval_time"])).seconds


def _cases(test: Document, alert: str) -> list[Document]:
    return [case for case in test.get("alert_rule_test", []) if case["alertname"] == alert]


def _scraped(series: Selector) -> str:
    added = [label for label in _SCRAPED if series.value_of(label.label) is None]
    return str(Selector(series.metric, (*series.matchers, *added)))
