"""Holds every query against the metrics really exported, so that no alert watches a name nobody sets."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from alerts import promql
from alerts.problems import Problem
from alerts.promql import PromqlError, Selector

REGISTRY_FILE = Path(__file__).parents[1] / "system" / "casino" / "kit" / "metrics.yaml"

_TARGET_LABELS = frozenset({"job", "instance"})
_BORN = "_created"
_HISTOGRAM_PARTS = ("_bucket", "_sum", "_count")
_COUNTER_FUNCTIONS = frozenset({"rate", "irate", "increase", "resets"})


@dataclass(frozen=True)
class Metric:
    """A declared metric: `type` is counter, gauge or histogram; `buckets` are upper bounds in its unit."""

    name: str
    type: str
    labels: frozenset[str]
    buckets: tuple[float, ...] = ()


# Exported by the monitoring itself, not by the casino.
_MONITORING = (
    Metric("up", "gauge", frozenset()),  # Prometheus, a scrape that succeeded
    Metric("probe_success", "gauge", frozenset()),  # blackbox exporter
    Metric("probe_duration_seconds", "gauge", frozenset()),  # blackbox exporter
    Metric("ALERTS", "gauge", frozenset({"alertname", "alertstate", "severity", "team", "long", "short"})),
)


@dataclass(frozen=True)
class Registry:
    """The metrics that may be named. `recorded` maps the name of a recording rule to its labels."""

    metrics: Mapping[str, Metric]
    recorded: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def metric_of(self, series: str) -> Metric | None:
        """The declared metric that a series name belongs to (`x_bucket` belongs to the histogram `x`).

        A counter also tells when it was born: the gauge `x_created` belongs to `x_total`.
        """
        counter = self.metrics.get(f"{series.removesuffix(_BORN)}_total")
        if series.endswith(_BORN) and counter is not None and counter.type == "counter":
            return replace(counter, name=series, type="gauge")
        found = self.metrics.get(series)
        if found is not None:
            return found if found.type != "histogram" else None
        for part in _HISTOGRAM_PARTS:
            found = self.metrics.get(series.removesuffix(part))
            if series.endswith(part) and found is not None and found.type == "histogram":
                return found
        return None

    def problems_in(self, expression: str, *, file: str, name: str) -> Iterator[Problem]:
        """Every fault of a PromQL expression that its metrics' declarations reveal."""
        try:
            query = promql.parse(expression)
        except PromqlError as error:
            yield Problem(file=file, field=name, value=expression, remedy=str(error))
            return
        known_labels: set[str] = set(_TARGET_LABELS)
        named = {selector.metric for selector in query.selectors}
        for selector in query.selectors:
            labels = self._labels_of(selector)
            known_labels |= labels or set()
            for value, remedy in self._faults_of(selector, labels, named):
                yield Problem(file=file, field=name, value=value, remedy=remedy)
        if query.selectors:
            for label in sorted(query.grouping_labels - known_labels):
                yield Problem(
                    file=file, field=name, value=label, remedy="no metric of this query has this label"
                )

    def _labels_of(self, selector: Selector) -> frozenset[str] | None:
        if selector.metric in self.recorded:
            return self.recorded[selector.metric]
        metric = self.metric_of(selector.metric)
        if metric is None:
            return None
        bound = {"le"} if selector.metric.endswith("_bucket") else set()
        # A label of the metric's own that Prometheus also sets is kept under another name.
        own = {f"exported_{label}" if label in _TARGET_LABELS else label for label in metric.labels}
        return frozenset(own | _TARGET_LABELS | bound)

    def _faults_of(
        self, selector: Selector, labels: frozenset[str] | None, named: Collection[str]
    ) -> Iterator[tuple[str, str]]:
        if labels is None:
            yield selector.metric, self._unknown_metric(selector.metric)
            return
        for matcher in selector.matchers:
            if matcher.label not in labels:
                yield str(matcher), f"{selector.metric} has no such label; it has {', '.join(sorted(labels))}"
        metric = self.metric_of(selector.metric)
        if metric is not None:
            yield from _type_faults(selector, metric, named)

    def _unknown_metric(self, name: str) -> str:
        if name in self.metrics:
            return f"a histogram has no series of its own name; use {name}_bucket, {name}_sum or {name}_count"
        names = [*self.metrics, *self.recorded]
        near = difflib.get_close_matches(name, names, n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        return f"nobody exports this metric{hint}; declare it in {_short(REGISTRY_FILE)} or mend its spelling"


def load(path: Path = REGISTRY_FILE, recorded: Mapping[str, Collection[str]] | None = None) -> Registry:
    """Read the casino's metric declarations and add what the monitoring itself exports."""
    document = yaml.safe_load(path.read_text())
    declared = [
        Metric(
            name=name,
            type=entry["type"],
            labels=frozenset(entry["labels"]),
            buckets=tuple(float(bound) for bound in document["buckets"][entry["buckets"]])
            if "buckets" in entry
            else (),
        )
        for name, entry in document["metrics"].items()
    ]
    metrics = {metric.name: metric for metric in (*declared, *_MONITORING)}
    return Registry(metrics, {name: frozenset(labels) for name, labels in (recorded or {}).items()})


def bound_text(bound: float) -> str:
    """A bucket bound as the label `le` carries it: always with a point, so that 5 is `5.0`."""
    return str(float(bound))


def unused(registry: Registry, expressions: Collection[str]) -> list[str]:
    """The casino's metrics that none of the expressions reads, by name."""
    read = {
        metric.name
        for expression in expressions
        for selector in promql.parse(expression).selectors
        if (metric := registry.metric_of(selector.metric)) is not None
    }
    monitoring = {metric.name for metric in _MONITORING}
    return sorted(set(registry.metrics) - read - monitoring)


def _type_faults(selector: Selector, metric: Metric, named: Collection[str]) -> Iterator[tuple[str, str]]:
    grows = metric.type in ("counter", "histogram")
    # Beside the counter's age its value does say something: that much since then.
    aged = metric.name.removesuffix("_total") + _BORN in named
    if grows and selector.range is None and selector.function != "absent" and not aged:
        yield str(selector), "a counter's value says nothing by itself; wrap it in rate() or increase()"
    if not grows and selector.function in _COUNTER_FUNCTIONS:
        yield str(selector), f"{metric.name} is a gauge; {selector.function}() is for counters"
    for matcher in selector.matchers:
        bounds = [bound_text(bound) for bound in metric.buckets]
        if matcher.label == "le" and matcher.value not in [*bounds, "+Inf"]:
            yield (
                str(matcher),
                f"{metric.name} has no such bucket; use one of {', '.join(bounds)} or declare it",
            )


def _short(path: Path) -> str:
    return str(path.relative_to(Path(__file__).parents[1]))
