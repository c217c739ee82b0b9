"""A fault is believed only when it was seen, and each broken promise about it is a failure of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from alerts.verdict import Check, Result, Verdict
from chaos import experiment, judgement, kinds
from chaos.experiment import Experiment
from chaos.histories import Op, SocketChange
from chaos.observer import Glimpse, Observations
from chaos.prometheus import Rule
from chaos.tests.evidence import op, whole
from chaos.toolkit import Activity, Journal
from chaos.trial import Trial

APPLIED, RELEASED, PID = 100.0, 105.0, 4711
Spoil = Callable[[Trial], Trial]


def journal(**changes: Any) -> Journal:
    """Chaos Toolkit's journal of a fault that went as planned."""
    planned = Journal(
        status="completed",
        method=[
            Activity("apply", "succeeded", {"at": APPLIED, "pid": PID}, None),
            Activity(kinds.THERE, "succeeded", True, True),
            Activity(kinds.ANSWERS, "succeeded", True, True),
            Activity("release", "succeeded", {"at": RELEASED}, None),
            Activity("recovered", "succeeded", 2.5, True),
        ],
        rollbacks=[Activity("let the worker start", "succeeded", {"at": 110.0}, None)],
        steady_before=True,
        steady_after=True,
    )
    return replace(planned, **changes)


def bet(started: float, status: int = 200) -> Op:
    """A bet that was answered a tenth of a second later."""
    return replace(op("r9", "k9", 1, 0, 1), started=started, ended=started + 0.1, status=status)


def trial(name: str = "worker_down") -> Trial:
    """A trial in which the system kept every promise."""
    tried = experiment.load(name)
    expected = dict.fromkeys(tried.expect.alerts_expected, APPLIED + 2.0)
    evidence = whole()
    histories = replace(
        evidence.histories,
        ops=tuple(bet(at / 10) for at in range(950, 1100)),
        sockets=(SocketChange("0-0", 7, "opened", 90.0), *_told_to_leave(tried)),
    )
    return Trial(
        experiment=tried,
        load_opened=90.0,
        load_lasted=True,
        journal=journal(),
        seen=Observations(
            glimpses=[
                Glimpse(99.0, PID, broken=False),
                Glimpse(102.0, None, broken=True),
                Glimpse(107.0, PID + 1, broken=False),
            ],
            first_fired={"Watchdog": 50.0, **expected},
            alert_looks=100,
        ),
        rules={alert: Rule(alert, hold_seconds=1.0) for alert in expected},
        load=load_result(),
        evidence=replace(evidence, histories=histories),
    )


def _told_to_leave(tried: Experiment) -> list[SocketChange]:
    told = tried.expect.sockets == "told_to_leave"
    return [SocketChange("0-0", 7, "closed", 102.0, code=1012)] if told else []


def load_result(*checks: Check) -> Result:
    """What the load room said."""
    said = checks or (Check(name="every answer is right", verdict=Verdict.PASS),)
    return Result(room="loadtests", started_at=datetime.now(UTC), seconds=1.0, reproduce="", checks=said)


def verdicts(tried: Trial) -> dict[str, Verdict]:
    """The verdicts by what was judged."""
    return {check.name.split(": ", 1)[1]: check.verdict for check in judgement.judge(tried)}


def failing(name: str) -> list[Activity]:
    """The method with one activity failed, which Chaos Toolkit still calls completed."""
    return [
        replace(each, status="failed", output=None) if each.name == name else each
        for each in journal().method
    ]


def with_ops(tried: Trial, *ops: Op) -> Trial:
    """The trial with more requests."""
    histories = replace(tried.evidence.histories, ops=(*tried.evidence.histories.ops, *ops))
    return replace(tried, evidence=replace(tried.evidence, histories=histories))


def with_sockets(tried: Trial, *changes: SocketChange) -> Trial:
    """The trial with more that happened to sockets."""
    histories = replace(tried.evidence.histories, sockets=(*tried.evidence.histories.sockets, *changes))
    return replace(tried, evidence=replace(tried.evidence, histories=histories))


