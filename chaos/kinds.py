"""How each kind of fault is applied, seen and mended, and the whole Chaos Toolkit experiment made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chaos import links, metrics, paygate, victims
from chaos.experiment import Experiment, Fault
from chaos.ports import port_open
from chaos.running import Process, Running

STEADY_WINDOW = "5s"
STEADY_SECONDS_MAX = 20
# An alert remembers its short window: a ticket's two hours, on a clock sixty times as fast as production's.
SILENT_SECONDS_MAX = 150
RECOVERY_SECONDS_MAX = 30
LOADED, APPLY, THERE, ANSWERS, RELEASE, RECOVERED = (
    "the load is at its full rate",
    "apply",
    "the fault is verified",
    "what still works, works",
    "release",
    "recovered",
)
_RETRANSMISSION_SECONDS = 0.15


@dataclass(frozen=True, slots=True)
class Kind:
    """The functions of `actions` and `probes` for one kind of fault, and the observer's own way to see it.

    `lasts`: it is kept up for a while and then released; otherwise it is over when it was applied. `replaces`:
    another process runs afterwards. `leaves_no_trace`: it can be seen to be gone.
    """

    apply: str
    there: str
    mend: str
    sight: Callable[[Running, Fault], bool]
    lasts: bool = True
    replaces: bool = False
    leaves_no_trace: bool = True


def _victim(system: Running, fault: Fault) -> Process:
    return system.process(fault.process)


def _is_gone(system: Running, fault: Fault) -> bool:
    victim = _victim(system, fault)
    return victim.pid is None and not port_open(victim.port)


def _does_not_serve(system: Running, fault: Fault) -> bool:
    victim = _victim(system, fault)
    return victim.state != "running" or not port_open(victim.port)


def _is_paused(system: Running, fault: Fault) -> bool:
    return victims.is_paused(_victim(system, fault))


def _does_not_answer(system: Running, fault: Fault) -> bool:
    return links.round_trip(system, fault.process) is None


def _answers_late(system: Running, fault: Fault) -> bool:
    seconds = links.round_trip(system, fault.process)
    return seconds is not None and seconds >= fault.delay_seconds


def _answers_late_at_times(system: Running, fault: Fault) -> bool:
    seconds = links.round_trip(system, fault.process)
    return seconds is None or seconds >= _RETRANSMISSION_SECONDS


def _has_dead_letters(system: Running, _: Fault) -> bool:
    return metrics.total(system.url("worker"), metrics.DEAD_LETTERS) > 0


def _misbehaves(system: Running, fault: Fault) -> bool:
    return paygate.follows(system, fault.plan)


def _cards_were_blocked(system: Running, _: Fault) -> bool:
    return any(metrics.total(system.url(name), metrics.FRAUD, decision="hard") for name in system.replicas)


KINDS: Mapping[str, Kind] = {
    "down": Kind("kill_and_hold", "is_down", "release", _is_gone, replaces=True),
    "paused": Kind("pause", "is_paused", "resume", _is_paused),
    "restarted": Kind("restart", "all_ready", "release", _does_not_serve, lasts=False, replaces=True),
    "deploy": Kind("deploy", "all_ready", "release", _does_not_serve, lasts=False, replaces=True),
    "cut": Kind("spoil_network", "network_is_spoilt", "mend_network", _does_not_answer),
    "slow": Kind("spoil_network", "network_is_spoilt", "mend_network", _answers_late),
    "lossy": Kind("spoil_network", "network_is_spoilt", "mend_network", _answers_late_at_times),
    "poison": Kind("poison", "is_put_aside", "discard_poison", _has_dead_letters, leaves_no_trace=False),
    "misbehaving": Kind("misbehave", "misbehaves", "behave", _misbehaves),
    "card_testing": Kind(
        "try_stolen_cards",
        "cards_were_blocked",
        "release",
        _cards_were_blocked,
        lasts=False,
        leaves_no_trace=False,
    ),
}


def toolkit_experiment(
    experiment: Experiment, *, state: str, outage_seconds: float, load_opens: float
) -> dict[str, Any]:
    """The experiment as Chaos Toolkit runs it (https://chaostoolkit.org/reference/api/experiment/).

    Nothing is looked at before `load_opens` (Unix time), when the load is at its full rate.
    """
    kind, fault, expect = KINDS[experiment.fault.kind], experiment.fault, experiment.expect
    within = {"within_seconds": RECOVERY_SECONDS_MAX}
    mend = {"process": fault.process}
    method = [
        _activity("action", APPLY, kind.apply, state, _arguments(fault)),
        _activity(
            "probe", THERE, kind.there, state, _arguments(fault) | {"within_seconds": 10}, tolerance=True
        ),
    ]
    if expect.answers:
        asked = {"expected": dict(expect.answers), "within_seconds": 5}
        method.append(_activity("probe", ANSWERS, "answers", state, asked, tolerance=True))
    if kind.lasts:
        method[-1]["pauses"] = {"after": outage_seconds}
        method.append(_activity("action", RELEASE, kind.mend, state, mend))
    healed = {"type": "range", "range": [0, RECOVERY_SECONDS_MAX]}
    method.append(_activity("probe", RECOVERED, "recovered", state, within, tolerance=healed))
    return {
        "version": "1.0.0",
        "title": experiment.title,
        "description": experiment.said.description.strip(),
        "tags": [fault.kind, fault.process],
        "steady-state-hypothesis": _steady_state(experiment, state, load_opens),
        "method": method,
        "rollbacks": [_activity("action", "whatever happened, mend it", kind.mend, state, mend)],
    }


def _steady_state(experiment: Experiment, state: str, load_opens: float) -> dict[str, Any]:
    patience = {"within_seconds": STEADY_SECONDS_MAX}
    probes = [
        _activity("probe", LOADED, "load_is_open", state, {"opens": load_opens}, tolerance=True),
        _activity(
            "probe",
            "every objective is met",
            "objectives_hold",
            state,
            {"window": STEADY_WINDOW, **patience},
            tolerance=True,
        ),
    ]
    if alerts := experiment.expect.alerts_expected:
        silent = {"alerts": list(alerts), "within_seconds": SILENT_SECONDS_MAX}
        probes.insert(
            1, _activity("probe", "the alerts expected are silent", "quiet", state, silent, tolerance=True)
        )
    return {"title": "Every objective is met and the alerts expected are silent", "probes": probes}


def _arguments(fault: Fault) -> dict[str, Any]:
    if fault.kind in ("cut", "slow", "lossy", "misbehaving"):
        return {"fault": fault.model_dump()}
    return {"process": fault.process}


def _activity(
    sort: str, name: str, function: str, state: str, arguments: Mapping[str, Any], *, tolerance: Any = None
) -> dict[str, Any]:
    module = "chaos.actions" if sort == "action" else "chaos.probes"
    called = {
        "type": "python",
        "module": module,
        "func": function,
        "arguments": {"state": state, **arguments},
    }
    activity = {"type": sort, "name": name, "provider": called}
    return activity if tolerance is None else {**activity, "tolerance": tolerance}
