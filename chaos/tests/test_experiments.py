"""Experiments: Chaos Toolkit takes them, they say what is expected, and their actions do what they say."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from chaoslib.exceptions import ActivityFailed
from chaoslib.experiment import ensure_experiment_is_valid

from chaos import actions, experiment, probes, running, toolkit
from chaos.experiment import ExperimentError
from chaos.running import NotRunningError

RULES = Path(__file__).parents[2] / "alerts" / "generated" / "rules.yaml"


@contextmanager
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process to be killed."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def publish(directory: Path, *, pid: int | None, state: str, port: int = 1) -> str:
    """Write a state.json with one process called worker; returns the directory as actions take it."""
    (directory / "hold").mkdir(exist_ok=True)
    worker = {"pid": pid, "state": state, "restarts": 0, "port": port}
    document: dict[str, Any] = {"public_url": "http://127.0.0.1:1", "urls": {}, "accounts": []}
    (directory / "state.json").write_text(json.dumps({**document, "processes": {"worker": worker}}))
    return str(directory)


@pytest.mark.parametrize("name", experiment.names())
def test_chaos_toolkit_takes_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every function it names exists and takes the arguments given."""
    monkeypatch.setenv("CHAOS_STATE", "unused")
    monkeypatch.setenv("CHAOS_OUTAGE_SECONDS", "1")
    ensure_experiment_is_valid(yaml.safe_load(experiment.load(name).path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", experiment.names())
def test_it_breaks_and_mends_the_process_it_names(name: str) -> None:
    """One process all through, and the alert expected is awaited silent."""
    tried = experiment.load(name)
    document = yaml.safe_load(tried.path.read_text(encoding="utf-8"))
    activities = [*document["method"], *document["rollbacks"]]
    named = {each["provider"]["arguments"].get("process", tried.expect.process) for each in activities}
    assert named == {tried.expect.process}
    (quiet, _) = document["steady-state-hypothesis"]["probes"]
    assert tuple(quiet["provider"]["arguments"]["alerts"]) == tried.expect.alerts_expected


@pytest.mark.parametrize("name", experiment.names())
def test_the_alerts_it_names_are_compiled(name: str) -> None:
    """An alert that was renamed must be renamed here too."""
    rules = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    compiled = {rule["alert"] for group in rules["groups"] for rule in group["rules"] if "alert" in rule}
    expect = experiment.load(name).expect
    assert {*expect.alerts_expected, *expect.alerts_possible} <= compiled


def test_an_experiment_without_expectations_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of which nothing is expected shows nothing."""
    (tmp_path / "odd.yaml").write_text("title: odd\n", encoding="utf-8")
    monkeypatch.setattr(experiment, "EXPERIMENTS", tmp_path)
    with pytest.raises(ExperimentError, match="one extension named expectations"):
        experiment.load("odd")
    with pytest.raises(ExperimentError, match="no experiment 'other'; there are odd"):
        experiment.load("other")


def test_kill_and_hold_kills_and_holds(tmp_path: Path) -> None:
    """The hold file stands and the process died of SIGKILL; release takes the hold away, once or twice."""
    with sleeper() as process:
        state = publish(tmp_path, pid=process.pid, state="running")
        done = actions.kill_and_hold(state, "worker")
        assert process.wait(timeout=5) == -signal.SIGKILL
    assert done["pid"] == process.pid
    assert (tmp_path / "hold" / "worker").exists()
    for _ in range(2):
        actions.release(state, "worker")
        assert not (tmp_path / "hold" / "worker").exists()


def test_a_process_that_does_not_run_cannot_be_killed(tmp_path: Path) -> None:
    """The action fails rather than pretend, and holds nothing."""
    state = publish(tmp_path, pid=None, state="stopped")
    with pytest.raises(ActivityFailed, match="worker is stopped"):
        actions.kill_and_hold(state, "worker")
    assert not (tmp_path / "hold" / "worker").exists()


def test_down_means_no_process_and_no_listener(tmp_path: Path) -> None:
    """What the supervisor says is not enough: the port must be closed."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        state = publish(tmp_path, pid=None, state="held", port=port)
        assert probes.is_down(state, "worker", within_seconds=0.1) is False
        assert probes.port_open(port)
    assert probes.is_down(state, "worker", within_seconds=0.1) is True
    publish(tmp_path, pid=os.getpid(), state="running", port=port)
    assert probes.is_down(state, "worker", within_seconds=0.1) is False


def test_ready_means_every_process_runs_and_listens(tmp_path: Path) -> None:
    """A process that is held, or runs and does not listen, is not ready."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert probes.all_ready(publish(tmp_path, pid=1, state="running", port=port))
        assert not probes.all_ready(publish(tmp_path, pid=None, state="held", port=port))
    assert not probes.all_ready(publish(tmp_path, pid=1, state="running", port=port))


def test_no_running_system_is_said(tmp_path: Path) -> None:
    """The message names the file that was looked for."""
    with pytest.raises(NotRunningError, match=r"state\.json tells of no running system"):
        running.read(tmp_path)


def test_the_journal_is_read_with_distrust() -> None:
    """A failed activity and a missed tolerance are not good, whatever the journal's status."""
    entry = {"activity": {"name": "apply"}, "status": "failed", "output": None}
    missed = {"activity": {"name": "is down"}, "status": "succeeded", "output": False, "tolerance_met": False}
    unmet = {
        **entry,
        "activity": {"name": "every objective is met"},
        "exception": ["Traceback", "Failed: 9 of 10"],
    }
    journal = toolkit.parse(
        {
            "status": "completed",
            "run": [entry, missed],
            "rollbacks": [],
            "steady_states": {
                "before": {"steady_state_met": True, "probes": []},
                "after": {"steady_state_met": False, "probes": [unmet]},
            },
        }
    )
    assert [each.good for each in journal.method] == [False, False]
    assert journal.output("apply") is None
    assert (journal.steady_before, journal.steady_after) == (True, False)
    assert journal.unsteady == "every objective is met: Failed: 9 of 10"