@pytest.mark.parametrize("name", experiment.names())
def test_kept_promises_pass(name: str) -> None:
    """Whatever the fault."""
    assert set(verdicts(trial(name)).values()) == {Verdict.PASS}


@pytest.mark.parametrize(
    ("name", "judged", "verdict", "spoil"),
    [
        (
            "the action failed though the experiment completed",
            "applied and verified",
            Verdict.UNKNOWN,
            lambda t: replace(t, journal=journal(method=failing("apply"))),
        ),
        (
            "the probe did not see the process down",
            "applied and verified",
            Verdict.UNKNOWN,
            lambda t: replace(t, journal=journal(method=failing(kinds.THERE))),
        ),
        (
            "the observer never saw it",
            "applied and verified",
            Verdict.UNKNOWN,
            lambda t: replace(t, seen=replace(t.seen, glimpses=[t.seen.glimpses[0], t.seen.glimpses[2]])),
        ),
        (
            "the same process was still there afterwards",
            "applied and verified",
            Verdict.UNKNOWN,
            lambda t: replace(t, seen=replace(t.seen, glimpses=t.seen.glimpses[:2])),
        ),
        (
            "the load had ended",
            "applied and verified",
            Verdict.UNKNOWN,
            lambda t: replace(t, load_lasted=False),
        ),
        (
            "there was no steady state to begin with",
            "steady before and after",
            Verdict.UNKNOWN,
            lambda t: replace(t, journal=journal(steady_before=False)),
        ),
        (
            "an objective was not met again",
            "steady before and after",
            Verdict.FAIL,
            lambda t: replace(t, journal=journal(steady_after=False)),
        ),
        (
            "it did not recover in time",
            "recovered",
            Verdict.FAIL,
            lambda t: replace(t, journal=journal(method=failing("recovered"))),
        ),
        (
            "a request went unserved",
            "requests during the outage",
            Verdict.FAIL,
            lambda t: with_ops(t, bet(102.0, status=503)),
        ),
        (
            "a request got no answer",
            "requests during the outage",
            Verdict.FAIL,
            lambda t: with_ops(t, bet(102.0, status=0)),
        ),
        (
            "no bet settled",
            "requests during the outage",
            Verdict.FAIL,
            lambda t: with_ops(replace(t, evidence=whole()), bet(102.0, status=402)),
        ),
        (
            "what was to work did not",
            "what still works, and what says that it does not",
            Verdict.FAIL,
            lambda t: replace(t, journal=journal(method=failing(kinds.ANSWERS))),
        ),
        (
            "a socket was dropped",
            "sockets during the outage",
            Verdict.FAIL,
            lambda t: with_sockets(t, SocketChange("0-0", 7, "closed", 103.0)),
        ),
        (
            "the alert expected did not fire",
            "alerts",
            Verdict.FAIL,
            lambda t: replace(t, seen=replace(t.seen, first_fired={})),
        ),
        (
            "the alert expected had fired before",
            "alerts",
            Verdict.FAIL,
            lambda t: replace(t, seen=replace(t.seen, first_fired={"WorkerHeartbeatMissing": 60.0})),
        ),
        (
            "another alert fired",
            "alerts",
            Verdict.FAIL,
            lambda t: replace(
                t, seen=replace(t.seen, first_fired={**t.seen.first_fired, "RedisDown": 101.0})
            ),
        ),
        (
            "the alert could not have fired so soon",
            "alerts",
            Verdict.UNKNOWN,
            lambda t: replace(
                t,
                seen=replace(t.seen, first_fired={}),
                rules={"WorkerHeartbeatMissing": Rule("WorkerHeartbeatMissing", 60.0)},
            ),
        ),
        ("no rules are loaded", "alerts", Verdict.UNKNOWN, lambda t: replace(t, rules=None)),
        (
            "Prometheus did not answer",
            "alerts",
            Verdict.UNKNOWN,
            lambda t: replace(t, seen=replace(t.seen, alert_misses=60)),
        ),
        (
            "a client saw a wrong answer",
            "clients saw right answers only",
            Verdict.FAIL,
            lambda t: replace(
                t,
                load=load_result(Check(name="every answer is right", verdict=Verdict.FAIL, detail="balance")),
            ),
        ),
        (
            "nothing was rolled back",
            "rolled back",
            Verdict.FAIL,
            lambda t: replace(t, journal=journal(rollbacks=[])),
        ),
    ],
)
def test_a_broken_promise_is_seen(name: str, judged: str, verdict: Verdict, spoil: Spoil) -> None:
    """By the check that is about it."""
    assert verdicts(spoil(trial()))[judged] is verdict, name


