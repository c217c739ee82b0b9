"""Counts the good events of every objective as a client sees them, by the objectives' own files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from alerts.slo import Slo

Labels = tuple[tuple[str, str], ...]

REQUESTS = "http_requests_total"
REQUEST_SECONDS = "http_request_duration_seconds"
DELIVERY_SECONDS = "realtime_event_lag_seconds"
REPLAYS = "idempotent_replays_total"
# What the server would have said, had it answered: a client that gave up waiting saw a timeout.
TIMED_OUT = 504


@dataclass(frozen=True, slots=True)
class Sample:
    """One timed thing: a request, a connection, a delivery. Status 0 means that nothing came back.

    `intended` is when the player meant to act and `started` when it did, both by clock.now. `replay` is None
    unless a key was repeated on purpose; then it says whether the answer was the same.
    """

    stage: str
    step: str
    kind: str
    surface: str
    intended: float
    started: float
    ended: float
    status: int
    method: str = "GET"
    route: str = ""
    replay: bool | None = None

    @property
    def served(self) -> bool:
        """Answered, and not by a server error."""
        return 0 < self.status < 500

    def events(self) -> Iterator[tuple[str, Labels, float | None]]:
        """What the server would record of it: metric, labels, and seconds where the metric is a latency.

        A latency counts from the intended start, so that waiting for a slow system is not left out.
        """
        seconds = self.ended - self.intended
        if self.kind == "delivery":
            yield DELIVERY_SECONDS, (), seconds
            return
        status = str(self.status or TIMED_OUT)
        surface = ("surface", self.surface)
        yield REQUESTS, (("method", self.method), ("route", self.route), ("status", status), surface), None
        yield REQUEST_SECONDS, (("kind", self.kind), surface), seconds if self.served else None
        if self.replay is not None:
            yield REPLAYS, (("outcome", "replayed" if self.replay else "mismatch"),), None


@dataclass(slots=True)
class Judge:
    """Tells which objectives count an event and whether it is good; remembers what only labels decide."""

    slos: Sequence[Slo]
    _counting: dict[tuple[str, Labels], tuple[Slo, ...]] = field(default_factory=dict)
    _by_labels: dict[tuple[str, str, Labels], bool] = field(default_factory=dict)

    def verdicts(self, sample: Sample) -> Iterator[tuple[str, bool]]:
        """(objective, good) for each objective that counts the sample; what never came is never in time."""
        for metric, labels, seconds in sample.events():
            for slo in self._slos_counting(metric, labels):
                if slo.threshold_seconds is None:
                    yield slo.name, self._good_by_labels(slo, metric, labels)
                else:
                    yield slo.name, seconds is not None and seconds <= slo.threshold_seconds

    def _slos_counting(self, metric: str, labels: Labels) -> tuple[Slo, ...]:
        key = (metric, labels)
        if key not in self._counting:
            named: Mapping[str, str] = dict(labels)
            self._counting[key] = tuple(
                slo
                for slo in self.slos
                if slo.judge_event(metric=metric, labels=named, seconds=0.0) is not None
            )
        return self._counting[key]

    def _good_by_labels(self, slo: Slo, metric: str, labels: Labels) -> bool:
        key = (slo.name, metric, labels)
        if key not in self._by_labels:
            self._by_labels[key] = bool(slo.judge_event(metric=metric, labels=dict(labels)))
        return self._by_labels[key]
