"""Starts the hub's processes as an operator would, and ends them in every way they can end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from casino.embedded.ports import PortLeases
from casino.kit.settings import Settings

SYSTEM = Path(__file__).parents[2]
START_SECONDS_MAX = 60.0


class HubServer:
    """One server process; `port` stays its own through restarts."""

    def __init__(self, settings: Settings, port: int, log: Path) -> None:
        self.port = port
        self.log = log
        self._environment = environment(settings)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Runs it."""
        with self.log.open("ab") as output:
            command = [sys.executable, "-m", "tests.realtime.hub_server", str(self.port)]
            self._process = subprocess.Popen(command, env=self._environment, stdout=output, stderr=output)

    def wait_until_ready(self) -> None:
        """Waits until it answers."""
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self._answers():
            assert self._process is not None and self._process.poll() is None, self.log.read_text()[-4_000:]
            assert time.monotonic() < deadline, "the hub's server did not start"
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/metrics", timeout=1.0).status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        """Ends it without a word."""
        self._end(signal.SIGKILL)

    def ask_to_stop(self) -> None:
        """Tells it to stop, and does not wait."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    def stop(self) -> float:
        """Tells it to stop and waits; the seconds that took."""
        started = time.monotonic()
        self._end(signal.SIGTERM)
        return time.monotonic() - started

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
            self._process.wait(timeout=20)

    def change_rules(self, **values: Any) -> None:
        """Sets numbers of `casino.realtime.rules` in the process; none sets back what was set."""
        httpx.post(f"http://127.0.0.1:{self.port}/rules", json=values).raise_for_status()

    def metric(self, series: str) -> float:
        """The value of a series as it stands in the exposition; 0 before it was first counted."""
        text = httpx.get(f"http://127.0.0.1:{self.port}/metrics").text
        values = [line.rpartition(" ")[2] for line in text.splitlines() if line.startswith(f"{series} ")]
        return float(values[0]) if values else 0.0


def environment(settings: Settings) -> Mapping[str, str]:
    """What a process of ours is started with."""
    urls = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url}
    return (
        os.environ
        | {name: url.get_secret_value() for name, url in urls.items()}
        | {"PYTHONPATH": str(SYSTEM)}
    )


@contextmanager
def hub_servers(settings: Settings, directory: Path, count: int) -> Iterator[list[HubServer]]:
    """So many servers, each on a port of its own, for as long as the block lasts."""
    leases = PortLeases("the realtime tests")
    servers = [
        HubServer(settings, leases.lease(), directory / f"hub-{number}.log") for number in range(count)
    ]
    try:
        for server in servers:
            server.start()
        for server in servers:
            server.wait_until_ready()
        yield servers
    finally:
        for server in servers:
            server.kill()
        leases.release()


class FanoutWorker:
    """The worker process."""

    def __init__(self, settings: Settings) -> None:
        self._environment = environment(settings)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Runs it and waits until it has begun."""
        command = [sys.executable, "-m", "tests.realtime.fanout_worker"]
        self._process = subprocess.Popen(command, env=self._environment, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"began\n"

    def kill(self) -> None:
        """Ends it without a word."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()


@contextmanager
def fanout_worker(settings: Settings) -> Iterator[FanoutWorker]:
    """The worker, from the moment it has begun."""
    worker = FanoutWorker(settings)
    try:
        worker.start()
        yield worker
    finally:
        worker.kill()
