"""The two verbs of the embedded system: up, in the foreground until told to stop; down, from elsewhere."""

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from casino.embedded.announcement import announce
from casino.embedded.errors import EmbeddedError
from casino.embedded.leftovers import end_leftovers
from casino.embedded.ports import PortLeases
from casino.embedded.secret_store import SecretStore
from casino.embedded.state import claimed, lock_holder, read_state
from casino.embedded.supervisor import StopRequested, Supervisor
from casino.embedded.topology import Options, embedded_topology, remove_data

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
IGNORED_HANG_UP = (signal.SIGHUP, signal.SIG_IGN)
DEFAULT_STATE_DIR = Path(".casino")
DOWN_SECONDS_MAX = 60.0
DOWN_POLL_SECONDS = 0.05


def up(options: Options) -> int:
    """Run the embedded system until SIGINT, SIGTERM or SIGHUP, in the main thread.

    Prints a line a step. Returns 0 after a clean stop; 1, the reason on standard error, if it cannot start.
    """
    try:
        with _state_directory(options) as state_dir:
            _serve(options, state_dir)
    except EmbeddedError as error:
        _complain(f"casino up: {error}")
        return 1
    return 0


def down(state_dir: Path) -> int:
    """Stop the system that runs in `state_dir` and wait for its end; 0 when nothing runs there any more."""
    state_dir = state_dir.resolve()
    supervisor = lock_holder(state_dir)
    if supervisor is None:
        leftovers = end_leftovers(read_state(state_dir))
        killed = f"; killed what an earlier run left: {', '.join(leftovers)}" if leftovers else ""
        _say(f"nothing runs in {state_dir}{killed}")
        return 0
    with suppress(ProcessLookupError):
        os.kill(supervisor, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_SECONDS_MAX
    while lock_holder(state_dir) == supervisor:
        if time.monotonic() > deadline:
            _complain(f"casino down: process {supervisor} does not stop: kill -9 {supervisor}")
            return 1
        time.sleep(DOWN_POLL_SECONDS)
    _say(f"stopped the casino in {state_dir}")
    return 0


def _serve(options: Options, state_dir: Path) -> None:
    begun = time.monotonic()
    ports = PortLeases(holder=f"the casino in {state_dir} (process {os.getpid()})")
    try:
        secrets = SecretStore(state_dir)
        topology = embedded_topology(options, state_dir=state_dir, ports=ports, secret_store=secrets)
        supervisor = Supervisor(topology, state_dir, report=_say)
        with _stop_signals_call(supervisor.request_stop):
            try:
                supervisor.start()
                _say(announce(topology, state_dir, time.monotonic() - begun))
                supervisor.watch()
            except StopRequested:
                pass
            finally:
                _say("stopping")
                supervisor.stop()
    finally:
        ports.release()


@contextmanager
def _state_directory(options: Options) -> Iterator[Path]:
    """Claim the directory asked for, or a temporary one, and remove it at the end if it is ephemeral."""
    if options.ephemeral and options.state_dir is None:
        state_dir = Path(tempfile.mkdtemp(prefix="casino-"))
    else:
        state_dir = (options.state_dir or DEFAULT_STATE_DIR).resolve()
        if options.ephemeral and state_dir.is_dir() and any(state_dir.iterdir()):
            raise EmbeddedError(f"{state_dir} is not empty and --ephemeral would delete it: name a new one")
    with claimed(state_dir, _say):
        try:
            yield state_dir
        finally:
            if options.ephemeral:
                remove_data(state_dir)
                shutil.rmtree(state_dir, ignore_errors=True)


@contextmanager
def _stop_signals_call(request_stop: Callable[[], None]) -> Iterator[None]:
    def handle(_signal: int, _frame: FrameType | None) -> None:
        request_stop()

    # Under nohup a hang-up is ignored, and stays so.
    heeded = [number for number in STOP_SIGNALS if (number, signal.getsignal(number)) != IGNORED_HANG_UP]
    before = {number: signal.signal(number, handle) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(line: str) -> None:
    # Nobody may be listening any more, which is no reason to stop the casino.
    with suppress(BrokenPipeError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def _complain(line: str) -> None:
    sys.stderr.write(f"{line}\n")
