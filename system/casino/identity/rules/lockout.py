"""When failed log-ins lock an account, and until when."""

from collections.abc import Sequence
from datetime import datetime, timedelta

ANYWHERE_FACTOR = 10


def locked_until(failures: Sequence[datetime], *, failures_max: int, window: timedelta) -> datetime | None:
    """The end of the lock that these failures (newest first) cause; None when too few or too far apart.

    `failures_max` failures within `window` lock for another `window` after the last of them. Attempts refused
    by the lock are not failures, so a lock ends however often it is knocked at.
    """
    assert failures_max >= 1
    if len(failures) < failures_max:
        return None
    newest, oldest = failures[0], failures[failures_max - 1]
    return newest + window if newest - oldest <= window else None
