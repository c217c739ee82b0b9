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

from chaos import actions, experiment, kinds, ports, probes, running, toolkit
from chaos.experiment import ExperimentError
from chaos.running import NotRunningError
from chaos.waiting import becomes

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


def rendered(name: str) -> dict[str, Any]:
    """The experiment as Chaos Toolkit gets it."""
    return kinds.toolkit_experiment(experiment.load(name), state="unused", outage_seconds=1.0, load_opens=0.0)


@pytest.mark.parametrize("name", experiment.names())
def test_chaos_toolkit_takes_it(name: str) -> None:
    """Every function it names exists and takes the arguments given."""
    ensure_experiment_is_valid(rendered(name))


@pytest.mark.parametrize("name", experiment.names())
def test_it_verifies_and_mends_what_it_breaks(name: str) -> None:
    """Apply, see, recover, and a rollback; the alerts expected are awaited silent."""
    document = rendered(name)
    steps = [each["name"] for each in document["method"]]
    assert steps[:2] == [kinds.APPLY, kinds.THERE]
    assert steps[-1] == kinds.RECOVERED
    assert document["rollbacks"]
    expected = experiment.load(name).expect.alerts_expected
    asked = [probe["provider"]["arguments"] for probe in document["steady-state-hypothesis"]["probes"]]
    assert [tuple(each["alerts"]) for each in asked if "alerts" in each] == ([expected] if expected else [])


@pytest.mark.parametrize("name", experiment.names())
def test_the_alerts_it_names_are_compiled(name: str) -> None:
    """An alert that was renamed must be renamed here too."""
    rules = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    compiled = {rule["alert"] for group in rules["groups"] for rule in group["rules"] if "alert" in rule}
    expect = experiment.load(name).expect
    assert {*expect.alerts_expected, *expect.alerts_possible} <= compiled


@pytest.mark.parametrize("runtime", ["embedded", "composed"])
@pytest.mark.parametrize("kind", ["down", "paused"])
@pytest.mark.parametrize("process", ["api-1", "worker", "postgres", "valkey", "olap", "paygate"])
def test_every_process_is_killed_and_frozen(runtime: str, kind: str, process: str) -> None:
    """In both runtimes."""
    tried = [experiment.load(name).fault for name in experiment.names(runtime)]
    assert (kind, process) in {(fault.kind, fault.process) for fault in tried}


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        ("title: odd", "description"),
        ("fault: {kind: slow, process: worker}", "delay_seconds"),
        ("expect: {requests: refused, sockets: stay}", "refusals"),
        ("expect: {requests: served, sockets: stay, magic: 1}", "magic"),
    ],
)
def test_an_experiment_that_promises_nothing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoilt: str, said: str
) -> None:
    """A fault of which nothing is expected shows nothing; a figure that is missing is named."""
    whole = {
        "title": "title: a title",
        "description": "description: words",
        "fault": "fault: {kind: down, process: worker}",
        "expect": "expect: {requests: served, sockets: stay}",
    }
    lines = {**whole, spoilt.partition(":")[0]: spoilt}
    if said == "description":
        del lines["description"]
    (tmp_path / "odd.yaml").write_text("\n".join(lines.values()), encoding="utf-8")
    monkeypatch.setattr(experiment, "EXPERIMENTS", tmp_path)
    with pytest.raises(ExperimentError, match=said):
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


def test_pause_freezes_children_too(tmp_path: Path) -> None:
    """PostgreSQL's children have process groups of their own, so the whole family is stopped."""
    parent = (
        "import subprocess, sys; "
        "subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True)"
    )
    with subprocess.Popen([sys.executable, "-c", parent]) as process:
        state = publish(tmp_path, pid=process.pid, state="running")
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        assert becomes(lambda: bool(children.read_text().split()), 5)
        child = int(children.read_text().split()[0])
        actions.pause(state, "worker")
        assert probes.is_paused(state, "worker", within_seconds=2)
        assert Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] == "T"
        actions.resume(state, "worker")
        assert not probes.is_paused(state, "worker", within_seconds=0.1)
        os.kill(child, signal.SIGKILL)


def test_a_network_without_links_cannot_be_spoilt(tmp_path: Path) -> None:
    """The action says what is missing."""
    state = publish(tmp_path, pid=1, state="running")
    with pytest.raises(ActivityFailed, match="casino up --links"):
        actions.spoil_network(state, {"kind": "cut", "process": "worker"})


def test_a_spoilt_network_is_written_for_its_relay(tmp_path: Path) -> None:
    """And mended by taking the file away, once or twice."""
    state = publish(tmp_path, pid=1, state="running")
    (tmp_path / "links").mkdir()
    actions.spoil_network(state, {"kind": "slow", "process": "worker", "delay_seconds": 0.2})
    said = json.loads((tmp_path / "links" / "worker.json").read_text())
    assert said == {"delay_seconds": 0.2, "jitter_seconds": 0.0, "loss": 0.0, "cut": False}
    for _ in range(2):
        actions.mend_network(state, "worker")
        assert not (tmp_path / "links" / "worker.json").exists()


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
        assert ports.port_open(port)
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
