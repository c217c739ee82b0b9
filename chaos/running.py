"""What the running system says about itself: addresses, processes, accounts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

STATE_FILE = "state.json"
HOLD_FOLDER = "hold"


class NotRunningError(Exception):
    """No running system can be read from the state directory; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process as its supervisor sees it; `state` is running, starting, stopped or held.

    `port` is None where nobody outside may speak to it, `container` where it is a plain process.
    """

    name: str
    pid: int | None
    state: str
    restarts: int
    port: int | None
    container: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A seeded account that can log in."""

    site_id: str
    password: str
    role: str


@dataclass(frozen=True, slots=True)
class Running:
    """A moment of the system that runs in `directory`."""

    directory: Path
    ready: bool
    public_url: str
    urls: Mapping[str, str]
    processes: Mapping[str, Process]
    accounts: tuple[Account, ...]

    @property
    def runtime(self) -> str:
        """Where it runs: `composed` in containers, `embedded` as plain processes."""
        containers = any(process.container for process in self.processes.values())
        return "composed" if containers else "embedded"

    @property
    def replicas(self) -> list[str]:
        """The names of the API processes."""
        return sorted(name for name in self.processes if name.startswith("api-"))

    def process(self, name: str) -> Process:
        """The process of that name; raises NotRunningError naming those there are."""
        if name not in self.processes:
            raise NotRunningError(f"no process {name!r}; there are {', '.join(self.processes)}")
        return self.processes[name]

    def url(self, name: str) -> str:
        """An address by name; raises NotRunningError when the system has none of that name."""
        if name not in self.urls:
            raise NotRunningError(f"the system in {self.directory} has no address {name!r}")
        return self.urls[name]

    def hold_file(self, process: str) -> Path:
        """While this file exists the supervisor keeps the process down."""
        return self.directory / HOLD_FOLDER / self.process(process).name


def read(directory: Path | str) -> Running:
    """The system as its supervisor last published it; raises NotRunningError."""
    directory = Path(directory).resolve()
    path = directory / STATE_FILE
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return Running(
            directory=directory,
            ready=bool(document.get("ready")),
            public_url=document["public_url"],
            urls=document["urls"],
            processes={
                name: Process(name, at["pid"], at["state"], at["restarts"], at["port"], at.get("container"))
                for name, at in document["processes"].items()
            },
            accounts=tuple(
                Account(account["site_id"], account["password"], account["role"])
                for account in document["accounts"]
            ),
        )
    except (OSError, ValueError, KeyError) as error:
        raise NotRunningError(f"{path} tells of no running system: {error!r}") from error
