"""The sink: facts of the log become rows of ClickHouse, in batches, each of them as good as once."""

from collections.abc import Sequence
from hashlib import sha256

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.analytics.clickhouse import ClickHouse
from casino.analytics.errors import OlapTableMissing
from casino.analytics.tables import prepare_olap
from casino.kit import tracing
from casino.kit.consumers import Consumer
from casino.kit.metrics import counter
from casino.kit.outbox import Fact

SINK = "analytics.sink"
FACTS_A_BATCH_MAX = 5_000
BATCH_GATHERS_SECONDS = 1.0


class Sink:
    """Writes facts to ClickHouse.

    A batch that is sent again is not written again; a fact that comes in two different batches is one row to
    every reader who asks with FINAL.
    """

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse
        self._is_prepared = False

    def consumer(self) -> Consumer:
        """The consumer of every fact, in few and large batches."""
        return Consumer(SINK, self._take, facts_max=FACTS_A_BATCH_MAX, linger_seconds=BATCH_GATHERS_SECONDS)

    async def _take(self, _: AsyncConnection, facts: Sequence[Fact]) -> None:
        try:
            await self.write(facts, token=_token(facts))
        except Exception:
            counter("olap_ingest_errors_total").inc()
            raise

    async def write(self, facts: Sequence[Fact], *, token: str | None) -> None:
        """Adds the facts; `token` names the batch, None writes it whatever was written before."""
        if not self._is_prepared:
            await prepare_olap(self._clickhouse)
            self._is_prepared = True
        try:
            await self._clickhouse.insert("events", b"\n".join(map(_line, facts)), token=token)
        except OlapTableMissing:
            self._is_prepared = False
            raise
        counter("olap_ingested_total").inc(len(facts))


def _token(facts: Sequence[Fact]) -> str:
    return sha256(b"".join(fact.event_id.bytes for fact in facts)).hexdigest()


def _line(fact: Fact) -> bytes:
    return orjson.dumps(
        {
            "event_id": str(fact.event_id),
            "type": fact.type,
            "user_id": fact.user_id,
            "event_no": fact.event_no,
            "ts": f"{fact.occurred_at:%Y-%m-%d %H:%M:%S.%f}",
            "trace_id": tracing.trace_id(fact.traceparent) if fact.traceparent else "",
            "data": orjson.dumps(fact.data).decode(),
        }
    )
