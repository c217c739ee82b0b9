"""Start programs so that none outlives the supervisor, whatever ends it."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from casino.embedded.errors import StartFailed
from casino.embedded.os_account import OsAccount

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
IMPORT_ROOT = Path(__file__).parents[2]
LOG_TAIL_BYTES = 16_384
LOG_TAIL_LINES = 20


def spawn(
    argv: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    account: OsAccount | None = None,
    orphan_signal: signal.Signals = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Start `argv` in a session of its own, `env` added to ours, both outputs appended to `log`.

    On Linux the kernel sends it `orphan_signal` when the calling thread ends: call this from a thread that
    lives as long as the child shall. Raises OSError when the program cannot be executed.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            argv,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=partial(_end_with_parent, int(orphan_signal), os.getpid()),
            # An account of its own may not be allowed to be where we are.
            cwd="/" if account else None,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )


def run(argv: Sequence[str], *, log: Path, account: OsAccount | None = None, statements: str = "") -> None:
    """Run `argv` to its end with `statements` as its input; raises StartFailed with its output."""
    with log.open("ab") as output:
        done = subprocess.run(
            argv,
            input=statements.encode(),
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            check=False,
        )
    if done.returncode != 0:
        raise StartFailed(f"{argv[0]} ended with status {done.returncode}\n{log_tail(log)}")


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


def _end_with_parent(orphan_signal: int, parent: int) -> None:
    """Runs in the child between fork and exec."""
    if LIBC is None:
        return
    LIBC.prctl(PR_SET_PDEATHSIG, orphan_signal)
    if os.getppid() != parent:
        os._exit(1)
