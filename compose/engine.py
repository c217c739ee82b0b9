"""Every word with the container engine goes through here, so that a missing engine has one answer."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

ROOM = Path(__file__).parent
TOP = ROOM.parent


class EngineError(Exception):
    """The engine is missing or refused a command; the message says which and what it printed."""


def ensure(directory: Path) -> None:
    """Find a running engine or start one (Debian, as root); its process id and log go to `directory`."""
    if subprocess.run([ROOM / "engine.sh", "start", directory]).returncode:
        raise EngineError("no container engine can run here; see the lines above")


def stop(directory: Path) -> None:
    """Stop the engine that `ensure` started with this directory; an engine found running is left alone."""
    subprocess.run([ROOM / "engine.sh", "stop", directory], check=True)


def run(*arguments: str, settings: dict[str, str] | None = None) -> None:
    """Run `docker …` from the top of the repository, its output shown; EngineError when it fails."""
    command = ["docker", *arguments]
    if subprocess.run(command, cwd=TOP, env={**os.environ, **(settings or {})}).returncode:
        raise EngineError(f"failed: {' '.join(command)}")


def read(*arguments: str) -> str:
    """What `docker …` prints; EngineError with its message when it fails."""
    done = subprocess.run(["docker", *arguments], cwd=TOP, capture_output=True, text=True)
    if done.returncode:
        raise EngineError(f"docker {arguments[0]}: {done.stderr.strip()}")
    return done.stdout


def log_of(container: str, *, lines: int) -> str:
    """The last lines that a container wrote, standard output and error together."""
    command = ["docker", "logs", "--tail", str(lines), container]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


def containers(project: str) -> list[dict[str, Any]]:
    """What `docker inspect` says of each container of a compose project, stopped ones included."""
    ids = read("ps", "--all", "--quiet", "--filter", f"label=com.docker.compose.project={project}").split()
    found: list[dict[str, Any]] = json.loads(read("inspect", *ids)) if ids else []
    return sorted(found, key=service)


def service(container: dict[str, Any]) -> str:
    """The name of the compose service that an inspected container belongs to."""
    return str(container["Config"]["Labels"]["com.docker.compose.service"])
