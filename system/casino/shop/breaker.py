"""A circuit breaker: after repeated failures nobody waits for a gateway that does not answer."""

import time
from collections.abc import Callable


class Breaker:
    """Opens after `failures_max` failures in a row, for `open_seconds`; then lets one call through to look."""

    def __init__(
        self, *, failures_max: int, open_seconds: float, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._failures_max = failures_max
        self._open_seconds = open_seconds
        self._now = now
        self._failures = 0
        self._closed_from = 0.0

    @property
    def is_open(self) -> bool:
        """Whether calls are refused now."""
        return self._failures >= self._failures_max and self._now() < self._closed_from

    def take(self) -> bool:
        """Whether a call may be made. While half open the first caller looks, the others wait for what it sees."""
        if self._failures < self._failures_max:
            return True
        if self._now() < self._closed_from:
            return False
        self._closed_from = self._now() + self._open_seconds
        return True

    def succeeded(self) -> None:
        """A call was answered."""
        self._failures = 0

    def failed(self) -> None:
        """A call was not answered, or with an error of the gateway's own."""
        self._failures += 1
        if self._failures >= self._failures_max:
            self._closed_from = self._now() + self._open_seconds