def test_only_requests_under_way_at_the_kill_are_excused() -> None:
    """And only where the experiment says so."""
    judged = "requests during the outage"
    under_way, later = bet(APPLIED - 0.05, status=0), bet(APPLIED + 1.0, status=0)
    assert verdicts(with_ops(trial("api_down"), under_way))[judged] is Verdict.PASS
    assert verdicts(with_ops(trial("api_down"), later))[judged] is Verdict.FAIL
    assert verdicts(with_ops(trial("worker_down"), under_way))[judged] is Verdict.FAIL


def test_a_deploy_strikes_once_a_process() -> None:
    """What was under way at the second one is excused as well; what came between them is not."""
    judged, tried = "requests during the outage", trial("deploy_rolling")
    method = [replace(journal().method[0], output={"at": APPLIED, "pid": PID, "moments": [APPLIED, 103.0]})]
    twice = replace(tried, journal=journal(method=[*method, *journal().method[1:]]))
    assert verdicts(with_ops(twice, bet(102.95, status=0)))[judged] is Verdict.PASS
    assert verdicts(with_ops(twice, bet(102.0, status=0)))[judged] is Verdict.FAIL


def test_refusals_are_the_documented_ones() -> None:
    """Where a fault may refuse requests, it may do so in the ways listed and in no other."""
    judged = "requests during the outage"
    refused, broken = bet(102.0, status=503), bet(102.0, status=502)
    assert verdicts(with_ops(trial("postgres_down"), refused))[judged] is Verdict.PASS
    assert verdicts(with_ops(trial("postgres_down"), broken))[judged] is Verdict.FAIL


def test_a_deploy_tells_sockets_where_to_go() -> None:
    """A close without a word, or none at all, is not what was promised."""
    judged = "sockets during the outage"
    mute = SocketChange("0-0", 7, "closed", 103.0, code=1006)
    assert verdicts(trial("deploy_rolling"))[judged] is Verdict.PASS
    assert verdicts(with_sockets(trial("deploy_rolling"), mute))[judged] is Verdict.FAIL


def test_a_fault_that_stays_is_not_over() -> None:
    """A frozen process that nobody saw move again was not released."""
    tried = trial("worker_paused")
    frozen = [Glimpse(at, PID, broken=True) for at in (102.0, 107.0)]
    judged = verdicts(replace(tried, seen=replace(tried.seen, glimpses=frozen)))
    assert judged["applied and verified"] is Verdict.UNKNOWN


def test_a_socket_that_its_client_cut_was_not_dropped() -> None:
    """The system is not to blame for what players do."""
    changes = (SocketChange("0-0", 7, "cut", 102.9), SocketChange("0-0", 7, "closed", 103.0))
    assert verdicts(with_sockets(trial(), *changes))["sockets during the outage"] is Verdict.PASS


def test_figures_say_what_the_report_shows() -> None:
    """Times, durations, alerts expected and observed."""
    tried = trial()
    figures = judgement.figures(tried, judgement.judge(tried), seconds=20.0)
    assert figures["verdict"] == "PASS"
    assert figures["verified"] is True
    assert (figures["outage_seconds"], figures["recovered_seconds"]) == (5.0, 2.5)
    assert figures["applied_at"] == "1970-01-01T00:01:40Z"
    assert figures["alerts_observed"] == {"WorkerHeartbeatMissing": 2.0}
