"""What experiments do to the running system: each action says when it was done, probes whether it worked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from chaoslib.exceptions import ActivityFailed

from chaos import card_testing, links, paygate, poisoning, running, victims
from chaos.card_testing import AttackError
from chaos.experiment import Fault
from chaos.links import LinkError
from chaos.packets import PacketError, Trouble
from chaos.paygate import PaygateError
from chaos.ports import port_open
from chaos.running import Process
from chaos.victims import VictimError
from chaos.waiting import becomes

_RESTART_SECONDS_MAX = 60.0


def kill_and_hold(state: str, process: str) -> dict[str, Any]:
    """Send SIGKILL to a process and keep it down until `release`.

    Returns `at` (Unix time of the kill) and the `pid` killed; ActivityFailed when it was not running.
    """
    victim = _running(state, process)
    # The hold stands before the kill, so that the supervisor has no moment to start it again.
    running.read(state).hold_file(process).touch()
    at = time.time()
    victims.kill(victim)
    return {"at": at, "pid": victim.pid, "process": process}


def release(state: str, process: str) -> dict[str, Any]:
    """Let the supervisor start a held process again; harmless when it is not held. Returns `at`."""
    running.read(state).hold_file(process).unlink(missing_ok=True)
    return {"at": time.time(), "process": process}


def pause(state: str, process: str) -> dict[str, Any]:
    """Freeze a process with all its children. Returns `at` and `pid`; ActivityFailed when it did not run."""
    victim = _running(state, process)
    at = time.time()
    _tried(victims.pause, victim)
    return {"at": at, "pid": victim.pid, "process": process}


def resume(state: str, process: str) -> dict[str, Any]:
    """Let a frozen process go on; harmless when it is not frozen. Returns `at`."""
    _tried(victims.resume, running.read(state).process(process))
    return {"at": time.time(), "process": process}


def restart(state: str, process: str) -> dict[str, Any]:
    """Ask a process to end in good order and wait until another one serves in its place.

    Returns `at`, the old `pid`, and `until` (Unix time from which the other one served).
    """
    victim = _running(state, process)
    at = time.time()
    _tried(victims.ask_to_restart, victim)

    def served_by_another() -> bool:
        now = running.read(state).process(process)
        return now.state == "running" and now.pid not in (None, victim.pid) and port_open(now.port)

    if not becomes(served_by_another, _RESTART_SECONDS_MAX):
        raise ActivityFailed(f"{process} was not replaced within {_RESTART_SECONDS_MAX:.0f} s")
    return {"at": at, "pid": victim.pid, "process": process, "until": time.time()}


def deploy(state: str, process: str) -> dict[str, Any]:
    """Replace every API process, one after another, as a deploy does; `process` is the first of them.

    Returns `at` and `pid` of the first, `until` of the last, and `moments`, at which each was asked to end.
    """
    names = sorted(running.read(state).replicas, key=lambda name: name != process)
    first, *others = [restart(state, name) for name in names]
    moments = [each["at"] for each in (first, *others)]
    return {**first, "until": (others or [first])[-1]["until"], "moments": moments}


def spoil_network(state: str, fault: Mapping[str, Any]) -> dict[str, Any]:
    """Cut, slow down or make lossy the network to a process, as `fault` says. Returns `at`."""
    asked = Fault.model_validate(fault)
    trouble = Trouble(asked.delay_seconds, asked.jitter_seconds, asked.loss, cut=asked.kind == "cut")
    at = time.time()
    _tried(links.spoil, running.read(state), asked.process, trouble)
    return {"at": at, "pid": running.read(state).process(asked.process).pid, "process": asked.process}


def mend_network(state: str, process: str) -> dict[str, Any]:
    """Make the network to a process whole again; harmless when it is. Returns `at`."""
    _tried(links.mend, running.read(state), process)
    return {"at": time.time(), "process": process}


def poison(state: str, process: str) -> dict[str, Any]:
    """Commit a fact that no consumer can take. Returns `at` and its `event_id`."""
    at = time.time()
    event_id = asyncio.run(poisoning.commit(running.read(state)))
    return {
        "at": at,
        "pid": running.read(state).process(process).pid,
        "process": process,
        "event_id": event_id,
    }


def discard_poison(state: str, process: str) -> dict[str, Any]:
    """Do what an operator does with a dead letter that is of no use: remove it. Returns `at`."""
    asyncio.run(poisoning.discard(running.read(state)))
    return {"at": time.time(), "process": process}


def misbehave(state: str, fault: Mapping[str, Any]) -> dict[str, Any]:
    """Have the payment gateway misbehave as `fault` says. Returns `at` and its `pid`."""
    asked = Fault.model_validate(fault)
    victim = _running(state, asked.process)
    at = time.time()
    _tried(paygate.follow, running.read(state), asked.plan)
    return {"at": at, "pid": victim.pid, "process": asked.process}


def behave(state: str, process: str) -> dict[str, Any]:
    """Have the payment gateway behave again; harmless when it does. Returns `at`."""
    _tried(paygate.follow, running.read(state), {})
    return {"at": time.time(), "process": process}


def try_stolen_cards(state: str, process: str) -> dict[str, Any]:
    """Try stolen cards at the shop; `process` is one of those that must withstand it.

    Returns `at`, `until`, and the `answers` by status; ActivityFailed when none was blocked.
    """
    victim = _running(state, process)
    at = time.time()
    try:
        answers = card_testing.attack(running.read(state))
    except AttackError as error:
        raise ActivityFailed(str(error)) from error
    if not answers[card_testing.BLOCKED]:
        raise ActivityFailed(f"no card was blocked: {dict(answers)}")
    told = {str(status): count for status, count in answers.items()}
    return {"at": at, "until": time.time(), "pid": victim.pid, "process": process, "answers": told}


def _running(state: str, process: str) -> Process:
    victim = running.read(state).process(process)
    if victim.pid is None or victim.state != "running":
        raise ActivityFailed(f"{process} is {victim.state}, not running: there is nothing to break")
    return victim


def _tried(act: Any, *arguments: Any) -> None:
    try:
        act(*arguments)
    except (VictimError, LinkError, PacketError, PaygateError) as error:
        raise ActivityFailed(str(error)) from error
