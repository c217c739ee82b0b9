"""Days and weeks as players live them: in one configured time zone, by the database's clock alone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

DAY = timedelta(days=1)


class Calendar:
    """The days of a time zone (``Asia/Seoul``). A process whose own clock is off counts the same days."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)

    async def now(self, connection: AsyncConnection) -> datetime:
        """The moment the caller's transaction began, by the database's clock (UTC)."""
        moment: datetime = (await connection.execute(select(func.now()))).scalar_one()
        return moment.astimezone(UTC)

    async def today(self, connection: AsyncConnection) -> date:
        """The day of `now`."""
        return self.day_of(await self.now(connection))

    def sql_today(self) -> ColumnElement[date]:
        """The day of `now`, as an expression in somebody's statement."""
        return cast(func.timezone(self._zone.key, func.now()), Date)

    def day_of(self, moment: datetime) -> date:
        """The day a moment falls on."""
        return moment.astimezone(self._zone).date()

    def start_of(self, day: date) -> datetime:
        """When a day begins (UTC); a day may have 23 or 25 hours."""
        return datetime.combine(day, time.min, self._zone).astimezone(UTC)

    def seconds_until(self, day: date, now: datetime) -> int:
        """Whole seconds from `now` to the beginning of `day`, at least 0."""
        return max(0, int((self.start_of(day) - now).total_seconds()))


def week_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def month_of(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)
