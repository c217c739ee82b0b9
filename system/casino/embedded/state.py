"""The state directory: who runs in it, what the harness reads from it, and which processes are held down."""

import fcntl
import json
import os
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from casino.embedded.errors import AlreadyRunning
from casino.embedded.leftovers import end_leftovers

STATE_FILE = "state.json"
HOLD_FOLDER = "hold"
LOG_FOLDER = "logs"
LOCK_FILE = "supervisor.lock"
SETTINGS_FILE = "settings.env"


@contextmanager
def claimed(state_dir: Path, report: Callable[[str], None]) -> Iterator[None]:
    """Have the directory to ourselves, cleared of what a killed supervisor left; raises AlreadyRunning."""
    _create(state_dir)
    descriptor = _lock(state_dir)
    try:
        for name in end_leftovers(read_state(state_dir)):
            report(f"  {name} still ran from an earlier start and is killed")
        for name in _release_holds(state_dir):
            report(f"  {name} was still held by an earlier run and is released")
        yield
    finally:
        os.close(descriptor)


def _create(state_dir: Path) -> None:
    # PostgreSQL's account must be able to pass through, not to list it.
    state_dir.mkdir(parents=True, exist_ok=True)
    state_dir.chmod(0o711)
    for folder in (HOLD_FOLDER, LOG_FOLDER):
        (state_dir / folder).mkdir(mode=0o700, exist_ok=True)


def _lock(state_dir: Path) -> int:
    descriptor = os.open(state_dir / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise AlreadyRunning(
            f"a casino already runs in {state_dir} (process {lock_holder(state_dir)}): stop it with "
            f"'casino down --state-dir {state_dir}' or choose another --state-dir"
        ) from None
    os.truncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def lock_holder(state_dir: Path) -> int | None:
    """The process id of the supervisor that runs in the directory, or None."""
    try:
        descriptor = os.open(state_dir / LOCK_FILE, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return int(os.pread(descriptor, 20, 0) or b"0") or None
    else:
        return None
    finally:
        os.close(descriptor)


def write_private(path: Path, text: str) -> None:
    """Put `text` at `path` in one step, readable by the owner only; a reader sees the old text or the new."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)


def write_state(state_dir: Path, document: Mapping[str, Any]) -> None:
    """Publish the running system as DIR/state.json, for the harness (its content: Supervisor._document)."""
    write_private(state_dir / STATE_FILE, json.dumps(document, indent=2) + "\n")


def write_settings(state_dir: Path, settings: Mapping[str, str]) -> Path:
    """Publish what the application runs with as DIR/settings.env, for `casino --settings`; gives its path."""
    path = state_dir / SETTINGS_FILE
    write_private(path, "".join(f"{name}={shlex.quote(value)}\n" for name, value in settings.items()))
    return path


def read_state(state_dir: Path) -> dict[str, Any] | None:
    """What the last supervisor published, or None."""
    try:
        document: dict[str, Any] = json.loads((state_dir / STATE_FILE).read_text())
    except FileNotFoundError:
        return None
    return document


def held(state_dir: Path) -> frozenset[str]:
    """Names of the processes that a file DIR/hold/<name> keeps down."""
    return frozenset(file.name for file in (state_dir / HOLD_FOLDER).iterdir())


def _release_holds(state_dir: Path) -> frozenset[str]:
    names = held(state_dir)
    for name in names:
        (state_dir / HOLD_FOLDER / name).unlink(missing_ok=True)
    return names
