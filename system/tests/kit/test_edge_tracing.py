"""The edge decides which requests are traced, and tells the instrumentation behind it."""

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from casino.kit import tracing
from casino.kit.http.edge import Edge
from casino.kit.http.metering import Metering
from casino.kit.limits import Limit, RateLimits
from casino.kit.redis import RedisClient

CALLERS = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Inner:
    """An application that answers 204 and remembers the `traceparent` it was asked with."""

    def __init__(self) -> None:
        self.traceparents: list[list[str]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.traceparents.append(
            [value.decode() for name, value in scope["headers"] if name == b"traceparent"]
        )
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize(
    ("sample_ratio", "given", "is_traced"),
    [(1.0, None, True), (0.0, None, False), (0.0, CALLERS, True), (1.0, CALLERS[:-2] + "00", False)],
)
async def test_a_sampled_request_carries_its_trace_inside(
    redis: RedisClient, sample_ratio: float, given: str | None, is_traced: bool
) -> None:
    """Begun here or by the caller, the trace that the answer names is the one the traced application sees."""
    plain, traced = Inner(), Inner()
    edge = Edge(
        plain,
        traced=traced,
        lean={},
        metering=Metering(surfaces={}, kinds={}),
        limits=RateLimits(redis, mode="off"),
        address_limit=Limit("address", 1, 1),
        sample_ratio=sample_ratio,
        trusted=lambda _: False,
    )
    transport = httpx.ASGITransport(edge)
    async with httpx.AsyncClient(transport=transport, base_url="http://casino.test") as client:
        answer = await client.get("/", headers={"traceparent": given} if given else {})
    asked = traced if is_traced else plain
    assert len(asked.traceparents) == 1
    assert tracing.is_sampled(answer.headers["traceparent"]) is is_traced
    if is_traced:
        assert asked.traceparents == [[answer.headers["traceparent"]]]
