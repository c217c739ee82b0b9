"""Every program this room starts is started here, so that a missing engine has one answer."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

ROOM = Path(__file__).parent
TOP = ROOM.parent
TIMED_OUT = 124


class EngineError(Exception):
    """The engine is missing or refused a command; the message says which and what it printed."""


def execute(
    *command: str | Path,
    cwd: Path = TOP,
    settings: dict[str, str] | None = None,
    read: bool = False,
    seconds_max: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and return how it ended; its output is kept with `read`, else shown.

    One that takes longer than `seconds_max` is killed and has ended with 124, as timeout(1) says it.
    """
    output = subprocess.PIPE if read else None
    environment = {**os.environ, **(settings or {})}
    try:
        return subprocess.run(
            command,
            cwd=cwd,
            env=environment,
            stdout=output,
            stderr=output,
            text=True,
            check=False,
            timeout=seconds_max,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, TIMED_OUT, stdout="", stderr="timed out")


def ensure(directory: Path) -> None:
    """Find a running engine or start one (Debian, as root); its process id and log go to `directory`."""
    if execute(ROOM / "engine.sh", "start", directory).returncode:
        raise EngineError("no container engine can run here; see the lines above")


def stop(directory: Path) -> None:
    """Stop the engine that `ensure` started with this directory; an engine found running is left alone."""
    if execute(ROOM / "engine.sh", "stop", directory).returncode:
        raise EngineError("the engine could not be stopped; see the lines above")


def run(*arguments: str, settings: dict[str, str] | None = None) -> None:
    """Run `docker …` from the top of the repository, its output shown; EngineError when it fails."""
    if execute("docker", *arguments, settings=settings).returncode:
        raise EngineError(f"failed: docker {' '.join(arguments)}")


def read(*arguments: str) -> str:
    """What `docker …` prints; EngineError with its message when it fails."""
    done = execute("docker", *arguments, read=True)
    if done.returncode:
        raise EngineError(f"docker {arguments[0]}: {done.stderr.strip()}")
    return done.stdout


def last_lines(container: str, *, lines: int) -> str:
    """The last lines that a container wrote to standard output and error."""
    done = execute("docker", "logs", "--tail", str(lines), container, read=True)
    return (done.stdout + done.stderr).strip()


def containers(project: str) -> list[dict[str, Any]]:
    """What `docker inspect` says of each container of a compose project, stopped ones included."""
    ids = read("ps", "--all", "--quiet", "--filter", f"label=com.docker.compose.project={project}").split()
    found: list[dict[str, Any]] = json.loads(read("inspect", *ids)) if ids else []
    return sorted(found, key=service)


def service(container: dict[str, Any]) -> str:
    """The name of the compose service that an inspected container belongs to."""
    return str(container["Config"]["Labels"]["com.docker.compose.service"])


def lasts(container: dict[str, Any]) -> bool:
    """Whether the container should keep running; `migrate` runs once."""
    return bool(container["HostConfig"]["RestartPolicy"]["Name"] != "no")


def is_well(container: dict[str, Any]) -> bool:
    """Healthy, or running where the image has nothing to check its health with."""
    return health(container) in {"healthy", "running"}


def health(container: dict[str, Any]) -> str:
    """The health check's word for a running container, else the engine's word for what it is doing."""
    state = container["State"]
    return str(state.get("Health", state)["Status"] if state["Status"] == "running" else state["Status"])
