"""A server process with nothing but the hub in it: `python -m tests.realtime.hub_server PORT`."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI
from prometheus_client import generate_latest
from starlette.requests import Request
from starlette.responses import Response

from casino.games import socket_routes
from casino.games.service import GameConfigs, ServerClock
from casino.identity.service import TokenChecker
from casino.kit.database import Database
from casino.kit.http.resources import provide
from casino.kit.http.server import bind, serve
from casino.kit.limits import Limit, RateLimits, UserLimits
from casino.kit.metrics import REGISTRY
from casino.kit.redis import connect
from casino.kit.settings import load_settings
from casino.kit.tasks import running
from casino.kit.telemetry import set_up_logging
from casino.messages import MESSAGES
from casino.notifications import routes as notifications_routes
from casino.notifications.service import who_declines
from casino.realtime import routes, rules
from casino.realtime.service import Hub
from casino.wallet.service import balance_of

EXPANDERS = MESSAGES


def main(port: int) -> None:
    """Serves until it is told to stop."""
    settings = load_settings()
    set_up_logging("INFO", service="hub", instance=str(port))
    database = Database(settings.database_url.get_secret_value(), pool_size=5, instance=f"hub-{port}")
    redis = connect(settings.redis_url.get_secret_value())
    checker = TokenChecker(
        settings,
        database=database,
        redis=redis,
        limits=RateLimits(redis, mode="off"),
        user_limits=UserLimits(Limit("user", 1_000, 1), Limit("user", 1_000, 60)),
    )

    async def snapshot(user_id: int) -> dict[str, Any]:
        async with database.snapshot() as connection:
            balance = await balance_of(connection, user_id)
        await asyncio.sleep(times["SNAPSHOT_SECONDS"])
        return {"profile": {"gold_balance": balance}}

    times = {"SNAPSHOT_SECONDS": 0.0}
    hub = Hub(
        database=database,
        redis=redis,
        checker=checker,
        snapshot=snapshot,
        expanders=EXPANDERS,
        declining=partial(who_declines, database),
    )

    clock, configs = ServerClock(database), GameConfigs(database)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loops = {"hub": hub.run, "revocations": checker.run, "clock": clock.run, "configs": configs.run}
        async with running(loops):
            await checker.wait_until_ready(5.0)
            yield
        await redis.aclose()
        await database.close()

    usual = times | {name: value for name, value in vars(rules).items() if name.isupper()}
    app = FastAPI(lifespan=lifespan)
    provided = {Hub: hub, TokenChecker: checker, Database: database}
    provide(app, provided | {ServerClock: clock, GameConfigs: configs})
    app.include_router(routes.router)
    app.include_router(notifications_routes.socket_router)
    app.include_router(socket_routes.router)

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(REGISTRY), media_type="text/plain")

    @app.post("/rules")
    async def change_rules(request: Request) -> None:
        """Changes the hub's times, so that a test need not wait a minute; without values sets them back."""
        values = await request.json()
        assert values.keys() <= usual.keys()
        for name, value in (values or usual).items():
            if name in times:
                times[name] = value
            else:
                setattr(rules, name, value)

    serve(app, [bind("127.0.0.1", port)], drain=hub.drain, grace_seconds=5)


if __name__ == "__main__":
    main(int(sys.argv[1]))
