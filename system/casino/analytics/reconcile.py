"""Holds the analytics store against the log, hour by hour, and writes again whatever it lacks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from casino.analytics import repository
from casino.analytics.clickhouse import ClickHouse
from casino.analytics.sink import SINK, Sink
from casino.analytics.tables import prepare_olap
from casino.kit.clock import rfc3339
from casino.kit.database import Database
from casino.kit.outbox import Fact

WINDOW = timedelta(hours=24)
YOUNG = timedelta(seconds=60)
HOUR = timedelta(hours=1)
FACTS_A_PAGE = 2_000
PAGES_A_RUN_MAX = 500

_HELD = (
    "SELECT toUnixTimestamp(toStartOfHour(ts)) AS hour, count() FROM events FINAL "
    "WHERE ts >= {since:DateTime64(6, 'UTC')} AND ts < {until:DateTime64(6, 'UTC')} GROUP BY hour"
)


@dataclass(frozen=True)
class HourCount:
    """One hour's facts: committed in PostgreSQL, held by ClickHouse."""

    hour: datetime
    committed: int
    held: int


@dataclass(frozen=True)
class Reconciliation:
    """What a comparison found, and what was done about it. Facts younger than a minute are left out."""

    since: datetime
    until: datetime
    hours: tuple[HourCount, ...]
    written_again: int
    oldest_missing: datetime | None
    is_complete: bool = field(default=True)

    @property
    def committed(self) -> int:
        """Facts that ClickHouse should hold."""
        return sum(hour.committed for hour in self.hours)

    @property
    def missing(self) -> int:
        """Facts that it did not hold when it was asked."""
        return sum(max(0, hour.committed - hour.held) for hour in self.hours)

    @property
    def strangers(self) -> int:
        """Facts that it holds and PostgreSQL does not."""
        return sum(max(0, hour.held - hour.committed) for hour in self.hours)

    @property
    def missing_ratio(self) -> float:
        """Missing over committed; 0 when nothing was committed."""
        return self.missing / self.committed if self.committed else 0.0

    def text(self) -> str:
        """The report as an operator reads it."""
        lines = [f"Analytics against the log, {rfc3339(self.since)} to {rfc3339(self.until)}:"]
        lines += [
            f"  {rfc3339(hour.hour)}  committed {hour.committed:>10,}  held {hour.held:>10,}"
            for hour in self.hours
            if hour.committed != hour.held
        ]
        lines += [
            f"  {self.committed:,} committed, {self.missing:,} missing ({self.missing_ratio:.4%}), "
            f"{self.strangers:,} unknown to the log, {self.written_again:,} written again"
        ]
        lines += [] if self.is_complete else ["  stopped at the bound of one run; the next goes on"]
        return "\n".join(lines)


async def reconcile(
    database: Database, clickhouse: ClickHouse, sink: Sink, *, reads_log: bool = True
) -> Reconciliation:
    """Compares the last day and writes again what is missing of what the sink has taken. Raises OlapAway.

    `reads_log` says that the sink takes facts from the log itself: those behind its place are on their way,
    not lost. No transaction is open while ClickHouse is asked or written to.
    """
    async with database.snapshot() as connection:
        until = await repository.now(connection) - YOUNG
        since = (until - WINDOW).replace(minute=0, second=0, microsecond=0)
        committed = await repository.committed_by_hour(connection, since, until)
        taken = await repository.places(connection, SINK) if reads_log else {}
    await prepare_olap(clickhouse)
    held = await _held_by_hour(clickhouse, since, until)
    every = sorted(committed.keys() | held.keys())
    hours = tuple(HourCount(hour, committed.get(hour, 0), held.get(hour, 0)) for hour in every)
    redrive = _Redrive(database, clickhouse, sink, taken)
    for hour in hours:
        if hour.held < hour.committed:
            await redrive.run(hour.hour, min(hour.hour + HOUR, until))
    return Reconciliation(
        since, until, hours, redrive.written, redrive.oldest, is_complete=redrive.pages_left > 0
    )


async def _held_by_hour(clickhouse: ClickHouse, since: datetime, until: datetime) -> dict[datetime, int]:
    rows = await clickhouse.rows(_HELD, {"since": moment_text(since), "until": moment_text(until)})
    return {datetime.fromtimestamp(int(hour), UTC): int(facts) for hour, facts in rows}


def moment_text(moment: datetime) -> str:
    """A moment as ClickHouse reads a parameter of it."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"


class _Redrive:
    """Walks through the facts of an hour page by page and writes those that ClickHouse lacks."""

    def __init__(
        self, database: Database, clickhouse: ClickHouse, sink: Sink, taken: Mapping[int, int]
    ) -> None:
        self._database = database
        self._clickhouse = clickhouse
        self._sink = sink
        self._taken = taken
        self.written = 0
        self.oldest: datetime | None = None
        self.pages_left = PAGES_A_RUN_MAX

    async def run(self, since: datetime, until: datetime) -> None:
        """One hour, or as much of it as the run's bound leaves."""
        after = (-1, -1)
        while self.pages_left > 0:
            self.pages_left -= 1
            async with self._database.snapshot() as connection:
                facts = await repository.facts_between(
                    connection, since, until, taken=self._taken, after=after, facts_max=FACTS_A_PAGE
                )
            if not facts:
                return
            await self._write_missing(facts)
            after = (facts[-1].partition, facts[-1].log_offset)

    async def _write_missing(self, facts: list[Fact]) -> None:
        known = await self._known(facts)
        missing = [fact for fact in facts if str(fact.event_id) not in known]
        if not missing:
            return
        oldest = min(fact.occurred_at for fact in missing)
        self.oldest = min(self.oldest, oldest) if self.oldest else oldest
        await self._sink.write(missing, token=None)
        self.written += len(missing)

    async def _known(self, facts: list[Fact]) -> set[str]:
        first, last = min(fact.occurred_at for fact in facts), max(fact.occurred_at for fact in facts)
        ids = ",".join(f"'{fact.event_id}'" for fact in facts)
        # Ids are UUIDs, which cannot end the literal; as parameters they would not fit into an address.
        query = (
            "SELECT event_id FROM events "  # noqa: S608
            "WHERE ts BETWEEN {first:DateTime64(6, 'UTC')} AND {last:DateTime64(6, 'UTC')} "
            f"AND event_id IN ({ids})"
        )
        rows = await self._clickhouse.rows(query, {"first": moment_text(first), "last": moment_text(last)})
        return {row[0] for row in rows}
