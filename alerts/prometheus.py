"""Asks a running Prometheus for raw samples, from which counts are exact and nothing is extrapolated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

REQUEST_TIMEOUT_SECONDS = 30.0

# One request reads at most so much time, so that a long window does not hit Prometheus' sample limit.
CHUNK = timedelta(hours=1)

# A series that has been silent for longer than this before the window is taken for a new one.
STALE_AFTER = timedelta(minutes=5)


class PrometheusError(Exception):
    """Prometheus could not be asked, or refused the question."""


@dataclass(frozen=True)
class Window:
    """A stretch of time, `start` excluded and `end` included; both carry a time zone."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError(f"the window {self.start} to {self.end} needs a time zone, such as +00:00 or Z")
        if self.start >= self.end:
            raise ValueError(f"the window starts at {self.start}, which is not before its end at {self.end}")


@dataclass(frozen=True)
class Series:
    """One series' samples in time order: (Unix seconds, value)."""

    labels: Mapping[str, str]
    samples: tuple[tuple[float, float], ...]


class Prometheus:
    """A Prometheus server's HTTP API, version 1. Use as a context manager."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._client = httpx.Client(timeout=REQUEST_TIMEOUT_SECONDS)

    def __enter__(self) -> Prometheus:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def value(self, expression: str, at: datetime) -> list[Series]:
        """The instant value of an expression, each series with one sample."""
        result = self._ask("/api/v1/query", {"query": expression, "time": at.timestamp()}, kind="vector")
        return [Series(found["metric"], (_sample(found["value"]),)) for found in result]

    def curve(self, expression: str, window: Window, step_seconds: float) -> list[Series]:
        """An expression's value at every step of a window."""
        parameters: dict[str, Any] = {
            "query": expression,
            "start": window.start.timestamp(),
            "end": window.end.timestamp(),
            "step": step_seconds,
        }
        result = self._ask("/api/v1/query_range", parameters, kind="matrix")
        return [Series(found["metric"], tuple(map(_sample, found["values"]))) for found in result]

    def samples(self, selector: str, window: Window) -> list[Series]:
        """The samples as scraped of every selected series, and the last one before the window if recent."""
        gathered: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
        for chunk in _chunks(Window(window.start - STALE_AFTER, window.end)):
            # Milliseconds; a closed left end only repeats a sample, which is dropped below.
            span = round((chunk.end - chunk.start).total_seconds() * 1000)
            parameters = {"query": f"{selector}[{span}ms]", "time": chunk.end.timestamp()}
            for found in self._ask("/api/v1/query", parameters, kind="matrix"):
                series = gathered.setdefault(tuple(sorted(found["metric"].items())), [])
                latest = series[-1][0] if series else float("-inf")
                series.extend(sample for sample in map(_sample, found["values"]) if sample[0] > latest)
        start = window.start.timestamp()
        return [
            Series(dict(labels), tuple(samples[max(0, _count_until(samples, start) - 1) :]))
            for labels, samples in gathered.items()
        ]

    def _ask(self, path: str, parameters: Mapping[str, Any], *, kind: str) -> list[dict[str, Any]]:
        try:
            response = self._client.post(self.url + path, data=dict(parameters))
            answer = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise PrometheusError(f"{self.url} does not answer as Prometheus does: {error}") from error
        if answer.get("status") != "success":
            raise PrometheusError(f"{self.url} refused {parameters['query']!r}: {answer.get('error')}")
        if answer["data"]["resultType"] != kind:
            found = answer["data"]["resultType"]
            raise PrometheusError(f"{parameters['query']!r} gives a {found}, not a {kind}")
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result


def grown(series: Series, window: Window) -> float:
    """How much a counter grew within the window, resets included, by its own samples.

    A counter that appears within the window is counted from zero: the process that exports it was born then.
    A series with a sample at or before the window's start is counted from that.
    """
    start = window.start.timestamp()
    total, previous = 0.0, 0.0
    for time, value in series.samples:
        if time > start:
            total += value - previous if value >= previous else value
        previous = value
    return total


def summed(series: Series, window: Window) -> float:
    """The sum of a gauge's samples within the window."""
    start = window.start.timestamp()
    return sum(value for time, value in series.samples if time > start)


def parse_time(text: str) -> datetime:
    """Read RFC 3339 (`2025-03-01T12:00:00Z`) or Unix seconds."""
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except ValueError:
        return datetime.fromisoformat(text)


def _chunks(window: Window) -> Iterator[Window]:
    start = window.start
    while start < window.end:
        end = min(start + CHUNK, window.end)
        yield Window(start, end)
        start = end


def _sample(pair: list[Any]) -> tuple[float, float]:
    return float(pair[0]), float(pair[1])


def _count_until(samples: list[tuple[float, float]], time: float) -> int:
    return sum(sample[0] <= time for sample in samples)
