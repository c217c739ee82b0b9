"""What operators ask a process: alive, ready, its metrics."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.concurrency import run_in_threadpool

from casino.kit.errors import NotFound
from casino.kit.health import Health
from casino.kit.http.resources import resource
from casino.kit.http.wire import Answered
from casino.kit.metrics import REGISTRY

router = APIRouter(tags=["ops"])


class Alive(Answered):
    status: Literal["ok"]


class Ready(Answered):
    """`dependencies` are ``up``, ``degraded`` (soft ones) or ``down`` (hard ones)."""

    ready: bool
    dependencies: dict[str, str]


@router.get("/health", operation_id="health_v1")
@router.get("/healthz", operation_id="healthz_v1")
@router.get("/api/health", operation_id="api_health_v1")
async def health() -> Alive:
    """The process answers."""
    return Alive(status="ok")


@router.get(
    "/readyz",
    operation_id="readyz_v1",
    response_model=Ready,
    responses={503: {"model": Ready, "description": "Not ready."}},
)
async def ready(checks: Annotated[Health, resource(Health)]) -> Response:
    """Whether the process can do its work, dependency by dependency; 503 while a hard one is away."""
    is_ready, dependencies = checks.report()
    body = Ready(ready=is_ready, dependencies=dependencies)
    return JSONResponse(body.model_dump(), status_code=200 if is_ready else 503)


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """OpenMetrics, on the private port alone."""
    server = request.scope.get("server")
    if not server or server[1] != request.app.state.private_port:
        raise NotFound("There is nothing at /metrics.")
    text = await run_in_threadpool(generate_latest, REGISTRY)
    return Response(text, media_type=CONTENT_TYPE_LATEST)
