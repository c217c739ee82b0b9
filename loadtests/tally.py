"""The figures of a run: latencies by kind and surface, good events by objective, and every wrong answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from loadtests.latency import Latencies
from loadtests.objectives import Judge, Sample

EXAMPLES_KEPT = 50
# Kinds of sample that are requests with an answer to check, unlike connections and deliveries.
_REQUESTS = frozenset({"read", "write", "bulk", "login", "payment", "claim"})
Cell = tuple[str, str, str]


@dataclass(slots=True)
class Timings:
    """One stage, kind and surface. Corrected latencies count from the intended start."""

    corrected: Latencies = field(default_factory=Latencies)
    uncorrected: Latencies = field(default_factory=Latencies)
    statuses: Counter[int] = field(default_factory=Counter)

    def add(self, other: Timings) -> None:
        """Count everything that `other` counted."""
        self.corrected.add(other.corrected)
        self.uncorrected.add(other.uncorrected)
        self.statuses.update(other.statuses)


@dataclass(slots=True)
class Count:
    """Events of one objective: good ones among all."""

    good: int = 0
    total: int = 0


class Tally:
    """Counts one generator's samples; tallies of several generators add up exactly."""

    def __init__(self, judge: Judge, begin: float) -> None:
        self._judge = judge
        self.begin = begin
        self.timings: dict[Cell, Timings] = {}
        self.events: dict[tuple[str, str, str], Count] = {}
        self.steps: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self.examples: list[Mapping[str, Any]] = []
        self.timeline: dict[int, Counter[str]] = {}
        self.facts: Counter[str] = Counter()

    def record(self, sample: Sample) -> None:
        """Count one sample in its cell, its objectives and its second."""
        timings = self._cell((sample.stage, sample.kind, sample.surface))
        timings.corrected.record(sample.ended - sample.intended)
        timings.uncorrected.record(sample.ended - sample.started)
        timings.statuses[sample.status] += 1
        self.steps[sample.step] += 1
        second = self.timeline.setdefault(int(sample.ended - self.begin), Counter())
        second["ended"] += 1
        second["failed"] += not sample.served
        for slo, good in self._judge.verdicts(sample):
            count = self.events.setdefault((sample.stage, sample.surface, slo), Count())
            count.good += good
            count.total += 1

    def _cell(self, cell: Cell) -> Timings:
        # An empty histogram is a fifth of a megabyte: never made only to be thrown away.
        if cell not in self.timings:
            self.timings[cell] = Timings()
        return self.timings[cell]

    def fault(self, step: str, problems: Iterable[str], context: Mapping[str, Any]) -> None:
        """Count wrong answers of a step; the first of all are kept whole as examples."""
        for problem in problems:
            self.wrong[step] += 1
            if len(self.examples) < EXAMPLES_KEPT:
                self.examples.append({"step": step, "problem": problem, **context})

    @property
    def answers(self) -> int:
        """How many requests the system answered without failing; only those could be checked."""
        return sum(
            count
            for (_, kind, _), timings in self.timings.items()
            for status, count in timings.statuses.items()
            if kind in _REQUESTS and 0 < status < 500
        )

    def merged(self, stages: frozenset[str]) -> dict[tuple[str, str], Timings]:
        """Timings by (kind, surface) over `stages` together."""
        merged: dict[tuple[str, str], Timings] = {}
        for (stage, kind, surface), timings in sorted(self.timings.items()):
            if stage in stages:
                merged.setdefault((kind, surface), Timings()).add(timings)
        return merged

    def counted(self, slo: str, stages: frozenset[str], surface: str | None = None) -> Count:
        """Events of one objective over `stages` together, on all surfaces or on one."""
        counts = [
            count
            for (stage, place, name), count in self.events.items()
            if name == slo and stage in stages and surface in (None, place)
        ]
        return Count(sum(count.good for count in counts), sum(count.total for count in counts))

    def dump(self) -> dict[str, Any]:
        """Plain values only, for the wire between generators; `absorb` takes them back."""
        return {
            "timings": [
                [list(cell), part.corrected.encoded(), part.uncorrected.encoded(), dict(part.statuses)]
                for cell, part in self.timings.items()
            ],
            "events": [[list(key), count.good, count.total] for key, count in self.events.items()],
            "steps": dict(self.steps),
            "wrong": dict(self.wrong),
            "examples": self.examples,
            "timeline": [[second, dict(counts)] for second, counts in self.timeline.items()],
            "facts": dict(self.facts),
        }

    def absorb(self, dump: Mapping[str, Any]) -> None:
        """Add the tally that another generator dumped."""
        for (stage, kind, surface), corrected, uncorrected, statuses in dump["timings"]:
            part = Timings(Latencies(corrected), Latencies(uncorrected), Counter(statuses))
            self._cell((stage, kind, surface)).add(part)
        for (stage, surface, slo), good, total in dump["events"]:
            count = self.events.setdefault((stage, surface, slo), Count())
            count.good += good
            count.total += total
        self.steps.update(dump["steps"])
        self.wrong.update(dump["wrong"])
        self.examples = [*self.examples, *dump["examples"]][:EXAMPLES_KEPT]
        for second, counts in dump["timeline"]:
            self.timeline.setdefault(second, Counter()).update(counts)
        self.facts.update(dump["facts"])
