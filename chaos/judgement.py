"""Judges a fault: was it there, did the system degrade and heal as promised, did the right alerts fire."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from alerts.verdict import Check, Verdict, worst
from chaos.experiment import Expectations
from chaos.histories import Histories, Op, SocketChange
from chaos.kinds import ANSWERS, KINDS, RECOVERED, THERE
from chaos.trial import Trial

ALWAYS_FIRING = frozenset({"Watchdog"})
# The WebSocket close code that asks a client to come back elsewhere (RFC 6455's registry).
SERVICE_RESTART = 1012
# A request may reach the server up to this long after its client noted its start.
_IN_FLIGHT_SECONDS = 0.25


def judge(trial: Trial) -> list[Check]:
    """The checks of a trial, but for the audit."""
    checks = [_applied(trial), _steady(trial), _recovered(trial), _answers(trial), _requests(trial)]
    return [*checks, _sockets(trial), _alerts(trial), _clients(trial), _rolled_back(trial)]


def figures(trial: Trial, checks: Sequence[Check], *, seconds: float) -> dict[str, Any]:
    """What the report shows of a fault; times are RFC 3339."""
    applied, released = trial.applied, trial.released_at
    at = applied["at"] if applied else None
    fired = trial.seen.fired_since(at) if at is not None else {}
    expect = trial.experiment.expect
    return {
        "name": trial.experiment.name,
        "title": trial.experiment.title,
        "verdict": str(worst(check.verdict for check in checks)),
        "kind": trial.experiment.fault.kind,
        "process": trial.experiment.fault.process,
        "applied_at": _moment(at),
        "released_at": _moment(released),
        "verified": checks[0].verdict is Verdict.PASS,
        "outage_seconds": released - at if at is not None and released is not None else None,
        "recovered_seconds": trial.journal.output(RECOVERED),
        "alerts_expected": list(expect.alerts_expected),
        "alerts_possible": list(expect.alerts_possible),
        "alerts_observed": {
            name: after for name, after in sorted(fired.items()) if name not in ALWAYS_FIRING
        },
        "findings": [finding for check in checks for finding in check.data.get("findings", ())],
        "seconds": seconds,
    }


def _moment(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def _named(trial: Trial, name: str, verdict: Verdict, detail: str, **data: Any) -> Check:
    return Check(name=f"{trial.experiment.name}: {name}", verdict=verdict, detail=detail, data=data)


def _applied(trial: Trial) -> Check:
    """Made by the action, seen by probe and observer, under load, and gone afterwards."""
    name = "applied and verified"
    applied, released = trial.applied, trial.released_at
    if applied is None or released is None:
        steps = "; ".join(f"{each.name}: {each.trouble or each.status}" for each in trial.journal.method)
        return _named(trial, name, Verdict.UNKNOWN, f"{trial.journal.status}: {steps or 'nothing was done'}")
    kind = KINDS[trial.experiment.fault.kind]
    missing = [
        f"{each.name}: {each.trouble or 'no'}"
        for each in trial.journal.method
        if each.name == THERE and not each.good
    ]
    if not trial.seen.broken_between(applied["at"], released):
        missing.append("nobody saw the fault")
    replaced = applied["pid"] if kind.replaces else None
    if kind.leaves_no_trace and not trial.seen.whole_after(released, replaced=replaced):
        missing.append("nobody saw the fault gone")
    if not trial.load_lasted or applied["at"] < trial.load_opened:
        missing.append("the load was not there all the time")
    fault = trial.experiment.fault
    detail = f"{fault.process} {fault.kind} for {released - applied['at']:.1f} s"
    return _named(trial, name, Verdict.UNKNOWN if missing else Verdict.PASS, "; ".join(missing) or detail)


def _answers(trial: Trial) -> Check:
    """What was asked while the fault lasted answered as promised."""
    probe = next((each for each in trial.journal.method if each.name == ANSWERS), None)
    promised = trial.experiment.expect.answers
    name = "what still works, and what says that it does not"
    if not promised:
        return _named(trial, name, Verdict.PASS, "nothing particular is promised; see the requests")
    if probe is None:
        return _named(trial, name, Verdict.UNKNOWN, "the experiment did not come to it")
    told = ", ".join(f"{place} {status}" for place, status in promised.items())
    return _named(trial, name, Verdict.PASS if probe.good else Verdict.FAIL, probe.trouble or told)


def _steady(trial: Trial) -> Check:
    name, before, after = "steady before and after", trial.journal.steady_before, trial.journal.steady_after
    if not before:
        return _named(trial, name, Verdict.UNKNOWN, f"not injected: {trial.journal.unsteady}")
    detail = "every objective met" if after else trial.journal.unsteady
    return _named(trial, name, Verdict.PASS if after else Verdict.FAIL, detail)


def _recovered(trial: Trial) -> Check:
    probe = next((each for each in trial.journal.method if each.name == RECOVERED), None)
    if probe is None:
        return _named(trial, "recovered", Verdict.UNKNOWN, "the experiment did not come to it")
    if not probe.good:
        return _named(trial, "recovered", Verdict.FAIL, f"{probe.status}: {probe.trouble or probe.output}")
    return _named(
        trial, "recovered", Verdict.PASS, f"{probe.output:.1f} s after release", seconds=probe.output
    )


def _requests(trial: Trial) -> Check:
    """Every request during the outage was served, or failed in a way that the experiment allows."""
    name, applied, released = "requests during the outage", trial.applied, trial.released_at
    if applied is None or released is None:
        return _named(trial, name, Verdict.UNKNOWN, "there was no outage")
    during = _during(trial.evidence.histories, applied["at"], released)
    settled = sum(op.bets and op.status == 200 for op in during)
    unserved = [op for op in during if not op.served]
    moments = applied.get("moments", [applied["at"]])
    excused = [op for op in unserved if _excused(op, trial.experiment.expect, moments)]
    refusals = Counter(str(op.status or "no answer") for op in unserved)
    counts = {"requests": len(during), "settled": settled, "unserved": len(unserved), "excused": len(excused)}
    detail = (
        f"{len(during)} requests, {settled} bets settled, {len(unserved)} unserved "
        f"({', '.join(f'{status}: {count}' for status, count in sorted(refusals.items())) or 'none'}), "
        f"{len(excused)} excused"
    )
    if not during:
        return _named(trial, name, Verdict.UNKNOWN, f"nobody asked anything: {detail}", **counts)
    if trial.experiment.expect.bets == "settle" and not settled:
        return _named(trial, name, Verdict.FAIL, f"no bet settled: {detail}", **counts)
    good = len(unserved) == len(excused)
    return _named(trial, name, Verdict.PASS if good else Verdict.FAIL, detail, **counts)


def _excused(op: Op, expect: Expectations, moments: Sequence[float]) -> bool:
    match expect.requests:
        case "served":
            return False
        case "in_flight_may_fail":
            return any(op.started - _IN_FLIGHT_SECONDS <= struck <= op.ended for struck in moments)
        case "refused":
            return op.status in expect.refusals


def _during(clients: Histories, begin: float, end: float) -> list[Op]:
    return [op for op in clients.ops if op.ended >= begin and op.started <= end]


def _sockets(trial: Trial) -> Check:
    """Sockets that the system closed during the outage; those that clients cut themselves do not count."""
    name, applied, released = "sockets during the outage", trial.applied, trial.released_at
    if applied is None or released is None:
        return _named(trial, name, Verdict.UNKNOWN, "there was no outage")
    open_before = {each.client for each in trial.evidence.histories.sockets if each.at < applied["at"]}
    closed = [each for each in _closed_by_us(trial) if applied["at"] <= each.at <= released]
    codes = Counter(str(each.code or "no code") for each in closed)
    how = ", ".join(f"{code}: {count}" for code, count in sorted(codes.items())) or "none"
    detail = f"{len(closed)} of {len(open_before)} sockets dropped ({how})"
    if not open_before:
        return _named(trial, name, Verdict.UNKNOWN, "no socket was open")
    wrong = {
        "stay": bool(closed),
        "may_drop": False,
        "told_to_leave": not closed or any(each.code != SERVICE_RESTART for each in closed),
    }[trial.experiment.expect.sockets]
    verdict = Verdict.FAIL if wrong else Verdict.PASS
    return _named(trial, name, verdict, detail, dropped=len(closed), open=len(open_before))


def _closed_by_us(trial: Trial) -> list[SocketChange]:
    cut: set[str] = set()
    closed = []
    for change in trial.evidence.histories.sockets:
        if change.event == "cut":
            cut.add(change.client)
        elif change.event == "closed":
            closed += [] if change.client in cut else [change]
            cut.discard(change.client)
    return closed


def _alerts(trial: Trial) -> Check:
    """Every alert expected fired, no other did; UNKNOWN where the rules could not have fired so soon."""
    name, applied, released = "alerts", trial.applied, trial.released_at
    if applied is None or released is None or trial.rules is None:
        return _named(trial, name, Verdict.UNKNOWN, "no fault or no Prometheus to ask")
    if trial.seen.alert_misses * 2 > trial.seen.alert_looks:
        return _named(trial, name, Verdict.UNKNOWN, "Prometheus did not answer most of the time")
    expect, outage = trial.experiment.expect, released - applied["at"]
    fired = trial.seen.fired_since(applied["at"])
    missing = [alert for alert in expect.alerts_expected if alert not in fired]
    unready = [alert for alert in missing if not _could_fire(trial.rules, alert, outage)]
    possible = {*expect.alerts_expected, *expect.alerts_possible, *ALWAYS_FIRING}
    unexpected = sorted(fired.keys() - possible)
    told = ", ".join(f"{alert} after {after:.1f} s" for alert, after in sorted(fired.items()))
    if unexpected or (missing and not unready):
        detail = f"missing {missing}, unexpected {unexpected}; fired: {told or 'none'}"
        return _named(trial, name, Verdict.FAIL, detail)
    if unready:
        return _named(
            trial, name, Verdict.UNKNOWN, f"not loaded, or holding longer than {outage:.0f} s: {unready}"
        )
    return _named(trial, name, Verdict.PASS, told or "none expected, none fired")


def _could_fire(rules: Mapping[str, Any], alert: str, outage_seconds: float) -> bool:
    return alert in rules and rules[alert].hold_seconds < outage_seconds


def _clients(trial: Trial) -> Check:
    """What the load found wrong in answers and events; its objectives are not judged under a fault."""
    wrong = [
        check.detail
        for check in trial.load.checks
        if check.verdict is Verdict.FAIL and not check.name.startswith("objective ")
    ]
    verdict = Verdict.FAIL if wrong else Verdict.PASS
    return _named(trial, "clients saw right answers only", verdict, "; ".join(wrong) or "nothing wrong")


def _rolled_back(trial: Trial) -> Check:
    rollbacks = trial.journal.rollbacks
    good = bool(rollbacks) and all(each.good for each in rollbacks)
    detail = ", ".join(f"{each.name}: {each.status}" for each in rollbacks) or "no rollback was made"
    return _named(trial, "rolled back", Verdict.PASS if good else Verdict.FAIL, detail)
