"""Builds the worker: the sequencer, every consumer, every scheduled job. Wiring only."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from starlette.types import ASGIApp

from casino import __version__
from casino.achievements import jobs as achievements_jobs
from casino.admin import jobs as admin_jobs
from casino.analytics import jobs as analytics_jobs
from casino.analytics.service import SINK, ClickHouse, Sink
from casino.app import instrument_clients, watch_pool
from casino.battlepass import jobs as battlepass_jobs
from casino.battlepass.service import premium_sales
from casino.events import jobs as events_jobs
from casino.games import jobs as games_jobs
from casino.games.projections import projections as game_projections
from casino.games.service import house_results
from casino.home import jobs as home_jobs
from casino.identity import jobs as identity_jobs
from casino.identity.service import TombstoneFile, sign_up_gifts
from casino.kit import consumers, dead_facts, health, idempotency, outbox, tracing, waking
from casino.kit.clock import utc_now
from casino.kit.consumers import Consumer, ConsumerLoop
from casino.kit.database import Database
from casino.kit.days import Calendar
from casino.kit.dead_facts import TakenAgain
from casino.kit.http import ops
from casino.kit.http.resources import provide
from casino.kit.http.server import bind, serve
from casino.kit.kafka import PUBLISHER, Publisher
from casino.kit.kafka_loop import KafkaConsumerLoop
from casino.kit.log import Sequencer
from casino.kit.measures import Yardstick
from casino.kit.metrics import gauge
from casino.kit.partitions import make_months
from casino.kit.projections import Projection
from casino.kit.redis import RedisClient, connect
from casino.kit.scheduler import Job, repeat
from casino.kit.settings import Settings
from casino.kit.tasks import Loop, running
from casino.kit.telemetry import set_up_logging
from casino.messages import ANNOUNCERS, COUNTS, DOMAINS, MESSAGES
from casino.notifications import jobs as notifications_jobs
from casino.realtime import jobs as realtime_jobs
from casino.rewards.service import reward_grants
from casino.shop import jobs as shop_jobs
from casino.shop.service import Shop, audited_sales, build_shop
from casino.social import jobs as social_jobs
from casino.vip import jobs as vip_jobs
from casino.wallet import jobs as wallet_jobs

HEARTBEAT_SECONDS = 1.0
MONTHLY_TABLES = ("fact_log", "game_rounds", "user_actions")


@dataclass(frozen=True)
class Parts:
    """What a worker is made of. The sink is None where analytics are switched off, the publisher without Kafka.

    `consumers` take facts from the log; `from_kafka` run by name the ones that take them from Kafka.
    """

    settings: Settings
    database: Database
    redis: RedisClient
    clickhouse: ClickHouse | None
    sink: Sink | None
    publisher: Publisher | None
    shop: Shop
    consumers: Sequence[Consumer]
    from_kafka: Mapping[str, KafkaConsumerLoop]
    health: health.Health


def build_parts(settings: Settings) -> Parts:
    """Connects nothing yet."""
    database = Database(
        settings.database_url.get_secret_value(),
        pool_size=settings.worker_pool_size,
        instance=settings.instance,
    )
    redis = connect(settings.redis_url.get_secret_value())
    clickhouse = (
        ClickHouse(settings.clickhouse_url.get_secret_value()) if settings.clickhouse_enabled else None
    )
    sink = Sink(clickhouse) if clickhouse is not None else None
    fanout = realtime_jobs.fanout_consumer(redis, MESSAGES)
    yardstick, calendar = Yardstick(COUNTS), Calendar(settings.time_zone)
    takers = [
        *events_jobs.consumers(yardstick, calendar),
        *achievements_jobs.consumers(yardstick),
        *battlepass_jobs.consumers(yardstick),
        *vip_jobs.consumers(yardstick),
        *home_jobs.consumers(big_win_threshold_gold=settings.big_win_threshold_gold),
        *notifications_jobs.consumers(),
        *social_jobs.consumers(yardstick, big_win_threshold_gold=settings.big_win_threshold_gold),
        *([sink.consumer()] if sink is not None else []),
    ]
    publisher: Publisher | None = None
    if settings.kafka_enabled:
        publisher = Publisher(settings.kafka_bootstrap_servers, DOMAINS, client_id=settings.instance)
    to_sockets = [fanout, realtime_jobs.announcing_consumer(redis, ANNOUNCERS)]
    # Sockets are never made to wait for Kafka: their messages leave from the log.
    from_log = [*to_sockets, *([publisher.consumer()] if publisher is not None else takers)]
    from_kafka = _kafka_loops(settings, database, publisher, takers) if publisher is not None else {}
    checks = health.Health([health.postgres(database), health.redis(redis)])
    shop = build_shop(settings, database=database, redis=redis)
    return Parts(settings, database, redis, clickhouse, sink, publisher, shop, from_log, from_kafka, checks)


def _kafka_loops(
    settings: Settings, database: Database, publisher: Publisher, takers: Sequence[Consumer]
) -> dict[str, KafkaConsumerLoop]:
    return {
        consumer.name: KafkaConsumerLoop(
            database,
            consumer,
            publisher,
            bootstrap_servers=settings.kafka_bootstrap_servers,
            environment=settings.kafka_consumer_group_suffix,
        )
        for consumer in takers
    }


async def close(parts: Parts) -> None:
    """Gives every connection back."""
    await parts.shop.gateway.close()
    await parts.redis.aclose()
    if parts.publisher is not None:
        await parts.publisher.close()
    if parts.clickhouse is not None:
        await parts.clickhouse.close()
    await parts.database.close()


async def take_again(settings: Settings, name: str | None) -> list[TakenAgain]:
    """Hands the named consumer, or every one, the facts that it put aside. Raises LookupError for another name."""
    parts = build_parts(settings)
    known = [*parts.consumers, *(loop.consumer for loop in parts.from_kafka.values())]
    asked = [consumer for consumer in known if name in (None, consumer.name)]
    try:
        if not asked:
            names = ", ".join(sorted(consumer.name for consumer in known))
            raise LookupError(f"{name} is no consumer; use one of {names}")
        return [await dead_facts.take_again(parts.database, consumer) for consumer in asked]
    finally:
        await close(parts)


def projections(settings: Settings) -> list[Projection]:
    """Every table that follows from the fact log alone.

    With Kafka the places of consumers are not in the database: what is live must then have taken the whole log.
    """
    yardstick, calendar = Yardstick(COUNTS), Calendar(settings.time_zone)
    found = [
        *game_projections(),
        *events_jobs.projections(yardstick, calendar),
        *achievements_jobs.projections(yardstick),
        *battlepass_jobs.projections(yardstick),
        *vip_jobs.projections(yardstick),
    ]
    return [replace(one, consumer=None) for one in found] if settings.kafka_enabled else found


def jobs(parts: Parts) -> list[Job]:
    """Every room's scheduled work."""
    database, settings = parts.database, parts.settings
    sources = [house_results(), sign_up_gifts(), reward_grants(), premium_sales(), *audited_sales()]
    ledger = wallet_jobs.audit_job(database, sources, wallet_jobs.checkpoint_file(settings))
    calendar = Calendar(settings.time_zone)
    analytics: list[Job] = []
    if parts.clickhouse is not None and parts.sink is not None:
        analytics = analytics_jobs.scheduled(
            database,
            parts.clickhouse,
            parts.sink,
            consumer=SINK if parts.publisher is None else PUBLISHER,
            waiting_since=[loop.waiting_since for name, loop in parts.from_kafka.items() if name == SINK],
        )
    return [
        ledger,
        *analytics,
        *events_jobs.scheduled(database, calendar),
        *battlepass_jobs.scheduled(database, calendar),
        *achievements_jobs.scheduled(database),
        *games_jobs.scheduled(database),
        *home_jobs.scheduled(database),
        *social_jobs.scheduled(database, parts.redis),
        *identity_jobs.scheduled(database, settings),
        *notifications_jobs.scheduled(database),
        *admin_jobs.scheduled(database, file=_tombstone_file(settings)),
        *shop_jobs.scheduled(database, parts.shop, void_seconds=settings.payment_void_seconds),
        Job("months_ahead", 3_600, partial(_make_months, database)),
        Job("answers_forgotten", 60, partial(_forget_answers, database, settings)),
    ]


