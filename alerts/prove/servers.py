"""Starts a real Prometheus or Alertmanager of its own, on a free port, with history written beforehand."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import yaml

from alerts.history import Sample, backfill
from alerts.rule_checks import ToolMissingError

START_SECONDS_MAX = 20.0


class ServerError(Exception):
    """A server did not come up; the message carries the end of its log."""


def needed(binary: str) -> str:
    """The path of a binary. Raises ToolMissingError, which fails rather than skips, where it is missing."""
    path = shutil.which(binary)
    if path is None:
        raise ToolMissingError(f"{binary} is not installed; nothing is shown without it")
    return path


def free_port() -> int:
    """A port of loopback that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], url: str, directory: Path) -> Iterator[str]:
    """Run a server until the block ends; yields its address once it is ready."""
    log = directory / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=directory)
    try:
        deadline = time.monotonic() + START_SECONDS_MAX
        while not _ready(url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise ServerError(f"{command[0]} did not start: {log.read_text()[-2000:]}")
            time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def prometheus(
    directory: Path,
    *,
    history: Iterable[Sample] = (),
    rules: Path | None = None,
    scrapes: dict[str, dict[str, str]] | None = None,
    alertmanager: str | None = None,
    resend_delay: str = "1m",
    grace_period: str = "10m",
) -> Iterator[str]:
    """A Prometheus that scrapes and evaluates every second; `scrapes` maps a job to {instance: address}.

    It scrapes and finds its Alertmanager some seconds after it is up; what fired before is told again after
    `resend_delay`. So history may reach ten minutes ahead: what the rules record meanwhile is kept all the same.
    Labels that a target gives its series stand. An alert whose `for` is at least the `grace_period` goes on with the
    pending state that history holds of it.
    """
    data = directory / "data"
    backfill(data, history)
    configuration = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s", "scrape_timeout": "1s"},
        "rule_files": [str(rules)] if rules else [],
        "scrape_configs": [
            {
                "job_name": job,
                "honor_labels": True,
                "static_configs": [
                    {"targets": [address], "labels": {"instance": instance}}
                    for instance, address in targets.items()
                ],
            }
            for job, targets in (scrapes or {}).items()
        ],
        "storage": {"tsdb": {"out_of_order_time_window": "10m"}},
        "alerting": {
            "alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}] if alertmanager else []
        },
    }
    path = directory / "prometheus.yml"
    path.write_text(yaml.safe_dump(configuration))
    port = free_port()
    command = [
        needed("prometheus"),
        f"--config.file={path}",
        f"--storage.tsdb.path={data}",
        "--storage.tsdb.retention.time=35d",
        f"--rules.alert.resend-delay={resend_delay}",
        f"--rules.alert.for-grace-period={grace_period}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with running(command, f"http://127.0.0.1:{port}", directory) as url:
        yield url


@contextmanager
def alertmanager(directory: Path, configuration: Path) -> Iterator[str]:
    """An Alertmanager with this configuration, alone."""
    port = free_port()
    command = [
        needed("prometheus-alertmanager"),
        f"--config.file={configuration}",
        f"--storage.path={directory / 'alertmanager'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with running(command, f"http://127.0.0.1:{port}", directory) as url:
        yield url


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/-/ready", timeout=1).status_code == 200
    except httpx.HTTPError:
        return False
