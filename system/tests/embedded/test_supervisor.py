"""The supervisor keeps its promises: order, restarts, holds, clean ends, no orphans, peace around it."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import clickhouse_connect
import httpx
import pytest

from casino.embedded import down
from casino.embedded.leftovers import started_at
from casino.embedded.state import write_state
from casino.embedded.topology import remove_data
from tests.embedded.listening import listening_addresses
from tests.embedded.running import Running, eventually, running

# Fails unless the database answers, which shows that engines come first, and leaves a row for later.
MIGRATE = """
import asyncio, asyncpg, os
async def main():
    connection = await asyncpg.connect(os.environ["DATABASE_URL"].replace("+asyncpg", ""))
    await connection.execute("CREATE TABLE IF NOT EXISTS runs (at timestamptz DEFAULT now())")
    await connection.execute("INSERT INTO runs DEFAULT VALUES")
asyncio.run(main())
"""
COMMANDS = {"migrate": [sys.executable, "-c", MIGRATE]}


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A whole system with monitoring, shared by the tests that leave it as they found it."""
    state_dir = tmp_path_factory.mktemp("system")
    rules = tmp_path_factory.mktemp("rules") / "rules.yml"
    rules.write_text("groups: [{name: own, rules: [{record: stand_ins, expr: count(stand_in_info)}]}]")
    with running(state_dir, monitoring=True, commands=COMMANDS, rules=[str(rules)]) as system:
        system.wait_ready()
        yield system
    remove_data(state_dir)


async def count_runs(system: Running) -> int:
    """How often the migration stand-in has run on this database."""
    connection = await asyncpg.connect(system.state["urls"]["postgres"])
    count: int = await connection.fetchval("SELECT count(*) FROM runs")
    await connection.close()
    return count


def test_state_names_every_process_and_address(system: Running) -> None:
    """The harness finds all it needs in state.json."""
    names = {
        "postgres",
        "valkey",
        "olap",
        "paygate",
        "api-1",
        "api-2",
        "worker",
        "prometheus",
        "alertmanager",
        "blackbox",
    }
    assert set(system.state["processes"]) == names
    assert set(system.state["urls"]) == names | {"public"}
    assert {entry["state"] for entry in system.state["processes"].values()} == {"running"}
    assert [account["site_id"] for account in system.state["accounts"]][:2] == ["admin", "user001"]


def test_only_the_owner_reads_passwords(system: Running) -> None:
    """State and secrets are files of mode 0600."""
    for name in ("state.json", "secrets.json", "valkey/valkey.conf"):
        assert stat.S_IMODE((system.state_dir / name).stat().st_mode) == 0o600


def test_nothing_listens_beyond_loopback(system: Running) -> None:
    """Not the engines, not the monitoring, not the public port."""
    ports = {entry["port"] for entry in system.state["processes"].values()}
    ports.add(httpx.URL(system.state["public_url"]).port or 0)
    assert listening_addresses(ports) == {("127.0.0.1", port) for port in ports}


def test_api_processes_share_the_public_port(system: Running) -> None:
    """Each answers some of the connections made to the one address."""
    with httpx.Client(headers={"Connection": "close"}) as client:
        answers = {client.get(system.state["public_url"]).text for _ in range(50)}
    assert answers == {f'stand_in_info{{name="{name}"}} 1\n' for name in ("api-1", "api-2")}


def test_killed_process_comes_back(system: Running) -> None:
    """After the first backoff of half a second, under the same port and with one more restart."""
    before = system.process("api-1")
    killed_at = time.monotonic()
    os.kill(before["pid"], signal.SIGKILL)
    eventually(lambda: system.process("api-1")["state"] == "stopped")
    eventually(lambda: system.process("api-1")["state"] == "running")
    after = system.process("api-1")
    assert 0.5 <= time.monotonic() - killed_at < 5
    assert after["restarts"] == before["restarts"] + 1
    assert (after["pid"] != before["pid"], after["port"]) == (True, before["port"])
    assert httpx.get(f"{system.state['urls']['api-1']}/readyz").status_code == 200


async def test_killed_database_loses_nothing(system: Running) -> None:
    """PostgreSQL recovers what was committed before kill -9."""
    before = await count_runs(system)
    os.kill(system.process("postgres")["pid"], signal.SIGKILL)
    eventually(lambda: system.process("postgres")["state"] != "running")
    eventually(lambda: system.process("postgres")["state"] == "running")
    assert await count_runs(system) == before == 1


