"""The gateway over HTTP: authorise, capture, void, refund, find; and the plan by which it misbehaves."""

import asyncio
import hmac
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from paygate.charges import Charge, Charges, Refused
from paygate.plan import Plan
from paygate.scripts import Script, script_of
from paygate.webhooks import Deliveries, announcements

CALLS = "/v1/"


class ChargeAsked(BaseModel):
    """A charge to authorise. `about` goes back in its webhooks."""

    model_config = ConfigDict(extra="forbid")

    reference: Annotated[str, Field(min_length=1, max_length=100)]
    amount_cents: Annotated[int, Field(ge=1, le=100_000_000)]
    payment_method: Annotated[str, Field(min_length=1, max_length=100)]
    about: dict[str, Any] = {}


@dataclass(frozen=True)
class Options:
    """What a gateway is started with. Without `webhook_url` it sends no webhook."""

    api_key: str
    state: str = ":memory:"
    webhook_url: str = ""
    webhook_secret: str = ""
    webhook_transport: httpx.AsyncBaseTransport | None = None
    plan: Plan = field(default_factory=Plan)


class Gateway:
    """One running gateway: its charges and the plan of the moment."""

    def __init__(self, options: Options, *, now: Callable[[], float] = time.time) -> None:
        self.plan = options.plan
        self.charges = Charges(options.state, now=now, announce=self._announce)
        self._told = bool(options.webhook_url)

    def _announce(self, charge: Charge) -> Any:
        return announcements(charge, self.plan) if self._told else []

    async def authorise(self, asked: ChargeAsked) -> Charge:
        """Makes the charge as its script says; HTTPException 500 when the script fails before anything happened."""
        known = self.charges.find(asked.reference)
        script = script_of(asked.payment_method, asked.reference, mix=self.plan.mix, seed=self.plan.seed)
        if known is None and script is Script.ERROR:
            raise HTTPException(500, "the gateway fails by its script; nothing was charged")
        charge = self.charges.authorise(
            asked.reference,
            amount_cents=asked.amount_cents,
            payment_method=asked.payment_method,
            script=script,
            about=asked.about,
            pending_seconds=self.plan.pending_seconds,
        )
        if charge.script is Script.TIMEOUT:
            await asyncio.sleep(self.plan.hang_seconds)
        if charge.script is Script.SLOW:
            await asyncio.sleep(self.plan.slow_seconds)
        return charge

    async def capture(self, reference: str) -> Charge:
        """Captures; HTTPException 500 after it did when the script says so."""
        charge = self.charges.capture(reference)
        if charge.script is Script.ERROR_AFTER_CAPTURE:
            raise HTTPException(500, "the gateway fails by its script, after it captured")
        return charge


def build(options: Options, *, now: Callable[[], float] = time.time) -> FastAPI:
    """The service; its lifespan delivers the webhooks."""
    gateway = Gateway(options, now=now)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if options.webhook_url:
                deliveries = Deliveries(
                    gateway.charges,
                    url=options.webhook_url,
                    secret=options.webhook_secret,
                    transport=options.webhook_transport,
                )
                delivering = asyncio.create_task(deliveries.run())
                stack.push_async_callback(_cancelled, delivering)
            yield
        gateway.charges.close()

    async def merchant(request: Request) -> None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), options.api_key.encode()):
            raise HTTPException(401, "send the gateway's API key as a bearer token")

    app = FastAPI(title="Casino-Club paygate", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.gateway = gateway
    _add_faults(app, gateway)
    _add_charges(app, gateway, merchant)
    _add_plan(app, gateway, merchant)
    return app


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _add_faults(app: FastAPI, gateway: Gateway) -> None:
    @app.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 409)

    @app.middleware("http")
    async def misbehave(request: Request, call_next: Any) -> Any:
        if not request.url.path.startswith(CALLS):
            return await call_next(request)
        if gateway.plan.delay_seconds:
            await asyncio.sleep(gateway.plan.delay_seconds)
        if gateway.plan.down:
            return JSONResponse({"detail": "the gateway is down by its plan"}, 503)
        return await call_next(request)


def _add_charges(app: FastAPI, gateway: Gateway, merchant: Any) -> None:
    guard = [Depends(merchant)]

    @app.post("/v1/charges", dependencies=guard)
    async def authorise(asked: ChargeAsked) -> dict[str, Any]:
        return (await gateway.authorise(asked)).shown()

    @app.get("/v1/charges", dependencies=guard)
    async def listed(
        after: str = "", limit: Annotated[int, Query(ge=1, le=1_000)] = 100
    ) -> list[dict[str, Any]]:
        return [charge.shown() for charge in gateway.charges.listed(after=after, charges_max=limit)]

    @app.get("/v1/charges/{reference}", dependencies=guard)
    async def find(reference: str) -> dict[str, Any]:
        charge = gateway.charges.find(reference)
        if charge is None:
            raise HTTPException(404, f"there is no charge {reference}")
        return charge.shown()

    @app.post("/v1/charges/{reference}/capture", dependencies=guard)
    async def capture(reference: str) -> dict[str, Any]:
        return (await gateway.capture(reference)).shown()

    @app.post("/v1/charges/{reference}/void", dependencies=guard)
    async def void(reference: str) -> dict[str, Any]:
        return gateway.charges.void(reference).shown()

    @app.post("/v1/charges/{reference}/refund", dependencies=guard)
    async def refund(reference: str) -> dict[str, Any]:
        return gateway.charges.refund(reference).shown()


def _add_plan(app: FastAPI, gateway: Gateway, merchant: Any) -> None:
    guard = [Depends(merchant)]

    @app.get("/plan", dependencies=guard)
    async def plan() -> Plan:
        return gateway.plan

    @app.put("/plan", dependencies=guard)
    async def change_plan(wanted: Plan) -> Plan:
        gateway.plan = wanted
        return wanted

    @app.get("/totals", dependencies=guard)
    async def totals() -> dict[str, dict[str, int]]:
        return gateway.charges.totals()

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}
