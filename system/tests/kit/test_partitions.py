"""Months made ahead: on an empty table and on a filled one, once, and with every index."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from casino.kit.database import Database
from casino.kit.partitions import make_months, month_starts
from tests.fixtures.fact_logs import fact_log, log_template

__all__ = ["fact_log", "log_template"]


def test_months_follow_each_other_over_the_year() -> None:
    """November, December, January: from the first day of the given month on."""
    assert month_starts(date(2026, 11, 21), 3) == [
        date(2026, 11, 1),
        date(2026, 12, 1),
        date(2027, 1, 1),
        date(2027, 2, 1),
    ]


async def test_missing_months_are_made_once(fact_log: Database) -> None:
    """Only what is missing is made; rows of a made month have a place, twice the same row has not."""
    somewhere = date(2033, 12, 24)
    async with fact_log.transaction() as connection:
        made = await connection.run_sync(make_months, ["user_actions", "fact_log"], somewhere, 1)
        again = await connection.run_sync(make_months, ["user_actions", "fact_log"], somewhere, 1)
        later = await connection.run_sync(make_months, ["fact_log"], date(2034, 1, 31), 1)
    assert made == ["user_actions_2033_12", "user_actions_2034_01", "fact_log_2033_12", "fact_log_2034_01"]
    assert (again, later) == ([], ["fact_log_2034_02"])
    row = text(
        "INSERT INTO fact_log VALUES (0, :place, :at, gen_random_uuid(), 'x.y', 1, 1, 1, NULL, '{}')".replace(
            ":at", "CAST(:at AS text)::timestamptz"
        )
    )
    async with fact_log.transaction() as connection:
        for place, at in enumerate(
            ["2033-12-01T00:00:00Z", "2034-01-31T23:59:59.999999Z", "2034-02-28T12:00:00Z"]
        ):
            await connection.execute(row, {"place": place, "at": at})
    with pytest.raises(IntegrityError):
        async with fact_log.transaction() as connection:
            await connection.execute(row, {"place": 0, "at": "2033-12-01T00:00:00Z"})
    async with fact_log.snapshot() as connection:
        indexes = text("SELECT count(*) FROM pg_indexes WHERE tablename = :name")
        ours = await connection.scalar(indexes, {"name": "fact_log_2033_12"})
        parent = await connection.scalar(indexes, {"name": "fact_log"})
        assert ours == parent
