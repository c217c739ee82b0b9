"""The tables of the analytics store, made by statements that may be repeated."""

from casino.analytics.clickhouse import ClickHouse

# A row that arrives twice is one row: its sorting key ends in the fact's id. `data` is the fact as JSON.
EVENTS = """
CREATE TABLE IF NOT EXISTS events (
    event_id UUID,
    type LowCardinality(String),
    user_id UInt64,
    event_no UInt64,
    ts DateTime64(6, 'UTC'),
    trace_id String,
    data String,
    arrived_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(ts)
ORDER BY (user_id, ts, event_id)
TTL toDateTime(ts) + INTERVAL 400 DAY
SETTINGS non_replicated_deduplication_window = 1000
"""

# Tables made before there was this column.
ARRIVED_AT = "ALTER TABLE events ADD COLUMN IF NOT EXISTS arrived_at DateTime64(3, 'UTC') DEFAULT now64(3)"


async def prepare_olap(clickhouse: ClickHouse) -> None:
    """Makes the database and its tables where they are missing. Raises OlapAway."""
    await clickhouse.command(f"CREATE DATABASE IF NOT EXISTS `{clickhouse.database}`", database="default")
    await clickhouse.command(EVENTS)
    await clickhouse.command(ARRIVED_AT)
