"""One fault from a clean start to silence again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from alerts import alertmanager_config
from alerts.compiler import Compiled
from alerts.gate import monitor
from alerts.gate.monitor import Alert, Firing, MonitorError, wait
from alerts.gate.target import Target
from alerts.proofs import CLEAN_SECONDS, Fault, Proofs, Sabotage
from alerts.prove import steps
from alerts.prove.expectation import Expected
from alerts.prove.injection import (
    APPLIED_SECONDS_MAX,
    BACK_SECONDS_MAX,
    MAKERS,
    Injected,
    all_running,
)
from alerts.prove.outcome import Cell, Sighting
from alerts.webhook_sink import Sink

CLEAN_SECONDS_MAX = 60.0

# How much later than predicted an alert may come and still be awaited; lateness itself is judged afterwards.
PATIENCE_FACTOR = 2.0
PATIENCE_SECONDS = 10.0
RESET_SECONDS_MAX = 60.0
LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Bench:
    """What every cell needs: the casino, what is proved on it, and where notifications arrive."""

    target: Target
    compiled: Compiled
    proofs: Proofs
    sink: Sink
    rules: str
    rates: Mapping[str, float]
    say: Callable[[str], None]

    @property
    def state_dir(self) -> Path:
        """Where state.json stands."""
        assert self.target.state_dir is not None
        return self.target.state_dir


def prove(bench: Bench, fault: str, expected: Mapping[Alert, Expected], repeat: int) -> Cell:
    """Apply the fault and see what fires. Whatever keeps it from being tried leaves a cell that says nothing."""
    begun = time.monotonic()
    said = bench.proofs.faults[fault]
    injected = MAKERS[type(said)](said, bench.target)
    try:
        start_clean(bench, said.settle_seconds)
        cell = _under(bench, fault, injected, expected, repeat)
    except Exception as error:
        # Whatever goes wrong here is no verdict on an alert; the next cell must still be tried.
        cell = Cell(fault=fault, repeat=repeat, verified=False, trouble=repr(error)[:500], rules=bench.rules)
    finally:
        injected.end()
    if not wait(lambda: all_running(bench.target), BACK_SECONDS_MAX):
        trouble = f"the casino did not come back; {cell.trouble}"
        cell = replace(cell, trouble=trouble, reset=False)
    return replace(cell, seconds=time.monotonic() - begun)


def start_clean(bench: Bench, seconds: float = CLEAN_SECONDS) -> None:
    """A new monitoring on a casino that is well, and nothing firing for so long. Raises MonitorError."""
    if not wait(lambda: all_running(bench.target), BACK_SECONDS_MAX):
        raise MonitorError("the casino is not well before the fault")
    monitor.renew(bench.target, bench.compiled.slos, bench.compiled.clock, bench.rates)
    deadline = time.monotonic() + CLEAN_SECONDS_MAX
    clean_since = None
    while clean_since is None or time.monotonic() - clean_since < seconds:
        found = monitor.firing(bench.target)
        clean_since = None if found else clean_since or time.monotonic()
        if time.monotonic() > deadline:
            names = ", ".join(sorted(f"{name} {pair}".strip() for name, pair in found))
            raise MonitorError(f"before the fault there fires: {names}")
        time.sleep(0.2)


def _under(
    bench: Bench, fault: str, injected: Injected, expected: Mapping[Alert, Expected], repeat: int
) -> Cell:
    injected.apply()
    if not wait(injected.there, APPLIED_SECONDS_MAX):
        return Cell(fault=fault, repeat=repeat, verified=False, trouble="never seen", rules=bench.rules)
    applied_at = time.time()
    latest = max(one.fires + one.tolerance for one in expected.values())
    wait(
        lambda: expected.keys() <= _names(bench, applied_at),
        latest * PATIENCE_FACTOR + PATIENCE_SECONDS,
        every=LOOK_SECONDS,
    )
    diagnosis = [asdict(step) for step in _diagnose(bench, expected)]
    mitigated_by = _mitigate(bench, fault, injected, expected, diagnosis)
    ended_at = time.time()
    wait(lambda: all_running(bench.target), BACK_SECONDS_MAX)
    tickets = bench.compiled.ticket_pairs
    reset = wait(lambda: not monitor.firing(bench.target) - tickets, RESET_SECONDS_MAX)
    seen = monitor.fired(bench.target, applied_at, time.time())
    return Cell(
        fault=fault,
        repeat=repeat,
        verified=True,
        applied_at=applied_at,
        ended_at=ended_at,
        pages=pages(bench.sink, applied_at, bench.proofs.faults[fault]),
        sightings=tuple(sightings(bench, fault, expected, seen, applied_at, ended_at)),
        diagnosis=tuple(diagnosis),
        mitigated_by=mitigated_by,
        reset=reset,
        rules=bench.rules,
    )


def _names(bench: Bench, since: float) -> set[Alert]:
    """What fires or fired since the fault: an alert that comes and goes was there."""
    try:
        return set(monitor.fired(bench.target, since, time.time()))
    except (MonitorError, ValueError):
        return set()


def _diagnose(bench: Bench, expected: Mapping[Alert, Expected]) -> list[steps.Step]:
    """The page of every cause alert that the fault brings, or of the objectives' when there is no other."""
    causes = (
        sorted({name for name, pair in expected if not pair}) or sorted({name for name, _ in expected})[:1]
    )
    state = bench.target.state()
    return [step for alert in causes for step in steps.diagnose(alert, state, bench.state_dir)]


