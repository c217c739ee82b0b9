"""Asking until the answer is yes."""

from __future__ import annotations

import time
from collections.abc import Callable

POLL_SECONDS = 0.25


def becomes(condition: Callable[[], bool], within_seconds: float) -> bool:
    """Whether the condition is met now or within the time; asked at least once."""
    deadline = time.monotonic() + within_seconds
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return met
