"""Start programs so that none outlives the supervisor, whatever ends it."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from casino.embedded.errors import StartFailed
from casino.embedded.os_account import OsAccount

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
AUTOGROUP = Path("/proc/self/autogroup")  # sched(7)
IMPORT_ROOT = Path(__file__).parents[2]
QUESTION_SECONDS_MAX = 1.0
LOG_TAIL_BYTES = 16_384
LOG_TAIL_LINES = 20


def spawn(
    argv: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    account: OsAccount | None = None,
    orphan_signal: signal.Signals = signal.SIGKILL,
    niceness: int = 0,
) -> subprocess.Popen[bytes]:
    """Start `argv` in a session of its own, `env` added to ours, both outputs appended to `log`.

    On Linux the kernel sends it `orphan_signal` when the calling thread ends: call this from a thread that
    lives as long as the child shall. Raises StartFailed when the program cannot be executed.
    """
    try:
        begin = partial(_begin, int(orphan_signal), os.getpid(), niceness)
        return _popen(argv, log=log, env=env or {}, account=account, begin=begin)
    except OSError as error:
        raise StartFailed(f"cannot run {argv[0]}: {error}") from error


def _popen(
    argv: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str],
    account: OsAccount | None,
    begin: Callable[[], None],
) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            argv,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # Safe beside threads: between fork and exec it makes a few system calls and takes no lock.
            preexec_fn=begin,  # noqa: PLW1509
            **_identity(account),
        )


def run(argv: Sequence[str], *, log: Path, account: OsAccount | None = None, statements: str = "") -> None:
    """Run `argv` to its end with `statements` as its input; raises StartFailed with its output."""
    with log.open("ab") as output:
        done = subprocess.run(
            argv,
            input=statements.encode(),
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
            **_identity(account),
        )
    if done.returncode != 0:
        raise StartFailed(f"{argv[0]} ended with status {done.returncode}\n{log_tail(log)}")


def succeeds(argv: Sequence[str], *, account: OsAccount | None = None) -> bool:
    """Whether `argv`, a question of a few milliseconds, ends with status 0 in time."""
    try:
        answer = subprocess.run(argv, timeout=QUESTION_SECONDS_MAX, check=False, **_identity(account))
    except subprocess.TimeoutExpired:
        return False
    return answer.returncode == 0


def log_tail(log: Path) -> str:
    """The last lines of a log, indented, under its path."""
    if not log.exists():
        return f"{log}: never written"
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - LOG_TAIL_BYTES))
        lines = file.read().decode(errors="replace").splitlines()[-LOG_TAIL_LINES:]
    return "\n".join([f"{log}:", *(f"    {line}" for line in lines)])


def python_env() -> dict[str, str]:
    """The environment in which a child `python -m casino…` finds this very package."""
    inherited = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join([str(IMPORT_ROOT), inherited] if inherited else [str(IMPORT_ROOT)])}


def _identity(account: OsAccount | None) -> dict[str, Any]:
    """Arguments of Popen; another account may not be allowed to be in our working directory."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": [], "cwd": "/"}


def _begin(orphan_signal: int, parent: int, niceness: int) -> None:
    """Runs in the child between fork and exec: it gives way to others, and ends with its parent."""
    if niceness:
        _give_way(niceness)
    if LIBC is None:
        return
    LIBC.prctl(PR_SET_PDEATHSIG, orphan_signal)
    if os.getppid() != parent:
        os._exit(1)


def _give_way(niceness: int) -> None:
    """Linux weighs sessions against each other first where it groups them by themselves, and then processes."""
    os.nice(niceness)
    if AUTOGROUP.exists():
        group = os.open(AUTOGROUP, os.O_WRONLY)
        os.write(group, str(niceness).encode())
        os.close(group)
