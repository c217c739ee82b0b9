"""Turns the figures of a run into the checks and the data of its result file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from alerts.slo import Slo
from alerts.verdict import Check, Result, Verdict
from loadtests.harvest import Harvest
from loadtests.profile import Profile
from loadtests.tally import Count, Tally, Timings

ROOM = "loadtests"
_SOCKET_STEPS = frozenset({"socket", "delivery"})


def result(
    harvest: Harvest,
    profile: Profile,
    slos: Sequence[Slo],
    *,
    started_at: datetime,
    seconds: float,
    seed: int,
    target: str,
    reproduce: str,
) -> Result:
    """The room's result: what was wrong, what the objectives say, whether the generator could tell."""
    tally, generator = harvest.tally, _generator(harvest, profile)
    trusted = generator.verdict is Verdict.PASS
    named = [slo for slo in slos if slo.name in profile.objectives]
    checks = [
        _answers(tally),
        _socket(tally),
        generator,
        *(_objective(slo, tally, profile, trusted=trusted) for slo in named),
    ]
    return Result(
        room=ROOM,
        started_at=started_at,
        seconds=seconds,
        seed=seed,
        reproduce=reproduce,
        checks=tuple(checks),
        data={
            "target": target,
            "profile": profile.model_dump(mode="json"),
            **_figures(harvest, profile, slos),
        },
    )


def judge(slo: Slo, count: Count) -> Verdict:
    """Whether the target is met; too few events say nothing, unless too many of them are bad already."""
    bad = count.total - count.good
    if count.total < slo.evidence_events:
        return Verdict.FAIL if bad > slo.error_budget * slo.evidence_events else Verdict.UNKNOWN
    return Verdict.PASS if bad <= slo.error_budget * count.total else Verdict.FAIL


def _objective(slo: Slo, tally: Tally, profile: Profile, *, trusted: bool) -> Check:
    """The verdict by the objective's own file; none if the generator itself was late."""
    count = tally.counted(slo.name, profile.judged_stages)
    share = f"{count.good / count.total:.4%}" if count.total else "no event"
    figures = f"{share} of {count.total} good, target {slo.target:.2%}, {slo.evidence_events} events needed"
    return Check(
        name=f"objective {slo.name}",
        verdict=judge(slo, count) if trusted else Verdict.UNKNOWN,
        detail=figures if trusted else f"{figures}; but the generator was the bottleneck",
        data={"good": count.good, "total": count.total, "target": float(slo.target)},
    )


def _answers(tally: Tally) -> Check:
    wrong = {step: count for step, count in tally.wrong.items() if step not in _SOCKET_STEPS}
    return _counted("every answer is right", wrong, tally.answers, "answers checked", tally)


def _socket(tally: Tally) -> Check:
    wrong = {step: count for step, count in tally.wrong.items() if step in _SOCKET_STEPS}
    events = tally.facts["events"]
    return _counted("socket events once, in order, none lost", wrong, events, "events checked", tally)


def _counted(name: str, wrong: Mapping[str, int], checked: int, unit: str, tally: Tally) -> Check:
    number = sum(wrong.values())
    if number:
        first = next(example for example in tally.examples if example["step"] in wrong)
        detail = f"{number} wrong of {checked} {unit}; the first: {first['step']}: {first['problem']}"
        return Check(name=name, verdict=Verdict.FAIL, detail=detail, data={"wrong": dict(wrong)})
    verdict = Verdict.PASS if checked else Verdict.UNKNOWN
    return Check(name=name, verdict=verdict, detail=f"{checked} {unit}", data={"checked": checked})


