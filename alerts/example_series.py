"""Invents series that an objective counts, so that its alerts can be tested without a running casino."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from alerts.problems import Problem, refuse
from alerts.promql import Matcher, Selector
from alerts.slo import Slo

# What a label holds when nothing asks for a particular value.
_USUAL = {"status": "200"}
_UNUSUAL = "other"


@dataclass(frozen=True)
class Phase:
    """So many steps in which `bad` of each step's `events` fail."""

    steps: int
    events: Decimal
    bad: Decimal


def series_of(slo: Slo, phases: Sequence[Phase], *, good_exists: bool = True) -> list[dict[str, str]]:
    """Promtool input series for the phases, one after the other, from step 1 on.

    With `good_exists=False` only failures are exported, as by a process that never answered well.
    """
    good = good_series(slo), [phase.events - phase.bad for phase in phases]
    if slo.good.metric == slo.total.metric:
        other = bad_series(slo), [phase.bad for phase in phases]
    else:
        other = total_series(slo), [phase.events for phase in phases]
    write = _growing if slo.counter else _standing
    return [
        {"series": name, "values": write(phases, amounts)}
        for name, amounts in ((good, other) if good_exists else (other,))
    ]


def good_series(slo: Slo) -> str:
    """A series that counts good events of the objective, written as PromQL."""
    return _text(slo.good.metric, _example(slo, slo.good.matchers, slo.good.accepts))


def bad_series(slo: Slo) -> str:
    """A series of the total's metric that counts bad events only."""
    matchers = (*slo.total.matchers, *slo.good.matchers)
    labels = _example(slo, matchers, lambda found: slo.total.accepts(found) and not slo.good.accepts(found))
    return _text(slo.total.metric, labels)


def total_series(slo: Slo) -> str:
    """A series that counts every event of an objective whose good events have a metric of their own."""
    return _text(slo.total.metric, _example(slo, slo.total.matchers, slo.total.accepts))


def foreign_series(slo: Slo) -> list[str]:
    """For each condition on what is counted, a series that breaks only that: the objective must not count it."""
    counted = [slo.total] if slo.good.metric == slo.total.metric else [slo.total, slo.good]
    found = []
    for selector in counted:
        for broken in selector.matchers:
            others = [matcher for matcher in selector.matchers if matcher is not broken]

            def breaks(
                labels: Mapping[str, str], broken: Matcher = broken, others: Sequence[Matcher] = others
            ) -> bool:
                kept = all(matcher.accepts(labels[matcher.label]) for matcher in others)
                return kept and not broken.accepts(labels[broken.label])

            found.append(_text(selector.metric, _example(slo, selector.matchers, breaks)))
    return found


def _example(
    slo: Slo, matchers: Iterable[Matcher], accepts: Callable[[Mapping[str, str]], bool]
) -> dict[str, str]:
    candidates: dict[str, list[str]] = {}
    for matcher in matchers:
        written = matcher.value.replace(".", "0") if "~" in matcher.op else matcher.value
        usual = _USUAL.get(matcher.label, _UNUSUAL)
        candidates.setdefault(matcher.label, [usual]).extend(written.split("|"))
    for values in itertools.product(*candidates.values()):
        labels = dict(zip(candidates, values, strict=True))
        if accepts(labels):
            return labels
    remedy = "no example series meets this; write the matchers as plain values or alternatives"
    query = f"good {slo.good}, total {slo.total}"
    refuse([Problem(file=slo.source, field="ratioMetric", value=query, remedy=remedy)])
    raise AssertionError("refuse() raises")


def _text(metric: str, labels: Mapping[str, str]) -> str:
    return str(Selector(metric, tuple(Matcher(key, "=", value) for key, value in labels.items())))


def _growing(phases: Sequence[Phase], amounts: Iterable[Decimal]) -> str:
    """A counter: 0 at step 0, then `amount` more at every step."""
    parts, value = ["0"], Decimal(0)
    for phase, amount in zip(phases, amounts, strict=True):
        parts.append(f"{_plain(value + amount)}+{_plain(amount)}x{phase.steps - 1}")
        value += amount * phase.steps
    return " ".join(parts)


def _standing(phases: Sequence[Phase], amounts: Iterable[Decimal]) -> str:
    """A gauge whose every sample counts: nothing at step 0, then `amount` at every step."""
    parts = [f"{_plain(amount)}x{phase.steps - 1}" for phase, amount in zip(phases, amounts, strict=True)]
    return " ".join(["_", *parts])


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
