"""Verdicts: wrong answers fail, missing evidence and a strained generator say nothing, figures add up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from alerts import slo
from alerts.verdict import Result, Verdict
from loadtests import profile as profiles
from loadtests import report
from loadtests.generator import Strain
from loadtests.harvest import Harvest
from loadtests.objectives import Judge, Sample
from loadtests.profile import Profile
from loadtests.tally import Count, Tally

SLOS = slo.load()
EASY = Strain(lag_p99_seconds=0.001, lag_max_seconds=0.01, cpu_share=0.2, ticks=100)


def _sample(seconds: float = 0.01, *, queued: float = 0.0, status: int = 200, **changes: Any) -> Sample:
    fields: dict[str, Any] = {"stage": "steady", "step": "spin", "kind": "write", "surface": "games"}
    fields |= {"intended": 100.0 - queued, "started": 100.0, "ended": 100.0 + seconds, "status": status}
    return Sample(**{**fields, **changes})


def _tally(*samples: Sample) -> Tally:
    tally = Tally(Judge(SLOS), begin=0.0)
    for sample in samples:
        tally.record(sample)
    tally.facts.update(drawn=max(len(samples), 1), events=1)
    return tally


def _result(tally: Tally, strain: Strain = EASY, profile: Profile | None = None, expected: int = 1) -> Result:
    return report.result(
        Harvest(tally, [strain], expected, opens=100.0, closes=130.0),
        profile or profiles.load("play"),
        SLOS,
        started_at=datetime.now(UTC),
        seconds=1.0,
        seed=1,
        target="http://127.0.0.1:1",
        reproduce="",
    )


def _verdicts(result: Result) -> Mapping[str, Verdict]:
    return {check.name: check.verdict for check in result.checks}


def _counted(tally: Tally, name: str) -> tuple[int, int]:
    count = tally.counted(name, frozenset({"steady"}))
    return count.good, count.total


def test_latency_counts_from_the_intended_start() -> None:
    """A fast answer to a step that waited 0.5 s is a slow event, though the uncorrected time is short."""
    tally = _tally(_sample(0.01, queued=0.5))
    assert _counted(tally, "write-latency") == (0, 1)
    timings = tally.merged(frozenset({"steady"}))["write", "games"]
    assert timings.corrected.at(100) == pytest.approx(0.51, rel=0.01)
    assert timings.uncorrected.at(100) == pytest.approx(0.01, rel=0.01)


def test_the_bound_comes_from_the_objective() -> None:
    """Just within is good, just beyond is not."""
    bound = next(each for each in SLOS if each.name == "write-latency").threshold_seconds
    assert bound is not None
    tally = _tally(_sample(bound - 0.001), _sample(bound + 0.001))
    assert _counted(tally, "write-latency") == (1, 2)


def test_what_never_came_is_bad_for_availability_and_for_latency() -> None:
    """Also when the connection was refused at once."""
    tally = _tally(_sample(0.001, status=0), _sample(0.001, status=503), _sample(0.001, status=402))
    assert _counted(tally, "games-availability") == (1, 3)
    assert _counted(tally, "write-latency") == (1, 3)


def test_a_delivery_counts_for_delivery_alone() -> None:
    """It is not a request."""
    tally = _tally(_sample(0.01, kind="delivery", surface="realtime"))
    assert _counted(tally, "realtime-delivery") == (1, 1)
    assert _counted(tally, "realtime-availability") == (0, 0)


def test_stages_that_are_not_judged_count_for_nothing() -> None:
    """Arrivals are measured and left out of the objectives."""
    tally = _tally(_sample(5.0, stage="arriving"), _sample())
    assert _counted(tally, "write-latency") == (1, 1)


@pytest.mark.parametrize(
    ("good", "total", "verdict"),
    [
        (300, 300, Verdict.PASS),
        (299, 299, Verdict.UNKNOWN),
        (0, 0, Verdict.UNKNOWN),
        (295, 299, Verdict.FAIL),
        (990, 1000, Verdict.PASS),
        (989, 1000, Verdict.FAIL),
    ],
)
def test_a_target_needs_its_evidence(good: int, total: int, verdict: Verdict) -> None:
    """At 99 %, 300 events are needed; too many bad ones are a failure before that."""
    latency = next(each for each in SLOS if each.name == "write-latency")
    assert report.judge(latency, Count(good, total)) is verdict


def test_a_wrong_answer_fails_the_run() -> None:
    """One is enough, and it is quoted."""
    tally = _tally(_sample())
    tally.fault("spin", ["balance 5 after 4"], {})
    result = _result(tally)
    assert _verdicts(result)["every answer is right"] is Verdict.FAIL
    assert "balance 5 after 4" in result.checks[0].detail
    assert result.verdict is Verdict.FAIL


def test_a_lost_event_fails_the_run() -> None:
    """Under its own name."""
    tally = _tally(_sample())
    tally.fault("delivery", ["no event of round r1"], {})
    verdicts = _verdicts(_result(tally))
    assert verdicts["socket events once, in order, none lost"] is Verdict.FAIL
    assert verdicts["every answer is right"] is Verdict.PASS


@pytest.mark.parametrize(
    "strain",
    [
        Strain(lag_p99_seconds=1.0, lag_max_seconds=1.0, cpu_share=0.2, ticks=1),
        Strain(lag_p99_seconds=0.001, lag_max_seconds=0.01, cpu_share=0.99, ticks=100),
    ],
)
def test_a_strained_generator_says_nothing(strain: Strain) -> None:
    """Late or without processor time: UNKNOWN, however good the figures."""
    samples = [_sample()] * 400
    strained, easy = _verdicts(_result(_tally(*samples), strain)), _verdicts(_result(_tally(*samples)))
    for name, before in (
        ("the generator was not the bottleneck", Verdict.PASS),
        ("objective write-latency", Verdict.PASS),
    ):
        assert (easy[name], strained[name]) == (before, Verdict.UNKNOWN)


def test_a_crash_of_our_own_says_nothing() -> None:
    """What a crashed player would have found, nobody knows."""
    tally = _tally(_sample())
    tally.facts["crashed"] = 1
    assert _verdicts(_result(tally))["the generator was not the bottleneck"] is Verdict.UNKNOWN


def test_a_generator_that_never_reported_says_nothing() -> None:
    """A part of the load is missing."""
    name = "the generator was not the bottleneck"
    assert _verdicts(_result(_tally(_sample()), expected=2))[name] is Verdict.UNKNOWN


def test_steps_that_a_slow_system_kept_from_being_made_are_its_own_fault() -> None:
    """They count as requests never answered, and do not make the run unknown."""
    tally = _tally(*[_sample()] * 3000, *[_sample(30.0, status=0)] * 30)
    tally.facts["unissued"] = 30
    verdicts = _verdicts(_result(tally))
    assert verdicts["the generator was not the bottleneck"] is Verdict.PASS
    assert verdicts["objective games-availability"] is Verdict.FAIL


def test_the_steady_span_and_the_measurements_are_told() -> None:
    """Whoever compares with the server needs the same span and the same objectives."""
    data = _result(_tally(_sample())).data
    assert data["steady"] == {"start": "1970-01-01T00:01:40Z", "end": "1970-01-01T00:02:10Z"}
    assert data["measurements"]["write-latency"] == {"good": 1, "total": 1}
    assert "probe-availability" not in data["measurements"]


def test_stages_and_surfaces_have_verdicts_of_their_own() -> None:
    """A slow surface is seen though the others outnumber it."""
    slow = [_sample(2.0, surface="home")] * 10
    data = _result(_tally(*[_sample()] * 400, *slow)).data
    assert data["surfaces"]["games"]["write-latency"] == {"good": 400, "total": 400, "verdict": "PASS"}
    assert data["surfaces"]["home"]["write-latency"]["verdict"] == "FAIL"
    assert data["stages"]["steady"]["objectives"]["write-latency"]["total"] == 410


def test_a_run_without_events_is_unknown() -> None:
    """Nothing asked and nothing heard cannot pass."""
    assert _result(Tally(Judge(SLOS), begin=0.0)).verdict is Verdict.UNKNOWN


def test_tallies_of_two_generators_add_up_exactly() -> None:
    """What a worker dumps and a master absorbs is what one generator alone would have counted."""
    first, second = [_sample(0.01), _sample(0.3)], [_sample(0.7, status=503), _sample(0.02)]
    together, whole = Tally(Judge(SLOS), begin=0.0), _tally(*first, *second)
    for part in (_tally(*first), _tally(*second)):
        part.fault("spin", ["odd"], {})
        whole.fault("spin", ["odd"], {})
        together.absorb(part.dump())
    for name in ("write-latency", "games-availability"):
        assert _counted(together, name) == _counted(whole, name)
    both = (together.merged(frozenset({"steady"})), whole.merged(frozenset({"steady"})))
    assert both[0]["write", "games"].corrected.encoded() == both[1]["write", "games"].corrected.encoded()
    assert (together.wrong, together.timeline) == (whole.wrong, whole.timeline)