def _generator(harvest: Harvest, profile: Profile) -> Check:
    """UNKNOWN when the generator itself was late, overloaded, absent or idle: then nothing was measured.

    Steps that a slow system kept from being made are no reason: they count as requests never answered.
    """
    limits, strains = profile.generator, harvest.strains
    facts = harvest.tally.facts
    absent, crashed = facts["never_arrived"], facts["crashed"]
    lag = max((strain.lag_p99_seconds for strain in strains), default=float("inf"))
    share = max((strain.cpu_share for strain in strains), default=float("inf"))
    reasons = [
        *([f"{len(strains)} of {harvest.expected} generators reported"] * (len(strains) < harvest.expected)),
        *([f"p99 lag {lag:.4f} s > {limits.lag_p99_seconds} s"] * (lag > limits.lag_p99_seconds)),
        *([f"processor share {share:.0%} > {limits.cpu_share:.0%}"] * (share > limits.cpu_share)),
        *(["no step was ever due"] * (not facts["drawn"])),
        *([f"{absent} players never arrived"] * bool(absent)),
        *([f"{crashed} players crashed by a fault of this room"] * bool(crashed)),
    ]
    made = f"{facts['drawn'] - facts['unissued']} of {facts['drawn']} steps made"
    detail = "; ".join(reasons) or f"p99 lag {lag * 1000:.1f} ms, {share:.0%} of a core, {made}"
    return Check(
        name="the generator was not the bottleneck",
        verdict=Verdict.UNKNOWN if reasons else Verdict.PASS,
        detail=detail,
        data={"strains": [asdict(strain) for strain in strains]},
    )


def _figures(harvest: Harvest, profile: Profile, slos: Sequence[Slo]) -> dict[str, Any]:
    tally, judged = harvest.tally, profile.judged_stages
    stages = sorted({stage for stage, _, _ in tally.timings})
    return {
        "steady": _steady(harvest, profile),
        "measurements": _measurements(tally, slos, judged),
        "surfaces": {
            surface: _verdicts(tally, slos, judged, surface)
            for surface in sorted({surface for _, _, surface in tally.timings})
        },
        "stages": {stage: _stage(tally, stage, slos) for stage in stages},
        "latencies": [_latency(cell, timings) for cell, timings in tally.merged(judged).items()],
        "steps": dict(sorted(tally.steps.items())),
        "facts": dict(sorted(tally.facts.items())),
        "wrong": {"by_step": dict(tally.wrong), "examples": tally.examples},
        "timeline": [{"second": second, **counts} for second, counts in sorted(tally.timeline.items())],
        "generators": [asdict(strain) for strain in harvest.strains],
    }


def _steady(harvest: Harvest, profile: Profile) -> dict[str, str]:
    """The span of the judged stages, for whoever measures the same span elsewhere."""
    begin, end = profile.judged_span()
    start, stop = harvest.opens + begin, min(harvest.opens + end, harvest.closes)
    return {"start": _moment(start), "end": _moment(stop)}


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def _measurements(tally: Tally, slos: Sequence[Slo], stages: frozenset[str]) -> dict[str, dict[str, int]]:
    """Good and total by objective, for the objectives of which a client sees events at all."""
    counts = {slo.name: tally.counted(slo.name, stages) for slo in slos}
    return {name: {"good": count.good, "total": count.total} for name, count in counts.items() if count.total}


def _verdicts(
    tally: Tally, slos: Sequence[Slo], stages: frozenset[str], surface: str | None = None
) -> dict[str, dict[str, Any]]:
    """Good, total and verdict by objective, of one stage or of one surface."""
    counts = {slo: tally.counted(slo.name, stages, surface) for slo in slos}
    return {
        slo.name: {"good": count.good, "total": count.total, "verdict": str(judge(slo, count))}
        for slo, count in counts.items()
        if count.total
    }


def _stage(tally: Tally, stage: str, slos: Sequence[Slo]) -> dict[str, Any]:
    only = frozenset({stage})
    return {
        "objectives": _verdicts(tally, slos, only),
        "latencies": [_latency(cell, timings, plotted=False) for cell, timings in tally.merged(only).items()],
    }


def _latency(cell: tuple[str, str], timings: Timings, *, plotted: bool = True) -> dict[str, Any]:
    kind, surface = cell
    figures: dict[str, Any] = {
        "kind": kind,
        "surface": surface,
        "count": timings.corrected.count,
        "statuses": {str(status): count for status, count in sorted(timings.statuses.items())},
    }
    for name, latencies in (("corrected", timings.corrected), ("uncorrected", timings.uncorrected)):
        quantiles = {f"p{p:g}": latencies.at(p) for p in (50.0, 95.0, 99.0, 99.9, 100.0)}
        plot = {"series": latencies.series(), "hdr": latencies.encoded()} if plotted else {}
        figures[name] = {"seconds": quantiles, **plot}
    return figures
