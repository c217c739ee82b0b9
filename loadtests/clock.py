"""One clock a run: wall time that never steps, so that intended and actual instants compare everywhere."""

from __future__ import annotations

import time

import gevent

_EPOCH = time.time() - time.monotonic()


def now() -> float:
    """Seconds since the Unix epoch, monotonic within this process."""
    return _EPOCH + time.monotonic()


def sleep_until(instant: float) -> None:
    """Yield to the other greenlets until `instant`; an instant already past yields once."""
    gevent.sleep(max(0.0, instant - now()))