def _tombstone_file(settings: Settings) -> TombstoneFile | None:
    return TombstoneFile(Path(settings.tombstone_file)) if settings.tombstone_file else None


async def _make_months(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.run_sync(make_months, MONTHLY_TABLES, utc_now().date())


async def _forget_answers(database: Database, settings: Settings) -> None:
    async with database.transaction() as connection:
        await idempotency.purge_expired(connection, ttl_seconds=settings.idempotency_ttl_seconds)
        await consumers.forget_consumed(connection)


def loops(parts: Parts) -> dict[str, Loop]:
    """Everything a worker does at once, by name."""

    def wake_consumers() -> None:
        for consumer in parts.consumers:
            consumer.wake()

    sequencer = Sequencer(parts.database, partitions=parts.settings.log_partitions, on_facts=wake_consumers)
    consuming = {consumer.name: ConsumerLoop(parts.database, consumer).run for consumer in parts.consumers}
    consuming |= {name: loop.run for name, loop in parts.from_kafka.items()}
    scheduled = {job.name: partial(repeat, parts.database, job) for job in jobs(parts)}
    return {
        "sequencer": sequencer.run,
        "wake": partial(waking.listen, parts.redis, sequencer.wake),
        "health": parts.health.run,
        "heartbeat": _beat,
        "gauges": partial(_watch_log, parts.database),
        "pool": partial(watch_pool, parts.database),
        **consuming,
        **scheduled,
    }


async def _beat() -> None:
    while True:
        gauge("worker_heartbeat_timestamp_seconds").set(time.time())
        await asyncio.sleep(HEARTBEAT_SECONDS)


async def _watch_log(database: Database) -> None:
    while True:
        async with database.snapshot() as connection:
            waiting, seconds = await outbox.backlog(connection)
            await consumers.lags(connection)
        gauge("outbox_unpublished").set(waiting)
        gauge("outbox_oldest_seconds").set(seconds)
        await asyncio.sleep(HEARTBEAT_SECONDS)


def build_app(parts: Parts, *, private_port: int) -> ASGIApp:
    """The worker's own small server: alive, ready, metrics. Its lifespan is the worker's work."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with parts.database.transaction() as connection:
            await consumers.register(connection, parts.consumers, partitions=parts.settings.log_partitions)
        async with running(loops(parts)):
            yield
        await close(parts)

    app = FastAPI(
        title="Casino-Club worker", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None
    )
    app.state.private_port = private_port
    provide(app, {health.Health: parts.health})
    app.include_router(ops.router)
    return app


def run_worker(settings: Settings, *, host: str, private_port: int) -> None:
    """Works until told to stop."""
    set_up_logging(settings.log_level, service="worker", instance=settings.instance)
    provider = tracing.set_up(settings, "casino-worker")
    instrument_clients()
    gauge("build_info").labels(__version__, settings.commit).set(1)

    async def nothing_to_drain() -> None:
        """The worker has no sockets."""

    app = build_app(build_parts(settings), private_port=private_port)
    serve(
        app, [bind(host, private_port)], drain=nothing_to_drain, grace_seconds=settings.shutdown_drain_seconds
    )
    if provider is not None:
        provider.shutdown()
