"""Tables cut by month get their months ahead of time: no insert ever meets a month without a table."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from sqlalchemy import Connection, text

MONTHS_AHEAD = 3
_LOCK = 7_126_530_141


def month_starts(today: date, months_ahead: int) -> list[date]:
    """The first days of this month and of the `months_ahead` that follow."""
    first = today.year * 12 + today.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(first, first + months_ahead + 1)]


def make_months(
    connection: Connection, tables: Sequence[str], today: date, months_ahead: int = MONTHS_AHEAD
) -> list[str]:
    """Makes the missing partitions of `tables`, from today's month on; returns their names.

    In the caller's transaction; other callers wait. Synchronous: a migration calls it as it is, a job by
    `run_sync`.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    made = []
    for table in tables:
        starts = month_starts(today, months_ahead + 1)
        for start, end in pairwise(starts):
            name = f"{table}_{start:%Y_%m}"
            if connection.scalar(text("SELECT to_regclass(:name)"), {"name": name}) is None:
                _make_month(connection, table, name, start, end)
                made.append(name)
    return made


def _make_month(connection: Connection, table: str, name: str, start: date, end: date) -> None:
    # Made on its own and then attached: CREATE … PARTITION OF would lock the table against every reader.
    connection.execute(text(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)"))
    bounds = f"FROM ('{start:%Y-%m-%d} 00:00:00+00') TO ('{end:%Y-%m-%d} 00:00:00+00')"
    connection.execute(text(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES {bounds}"))