def test_killed_olap_server_keeps_its_rows(system: Running) -> None:
    """What an INSERT was acknowledged for is there after kill -9."""
    client = clickhouse_connect.get_client(dsn=f"{system.state['urls']['olap']}/cc_olap")
    client.command("CREATE TABLE kept (id UInt64) ENGINE MergeTree ORDER BY id")
    client.insert("kept", [[1], [2]])
    os.kill(system.process("olap")["pid"], signal.SIGKILL)
    eventually(lambda: system.process("olap")["state"] != "running")
    eventually(lambda: system.process("olap")["state"] == "running")
    assert client.command("SELECT count() FROM kept") == 2


def test_hold_file_keeps_a_process_down(system: Running) -> None:
    """It is killed at once, stays down while the file is there, and comes back without it."""
    pid = system.process("worker")["pid"]
    hold = system.state_dir / "hold" / "worker"
    hold.touch()
    eventually(lambda: system.process("worker")["state"] == "held", seconds=3)
    assert system.process("worker")["pid"] is None
    assert started_at(pid) is None
    time.sleep(1)
    assert system.process("worker")["state"] == "held"
    hold.unlink()
    eventually(lambda: system.process("worker")["state"] == "running", seconds=5)


def test_second_supervisor_is_refused_the_directory(system: Running) -> None:
    """With the command that stops the first, which goes on undisturbed."""
    with running(system.state_dir) as second:
        output = second.end()
    assert second.popen.returncode == 1
    assert f"casino down --state-dir {system.state_dir}" in output
    assert system.state["ready"]


def test_taken_public_port_is_named_with_the_remedy(system: Running, state_dir: Path) -> None:
    """Before anything is started; the holder is named when it is one of ours."""
    port = httpx.URL(system.state["public_url"]).port
    with running(state_dir, port=port) as other:
        output = other.end()
    assert other.popen.returncode == 1
    assert f"port {port} is taken by the casino in {system.state_dir}" in output
    assert "--port 0" in output
    assert not (state_dir / "state.json").exists()


async def test_neighbour_runs_beside_and_keeps_its_data(system: Running, state_dir: Path) -> None:
    """No port or password is shared; `down` ends it cleanly; its next start finds what it left."""
    with running(state_dir, commands=COMMANDS, api=1) as neighbour:
        neighbour.wait_ready()
        ports = [{p["port"] for p in s.state["processes"].values()} for s in (system, neighbour)]
        assert not ports[0] & ports[1]
        assert neighbour.state["accounts"][0]["password"] != system.state["accounts"][0]["password"]
        first = neighbour.state
        assert down(state_dir) == 0
        assert neighbour.popen.wait(timeout=5) == 0
    assert {entry["pid"] for entry in neighbour.state["processes"].values()} == {None}
    assert not any(started_at(entry["pid"]) for entry in first["processes"].values())
    with running(state_dir, commands=COMMANDS, api=1) as again:
        again.wait_ready()
        assert again.state["accounts"] == first["accounts"]
        assert await count_runs(again) == 2


def test_killed_supervisor_leaves_no_orphan(state_dir: Path) -> None:
    """The kernel ends its children, and the next start in the directory is an ordinary one."""
    with running(state_dir, api=1) as system:
        system.wait_ready()
        pids = system.pids()
        assert len(pids) == 6
        os.kill(system.popen.pid, signal.SIGKILL)
        eventually(lambda: not any(started_at(pid) for pid in pids), seconds=5)
    with running(state_dir, api=1) as again:
        again.wait_ready()


def test_ephemeral_system_removes_its_directory(state_dir: Path) -> None:
    """Ctrl-C ends it with status 0 and nothing is left."""
    with running(state_dir, ephemeral=True, api=1) as system:
        system.wait_ready()
        os.kill(system.popen.pid, signal.SIGINT)
        assert "The casino is open: http://127.0.0.1:" in system.end()
    assert system.popen.returncode == 0
    assert not (state_dir).exists()


def test_ephemeral_refuses_a_folder_with_something_in_it(state_dir: Path) -> None:
    """It would delete it."""
    state_dir.mkdir()
    (state_dir / "thesis.txt").touch()
    with running(state_dir, ephemeral=True) as system:
        assert "would delete it" in system.end()
    assert (state_dir / "thesis.txt").exists()


