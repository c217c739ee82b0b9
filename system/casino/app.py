"""Builds the API: wiring only. What is decided, stored or sent lives in the contexts."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from opentelemetry.instrumentation.aiokafka import AIOKafkaInstrumentor
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.instrumentation.redis import RedisInstrumentor
from starlette.exceptions import HTTPException
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from casino import __version__
from casino.achievements import routes as achievements_routes
from casino.admin import routes as admin_routes
from casino.analytics import routes as analytics_routes
from casino.analytics.service import SINK, ClickHouse, OlapStore
from casino.battlepass import routes as battlepass_routes
from casino.events import routes as events_routes
from casino.games import play_routes, socket_routes
from casino.games import routes as games_routes
from casino.games.service import CrashEnds, GameConfigs, ServerClock, Table, WinBonuses, open_table
from casino.home import routes as home_routes
from casino.home import status_routes as home_status_routes
from casino.home.service import FigureStreams, HomePage, PublicFigures, PublicStatus
from casino.identity import account_routes as identity_account_routes
from casino.identity import routes as identity_routes
from casino.identity.service import Admission, TokenChecker
from casino.kit import health, tracing
from casino.kit.database import Database
from casino.kit.days import Calendar
from casino.kit.errors import BadRequest, CasinoError, MethodNotAllowed, NotFound
from casino.kit.http import ops
from casino.kit.http.docs import serve_docs
from casino.kit.http.edge import PROBLEM_JSON, Edge, exchange_of, problem_answer, too_long
from casino.kit.http.metering import UNMATCHED, Metering, route_path
from casino.kit.http.methods import keep_paths_apart
from casino.kit.http.openapi import allowed_methods, serve_document
from casino.kit.http.pages import serve_client
from casino.kit.http.resources import provide
from casino.kit.http.server import bind, serve
from casino.kit.http.validation import validation_failed
from casino.kit.kafka import PUBLISHER
from casino.kit.limits import Limit, RateLimits, UserLimits
from casino.kit.metrics import gauge
from casino.kit.receipts import ReceiptSigner
from casino.kit.redis import RedisClient, connect
from casino.kit.settings import Settings
from casino.kit.tasks import Loop, running
from casino.kit.telemetry import set_up_logging
from casino.kit.waking import Waker
from casino.messages import MESSAGES
from casino.notifications import routes as notifications_routes
from casino.notifications.service import who_declines
from casino.realtime import routes as realtime_routes
from casino.realtime.service import Hub, online_count
from casino.rewards import routes as rewards_routes
from casino.shop import routes as shop_routes
from casino.shop.service import Shop, build_shop
from casino.social import routes as social_routes
from casino.streaks import routes as streaks_routes
from casino.vip import routes as vip_routes

# A process that has not read the revocations yet would believe the tokens of ended sessions.
REVOCATIONS_SECONDS_MAX = 5.0
CONFIGS_SECONDS_MAX = 2.0
POOL_SECONDS = 1.0
SURFACES = {
    "/api/auth": "auth",
    "/api/users": "auth",
    "/api/invite": "auth",
    "/api/rbac": "auth",
    "/api/games": "games",
    "/api/leaderboards": "games",
    "/api/realtime": "realtime",
    "/api/rewards": "engagement",
    "/api/streak": "engagement",
    "/api/events": "engagement",
    "/api/achievements": "engagement",
    "/api/battlepass": "engagement",
    "/api/vip": "engagement",
    "/api/public": "engagement",
    "/ws/": "realtime",
    "/api/admin": "admin",
    "/api/shop": "shop",
    "/api/": "home",
}
# Each has its prefix itself: metrics and spans name a route by its own path, not by where it was included.
ROUTERS = (
    games_routes.users_router,  # /users/stats stands before /users/{user_id}
    identity_routes.router,
    identity_account_routes.router,
    play_routes.router,  # /games/gacha/stats stands before /games/{game_type}/stats
    play_routes.admin_router,
    games_routes.router,
    socket_routes.router,
    shop_routes.router,
    social_routes.router,
    social_routes.boards_router,
    rewards_routes.router,
    streaks_routes.router,
    events_routes.router,
    events_routes.public_router,
    achievements_routes.router,
    battlepass_routes.router,
    vip_routes.router,
    home_routes.router,
    home_status_routes.router,
    analytics_routes.router,
    realtime_routes.router,
    notifications_routes.router,
    notifications_routes.socket_router,
    admin_routes.router,
    admin_routes.gifts_router,
    admin_routes.personal_router,
)
KINDS = {
    ("POST", "/api/auth/login"): "login",
    ("POST", "/api/auth/signup"): "login",
    ("POST", "/api/actions/bulk"): "bulk",
    ("POST", "/api/streak/claim"): "claim",
    ("POST", "/api/vip/claim"): "claim",
    ("POST", "/api/rewards/redeem"): "claim",
    ("POST", "/api/events/claim/{event_id}"): "claim",
    ("POST", "/api/events/missions/{mission_id}/claim"): "claim",
    ("POST", "/api/battlepass/claim/{level}"): "claim",
    ("GET", "/api/dashboard"): "dashboard",
    ("GET", "/api/metrics/stream"): "stream",
    ("GET", "/api/users/me/export"): "bulk",
    ("POST", "/api/shop/buy"): "payment",
    ("POST", "/api/shop/limited/buy"): "payment",
    ("POST", "/api/shop/buy-limited"): "payment",
    ("POST", "/api/shop/transactions/{receipt_code}/settle"): "payment",
    ("POST", "/api/shop/transactions/{receipt_code}/refund"): "payment",
}


@dataclass(frozen=True)
class Parts:
    """What an API process is made of."""

    settings: Settings
    database: Database
    calendar: Calendar
    redis: RedisClient
    limits: RateLimits
    checker: TokenChecker
    admission: Admission
    table: Table
    crash_ends: CrashEnds
    clock: ServerClock
    bonuses: WinBonuses
    configs: GameConfigs
    shop: Shop
    hub: Hub
    home: HomePage
    figures: PublicFigures
    streams: FigureStreams
    status: PublicStatus
    olap: OlapStore
    health: health.Health


def build_parts(settings: Settings) -> Parts:
    """Connects nothing yet: pools open when they are first used."""
    database = Database(
        settings.database_url.get_secret_value(),
        pool_size=settings.database_pool_size,
        instance=settings.instance,
    )
    redis = connect(settings.redis_url.get_secret_value())
    limits = RateLimits(redis, mode=settings.rate_limit_mode)
    checker = TokenChecker(
        settings, database=database, redis=redis, limits=limits, user_limits=_user_limits(settings)
    )
    admission = Admission(settings, database=database, revocations=checker.revocations)
    calendar = Calendar(settings.time_zone)
    clock = ServerClock(database, strict=settings.crash_db_strict)
    bonuses = WinBonuses(database)
    configs = GameConfigs(database)
    table = open_table(settings, database, clock=clock, bonuses=bonuses, configs=configs)
    crash_ends = CrashEnds(
        database, bonuses, rows_max=settings.spin_batch_rows_max, lanes=settings.spin_batch_lanes
    )
    figures = PublicFigures(database, redis, online=partial(online_count, redis))
    home = HomePage(database, figures, calendar)
    hub = Hub(
        database=database,
        redis=redis,
        checker=checker,
        snapshot=home.snapshot,
        expanders=MESSAGES,
        declining=partial(who_declines, database),
    )
    checks = health.Health([health.postgres(database), health.redis(redis)])
    store = OlapStore(
        ClickHouse(settings.clickhouse_url.get_secret_value()) if settings.clickhouse_enabled else None,
        consumer=PUBLISHER if settings.kafka_enabled else SINK,
    )
    return Parts(
        settings=settings,
        database=database,
        calendar=calendar,
        redis=redis,
        limits=limits,
        checker=checker,
        admission=admission,
        table=table,
        crash_ends=crash_ends,
        clock=clock,
        bonuses=bonuses,
        configs=configs,
        hub=hub,
        home=home,
        figures=figures,
        streams=FigureStreams(figures),
        status=PublicStatus(settings.prometheus_url),
        olap=store,
        health=checks,
        shop=build_shop(settings, database=database, redis=redis),
    )


def _user_limits(settings: Settings) -> UserLimits:
    return UserLimits(
        burst=Limit("user", settings.rate_limit_user_per_second, 1),
        minute=Limit("user", settings.rate_limit_user_per_minute, 60),
    )


def build_api(parts: Parts, *, private_port: int = 0) -> FastAPI:
    """The FastAPI application with every route; what runs is `build_app`, which puts the edge around it."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        waker = Waker(parts.redis)
        parts.database.committed = waker.tell
        loops: dict[str, Loop] = {
            "health": parts.health.run,
            "limits": parts.limits.run,
            "revocations": parts.checker.run,
            "hub": parts.hub.run,
            "waker": waker.run,
            "clock": parts.clock.run,
            "win_bonuses": parts.bonuses.run,
            "game_configs": parts.configs.run,
            "pool": partial(watch_pool, parts.database),
        }
        async with running(loops):
            await parts.checker.wait_until_ready(REVOCATIONS_SECONDS_MAX)
            await parts.configs.wait_until_known(CONFIGS_SECONDS_MAX)
            yield
        parts.admission.close()
        await parts.table.drain()
        await parts.crash_ends.drain()
        await parts.status.close()
        await parts.shop.gateway.close()
        if parts.olap.clickhouse is not None:
            await parts.olap.clickhouse.close()
        await parts.redis.aclose()
        await parts.database.close()

    api = FastAPI(
        title="Casino-Club",
        version=__version__,
        description="A free-to-play casino. Gold is play money; every promise of this API is measured.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    api.state.private_port = private_port
    provide(api, _resources(parts))
    for router in ROUTERS:
        api.include_router(router)
    api.include_router(ops.router)
    serve_document(api)
    serve_docs(api)
    serve_client(api, _client_folder(parts.settings))
    keep_paths_apart(api, ROUTERS)
    _answer_errors_as_problems(api)
    return api


def _resources(parts: Parts) -> dict[type[Any], Any]:
    """What routes find by its type."""
    return {
        Settings: parts.settings,
        Database: parts.database,
        Calendar: parts.calendar,
        RedisClient: parts.redis,
        RateLimits: parts.limits,
        TokenChecker: parts.checker,
        Admission: parts.admission,
        Table: parts.table,
        CrashEnds: parts.crash_ends,
        ServerClock: parts.clock,
        GameConfigs: parts.configs,
        ReceiptSigner: ReceiptSigner(parts.settings.secret_key.get_secret_value()),
        Shop: parts.shop,
        Hub: parts.hub,
        HomePage: parts.home,
        PublicFigures: parts.figures,
        FigureStreams: parts.streams,
        PublicStatus: parts.status,
        OlapStore: parts.olap,
        health.Health: parts.health,
    }


def _client_folder(settings: Settings) -> Path:
    return Path(settings.web_dist) if settings.web_dist else Path(__file__).parents[1] / "web" / "dist"


def _answer_errors_as_problems(api: FastAPI) -> None:
    def problem(request: Request, refusal: CasinoError, headers: Mapping[str, str] | None = None) -> Response:
        answer = problem_answer(refusal, exchange_of(request.scope).traceparent)
        named = {name.decode(): value.decode() for name, value in answer.headers}
        return Response(answer.body, answer.status, named | dict(headers or {}), PROBLEM_JSON.decode())

    @api.exception_handler(CasinoError)
    async def refused(request: Request, error: CasinoError) -> Response:
        return problem(request, error)

    @api.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return problem(request, validation_failed(error.errors()))

    @api.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> Response:
        # Starlette would answer 500 in plain text; the edge knows which failures are 503, and logs the others.
        raise error

    @api.exception_handler(HTTPException)
    async def not_routed(request: Request, error: HTTPException) -> Response:
        path = request.scope["path"]
        if error.status_code == 405:
            route = route_path(request.scope)
            # A path that is kept apart has no template: it is its own.
            allow = {"allow": allowed_methods(api.openapi(), path if route == UNMATCHED else route)}
            return problem(request, MethodNotAllowed(f"{request.method} is not for {path}."), allow)
        if error.status_code == 404:
            return problem(request, NotFound(f"There is nothing at {path}."))
        return problem(request, too_long(error) or BadRequest("The request cannot be read."))


def build_app(parts: Parts, *, private_port: int = 0) -> ASGIApp:
    """What the server runs: the edge, and behind it the API twice, with tracing and without."""
    api = build_api(parts, private_port=private_port)
    plain = api.build_middleware_stack()
    FastAPIInstrumentor.instrument_app(api)
    instrumented = api.build_middleware_stack()
    # Its outermost layer would answer any failure with 500 in plain text, before the edge can say which it was.
    assert isinstance(instrumented, ServerErrorMiddleware), (
        "the instrumentation wraps the stack in another way"
    )

    def behind_the_edge(stack: ASGIApp) -> ASGIApp:
        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            scope["app"] = api
            await stack(scope, receive, send)

        return answer

    lean_spin = play_routes.lean_spin(parts.table, parts.checker)
    return Edge(
        behind_the_edge(plain),
        traced=behind_the_edge(instrumented.app),
        lean={("POST", play_routes.SPIN_PATH): lean_spin} if parts.settings.lean_routes else {},
        metering=Metering(surfaces=SURFACES, kinds=KINDS),
        limits=parts.limits,
        address_limit=Limit("address", parts.settings.rate_limit_address_per_minute, 60),
        sample_ratio=parts.settings.trace_sample_ratio,
        trusted=trusted_proxies(parts.settings.trusted_proxies),
    )


def instrument_clients() -> None:
    """Spans for every client library of the process; unsampled work makes none."""
    AIOKafkaInstrumentor().instrument()
    AsyncPGInstrumentor().instrument()  # type: ignore[no-untyped-call]  # the package types none of its constructors
    RedisInstrumentor().instrument()


def trusted_proxies(listed: str) -> Callable[[str], bool]:
    """Whether an address is one of our proxies, whose X-Forwarded-For can be believed."""
    networks = [ip_network(part.strip(), strict=False) for part in listed.split(",") if part.strip()]

    def trusted(address: str) -> bool:
        try:
            return any(ip_address(address) in network for network in networks)
        except ValueError:
            return False

    return trusted


async def watch_pool(database: Database) -> None:
    """Keeps the pool's gauges true until cancelled."""
    gauge("db_pool_size").set(database.pool_size)
    while True:
        gauge("db_pool_in_use").set(database.in_use())
        await asyncio.sleep(POOL_SECONDS)


def run_api(settings: Settings, *, host: str, port: int, private_port: int) -> None:
    """Serves the API on the shared public port and on this process's private one, until told to stop."""
    set_up_logging(settings.log_level, service="api", instance=settings.instance)
    provider = tracing.set_up(settings, "casino-api")
    instrument_clients()
    gauge("build_info").labels(__version__, settings.commit).set(1)
    gauge("auto_seed_basic_applied").set(settings.auto_seed_basic)
    parts = build_parts(settings)
    app = build_app(parts, private_port=private_port)
    listeners = [bind(host, port, shared=True), bind(host, private_port)]

    async def drain() -> None:
        await parts.streams.close()
        await parts.hub.drain()

    serve(app, listeners, drain=drain, grace_seconds=settings.shutdown_drain_seconds)
    if provider is not None:
        provider.shutdown()
