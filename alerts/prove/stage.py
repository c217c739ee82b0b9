"""What a Prometheus is given to prove alerts on written history: scenes as its past, and a scrape that goes on with it.

The past reaches beyond the opening: a server evaluates its rules some seconds before it scrapes, and must see no hole.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler

from alerts import burn, scenes
from alerts.clock import Clock
from alerts.compiler import Compiled
from alerts.duration import Duration
from alerts.gate.monitor import Alert
from alerts.history import Sample
from alerts.promql import Matcher, Selector
from alerts.proofs import Proofs
from alerts.scenes import Document, Scene

# From the opening until a `for` begins, so that the server is up and has found its Alertmanager.
LEAD_SECONDS = 10.0

# Of a longer `for` only the end is played: the server finds the alert pending, as after a restart.
HOLD_SECONDS_MAX = 60.0

# How long a server takes at most from the opening to its first scrape.
START_SECONDS = 40

# How late a scrape may come on a busy machine without leaving a hole.
AHEAD_SECONDS = 6


@dataclass(frozen=True, kw_only=True)
class Act:
    """One alert in one scene. `moment` is when its unit test looks, in seconds after the scene's beginning.

    `expected` are the labels of the alerts that must fire; of a `healthy` scene, of those that must not.
    """

    alert: Alert
    rule: Document
    scene: Scene
    moment: float
    expected: tuple[Mapping[str, str], ...]
    healthy: bool

    @property
    def hold(self) -> float:
        """The rule's `for` in seconds."""
        return Duration.parse(self.rule["for"]).seconds if "for" in self.rule else 0.0

    @property
    def rest(self) -> float:
        """Seconds from the opening to the moment at which the unit test looks."""
        return LEAD_SECONDS + min(self.hold, HOLD_SECONDS_MAX)

    @property
    def waits(self) -> float:
        """How long the alert must still be pending: its `for`, or what a restart left of it."""
        return min(self.hold, self.rest)

    def predicted(self, clock: Clock) -> float:
        """Seconds from the beginning of its `for`, or of the server, until it fires.

        That beginning is read from what was scraped; the next evaluation is half an interval away on average.
        """
        return self.waits + clock.evaluation.seconds / 2

    def tolerance(self, clock: Clock) -> float:
        """How far off the prediction it may fire."""
        step = clock.scrape.seconds + clock.evaluation.seconds
        return max(float(burn.DELAY_TOLERANCE) * self.predicted(clock), step)


@dataclass(frozen=True)
class Stage:
    """Acts that are played together from `opens` on, a whole Unix second; their scenes began before it or will."""

    acts: tuple[Act, ...]
    opens: int

    def pending_since(self, act: Act) -> float | None:
        """When an act's alert became pending, where that was before the opening."""
        since = self.opens + act.rest - act.hold
        return since if since < self.opens else None

    def at(self, moment: float) -> Iterator[tuple[str, float]]:
        """Every series that has a value at a Unix time, with that value."""
        for act in self.acts:
            yield from act.scene.at(moment - self._begins(act))

    def past(self) -> Iterator[Sample]:
        """What the server starts with: every scene, scraped every second, and what is pending at the opening."""
        for act in self.acts:
            begins = self._begins(act)
            for moment in range(math.ceil(begins), self.opens + START_SECONDS):
                for series, value in act.scene.at(moment - begins):
                    yield series, value, moment
            since = self.pending_since(act)
            for labels in act.expected if since is not None else ():
                series = _series("ALERTS_FOR_STATE", {"alertname": act.alert[0], **labels})
                for moment in range(math.ceil(since or 0), self.opens + 1):
                    yield series, math.floor(since or 0), moment

    def _begins(self, act: Act) -> float:
        return self.opens + act.rest - act.moment


def acts(proofs: Proofs, compiled: Compiled, tests: Mapping[str, Document]) -> list[Act]:
    """Two acts for every history of proofs.yaml, one of them healthy. `tests` are this profile's unit tests."""
    rules = {(rule["alert"], rule["labels"].get("long", "")): rule for rule in compiled.alerts}
    found = []
    for name, how in proofs.alerts.items():
        for history in how.history:
            pair = history.pair or ""
            file = {test["name"]: test for test in tests[f"tests/{history.tests}.yaml"]["tests"]}
            fires, silent = file[history.fires], file[history.silent]
            told, untold = scenes.told(fires, name, pair), scenes.untold(silent, name, pair)
            assert told is not None and untold is not None, (
                f"{name}: proofs.problems() lets no such history pass"
            )
            for test, case in ((fires, told), (silent, untold)):
                act = Act(
                    alert=(name, pair),
                    rule=rules[name, pair],
                    scene=scenes.stage(test, rules[name, pair]["expr"], compiled.clock),
                    moment=scenes.moment(case, compiled.clock),
                    expected=tuple(scenes.expected(told, pair)),
                    healthy=test is silent,
                )
                found.append(act)
    return found


def together(found: Iterable[Act]) -> list[tuple[Act, ...]]:
    """Acts that one server can play at once, in as few groups as come easily: no two scenes share a metric."""
    groups: list[list[Act]] = []
    for act in found:
        for group in groups:
            taken = {metric for one in group for metric in one.scene.metrics}
            if group[0].healthy is act.healthy and not taken & act.scene.metrics:
                group.append(act)
                break
        else:
            groups.append([act])
    return [tuple(group) for group in groups]


def exporter(stage: Stage) -> type[BaseHTTPRequestHandler]:
    """Answers a scrape with what every series is in the next seconds: then a scrape that is late leaves no hole.

    A window of five seconds, and thresholds a hundredth away, would see the hole; what Prometheus has stays as it is.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            now = math.floor(time.time())
            lines = [
                f"{series} {value:.13g} {moment * 1000}\n"
                for moment in range(now + 1, now + 1 + AHEAD_SECONDS)
                for series, value in stage.at(moment)
            ]
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write("".join(lines).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def _series(metric: str, labels: Mapping[str, str]) -> str:
    return str(Selector(metric, tuple(Matcher(label, "=", value) for label, value in labels.items())))