def test_failing_command_stops_the_start(state_dir: Path) -> None:
    """Status 1, the end of its log on the terminal, and the engines are gone."""
    migrate = [sys.executable, "-c", "raise SystemExit('no such table')"]
    with running(state_dir, commands={"migrate": migrate}) as system:
        output = system.end()
    assert system.popen.returncode == 1
    assert "migrate ended with status 1" in output
    assert "no such table" in output
    assert system.pids() == []


def test_service_that_ends_while_starting_stops_the_start(state_dir: Path) -> None:
    """It is not restarted for ever; its log says why."""
    worker = [sys.executable, "-c", "raise SystemExit('no licence')"]
    with running(state_dir, worker_argv=worker) as system:
        output = system.end()
    assert system.popen.returncode == 1
    assert "worker ended with status 1 before it was ready" in output
    assert "no licence" in output


def test_program_that_is_not_there_stops_the_start(state_dir: Path) -> None:
    """It is named, without a traceback."""
    with running(state_dir, worker_argv=["/no/such/program"]) as system:
        output = system.end()
    assert system.popen.returncode == 1
    assert "casino up: cannot run /no/such/program" in output
    assert "Traceback" not in output


def test_stop_is_obeyed_while_starting(state_dir: Path) -> None:
    """A service that never gets ready does not keep the supervisor from ending cleanly."""
    worker = [sys.executable, "-c", "import time; time.sleep(60)"]
    with running(state_dir, worker_argv=worker) as system:
        eventually(lambda: system.state and system.process("worker")["pid"])
        system.popen.terminate()
        output = system.end()
    assert system.popen.returncode == 0
    assert "The casino is open" not in output
    assert system.pids() == []


def test_leftover_is_ended_and_a_stranger_is_spared(state_dir: Path) -> None:
    """Only a process with the recorded start and command line is taken for ours."""
    sleepers = [subprocess.Popen(["sleep", "60"]) for _ in range(3)]
    try:
        # A process that has only just begun has no command line for a moment.
        eventually(lambda: all(Path(f"/proc/{one.pid}/cmdline").read_bytes() for one in sleepers))
        ours, restarted, other_command = (
            {"pid": sleeper.pid, "started": started_at(sleeper.pid), "command": "sleep 60"}
            for sleeper in sleepers
        )
        restarted["started"] = "another boot/1"
        other_command["command"] = "sleep 61"
        processes = {"postgres": ours, "valkey": restarted, "olap": other_command}
        state_dir.mkdir()
        write_state(state_dir, {"processes": processes})
        assert down(state_dir) == 0
        assert [sleeper.poll() for sleeper in sleepers] == [-signal.SIGKILL, None, None]
    finally:
        for sleeper in sleepers:
            sleeper.kill()
            sleeper.wait()


def test_state_is_valid_at_every_moment(system: Running) -> None:
    """A reader never sees half a file while the supervisor rewrites it."""
    hold = system.state_dir / "hold" / "blackbox"
    for _ in range(3):
        hold.touch()
        deadline = time.monotonic() + 0.2
        while time.monotonic() < deadline:
            json.loads((system.state_dir / "state.json").read_text())
        hold.unlink()
        time.sleep(0.15)
    eventually(lambda: system.process("blackbox")["state"] == "running")


def test_prometheus_scrapes_and_evaluates(system: Running) -> None:
    """Five jobs with the documented instances, all up; the probe succeeds; the given rules are evaluated."""
    prometheus = system.state["urls"]["prometheus"]

    def query(expression: str) -> list[dict[str, Any]]:
        answer = httpx.get(f"{prometheus}/api/v1/query", params={"query": expression}).json()
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result

    def instances(expression: str) -> set[tuple[str, str]]:
        return {(sample["metric"]["job"], sample["metric"]["instance"]) for sample in query(expression)}

    own = {("prometheus", "prometheus"), ("alertmanager", "alertmanager")}
    expected = {("api", "api-1"), ("api", "api-2"), ("worker", "worker"), ("probe", "public"), *own}
    eventually(lambda: instances("up == 1") == expected)
    eventually(lambda: instances("probe_success == 1") == {("probe", "public")})
    eventually(lambda: [sample["value"][1] for sample in query("stand_ins")] == ["3"])
    managers = httpx.get(f"{prometheus}/api/v1/alertmanagers").json()["data"]["activeAlertmanagers"]
    assert [manager["url"] for manager in managers] == [
        f"{system.state['urls']['alertmanager']}/api/v2/alerts"
    ]