def _mitigate(
    bench: Bench,
    fault: str,
    injected: Injected,
    expected: Mapping[Alert, Expected],
    diagnosis: list[dict[str, object]],
) -> str:
    """End the fault as a runbook says, where one knows this fault; returns the runbook's name or ""."""
    for alert in sorted({name for name, _ in expected}):
        commands = steps.mitigation(alert, fault)
        if commands is not None:
            diagnosis.append(asdict(steps.mitigate(commands, bench.target.state(), bench.state_dir)))
            if not wait(lambda: not _still_there(injected), APPLIED_SECONDS_MAX):
                step = steps.Step(commands, False, f"{fault} is still there after the mitigation of {alert}")
                diagnosis.append(asdict(step))
            injected.end()
            return alert
    injected.end()
    return ""


def _still_there(injected: Injected) -> bool:
    try:
        return injected.there()
    except Exception:
        # What cannot be asked while everything restarts is asked again.
        return True


def sightings(
    bench: Bench,
    fault: str,
    expected: Mapping[Alert, Expected],
    seen: Mapping[Alert, Firing],
    applied_at: float,
    ended_at: float,
) -> list[Sighting]:
    possible = set(bench.proofs.faults[fault].possible)
    # Tickets of an objective remember for hours what its pages are expected for.
    remembered = {name for name, pair in expected if pair} | possible
    later = alertmanager_config.group_interval(bench.compiled.clock).seconds
    found = []
    for alert in sorted({*expected, *seen}):
        one, wanted = seen.get(alert), expected.get(alert)
        told = bench.sink.first(alert, applied_at)
        found.append(
            Sighting(
                alert=alert[0],
                pair=alert[1],
                expected=wanted is not None,
                possible=alert[0] in remembered,
                detected=one.first - applied_at if one else None,
                predicted=wanted.fires if wanted else None,
                tolerance=wanted.tolerance if wanted else None,
                notified=told.at - applied_at if told else None,
                notified_predicted=wanted.notifies if wanted else None,
                notified_later=later if told and bench.sink.told_before(told) else 0.0,
                reset=max(0.0, one.last - ended_at) if one else None,
                reset_predicted=wanted.resets if wanted else None,
            )
        )
    return found


def pages(sink: Sink, since: float, fault: Fault) -> int:
    """How many times somebody was woken: first notifications of a group, not repetitions of it.

    A worker that is killed so that it looks at once is missed as well; that page is the injection's.
    """
    ours = {"WorkerHeartbeatMissing"} if isinstance(fault, Sabotage) and fault.wakes else set()
    groups = {
        one.body["groupKey"]
        for one in sink.at("/page")
        if one.at >= since and one.body["status"] == "firing" and one.alerts - ours
    }
    return len(groups)
