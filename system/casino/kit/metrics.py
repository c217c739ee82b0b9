"""Builds every collector from `metrics.yaml`, the single list of metrics; a name that is not there cannot be used."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()
_LIST = Path(__file__).with_name("metrics.yaml")


@cache
def _declared() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(_LIST.read_text())
    return document


def _entry(name: str, kind: str) -> dict[str, Any]:
    entry: dict[str, Any] | None = _declared()["metrics"].get(name)
    if entry is None or entry["type"] != kind:
        raise LookupError(f"{name} is not declared as a {kind} in {_LIST.name}; add it there first")
    return entry


@cache
def counter(name: str) -> Counter:
    """The counter declared under this name (it must end in ``_total``)."""
    entry = _entry(name, "counter")
    return Counter(name, entry["help"], entry["labels"], registry=REGISTRY)


@cache
def gauge(name: str) -> Gauge:
    """The gauge declared under this name."""
    entry = _entry(name, "gauge")
    return Gauge(name, entry["help"], entry["labels"], registry=REGISTRY)


@cache
def histogram(name: str) -> Histogram:
    """The histogram declared under this name, with the declared bucket bounds (seconds or rows)."""
    entry = _entry(name, "histogram")
    bounds = _declared()["buckets"][entry["buckets"]]
    return Histogram(name, entry["help"], entry["labels"], buckets=bounds, registry=REGISTRY)
