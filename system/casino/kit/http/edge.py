"""The outermost layer: trace, limits on size and rate, metrics and headers of every request, in one pass.

Plain ASGI, because it stands before every request: a chain of middleware classes cost more than settling a spin.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from casino.kit import tracing
from casino.kit.errors import CasinoError, PayloadTooLarge, TooManyRequests, UnsupportedMediaType
from casino.kit.http.failures import as_casino_error
from casino.kit.http.metering import Metering, route_path
from casino.kit.http.wire import PROBLEM_MEDIA
from casino.kit.ids import uuid7
from casino.kit.limits import Limit, RateLimits, Verdict

BODY_BYTES_MAX = 1024 * 1024
PROBLEM_JSON = PROBLEM_MEDIA.encode()
CLIENT_CLOSED = 499
SWITCHED, REFUSED, BROKEN = 101, 403, 500

log = structlog.get_logger(__name__)
Lean = Callable[[Scope, Receive], Awaitable["LeanAnswer"]]


@dataclass(frozen=True, slots=True)
class LeanAnswer:
    """What a lean route answers: a JSON body and extra headers."""

    body: bytes
    status: int = 200
    headers: tuple[tuple[bytes, bytes], ...] = ()


class BodyTooLong(Exception):
    """The body passed the bound while it was being read."""


@dataclass(slots=True)
class Exchange:
    """One request on its way through the edge; in `scope["exchange"]`."""

    traceparent: str
    request_id: bytes
    started: float
    # When the last byte was there: what counts where a moment is worth gold. Who sends the head early, and the body
    # once they know more, has not asked before.
    arrived: float
    status: int = 0
    verdict: Verdict | None = None
    rate_mark: bool = False
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)


class Edge:
    """Wraps the application. `lean` routes (method, path) are answered before any router is asked."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        traced: ASGIApp,
        lean: Mapping[tuple[str, str], Lean],
        metering: Metering,
        limits: RateLimits,
        address_limit: Limit,
        sample_ratio: float,
        trusted: Callable[[str], bool],
    ) -> None:
        self._app = app
        self._traced = traced
        self._lean = lean
        self._metering = metering
        self._limits = limits
        self._address_limit = address_limit
        self._sample_ratio = sample_ratio
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._answer_handshake(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"
        if head:
            # RFC 9110, 9.3.2: what GET would answer, without its body.
            scope = {**scope, "method": "GET"}
        exchange = self._open(scope)
        tracing.current.set(exchange.traceparent)
        sender = _Sender(exchange, send, head=head)
        self._metering.begin()
        try:
            self._admit(scope, exchange)
            await self._answer(scope, _bounded(receive, exchange), sender)
        except Exception as error:
            await self._fail(scope, sender, error)
        finally:
            self._metering.end(
                scope, exchange.status or CLIENT_CLOSED, exchange.started, exchange.traceparent
            )

    async def _answer_handshake(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A socket is one request to its users: it was opened, refused, or broke before either."""
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if not status:
                status = SWITCHED if message["type"] == "websocket.accept" else REFUSED
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            status = status or BROKEN
            raise
        finally:
            self._metering.count("GET", route_path(scope), status or CLIENT_CLOSED)

    def _open(self, scope: Scope) -> Exchange:
        incoming: bytes | None = None
        request_id: bytes | None = None
        forwarded: bytes | None = None
        for name, value in scope["headers"]:
            if name == b"traceparent":
                incoming = value
            elif name == b"x-request-id":
                request_id = value
            elif name == b"x-forwarded-for":
                forwarded = value
        traceparent = tracing.start(incoming.decode("latin-1") if incoming else None, self._sample_ratio)
        now = time.perf_counter()
        exchange = Exchange(traceparent, _safe_request_id(request_id), started=now, arrived=now)
        scope["exchange"] = exchange
        scope["address"] = self._address(scope, forwarded)
        return exchange

    def _address(self, scope: Scope, forwarded: bytes | None) -> str:
        """The caller's address: the last hop that no proxy of ours wrote."""
        client = scope.get("client")
        peer: str = client[0] if client else "unknown"
        if forwarded is None or not self._trusted(peer):
            return peer
        return forwarded.decode("latin-1").rsplit(",", 1)[-1].strip()[:64] or peer

    def _admit(self, scope: Scope, exchange: Exchange) -> None:
        length = 0
        media = b""
        for name, value in scope["headers"]:
            if name == b"content-length":
                length = int(value) if value.isdigit() else 0
            elif name == b"content-type":
                media = value
            elif name == b"transfer-encoding":
                length = length or 1
        # A body of GET means nothing and is not read (RFC 9110, 9.3.1).
        taken = scope["method"] != "GET"
        if taken and length > BODY_BYTES_MAX:
            raise PayloadTooLarge(f"The body is {length} bytes; at most {BODY_BYTES_MAX} are taken.")
        if taken and length and not media.split(b";")[0].strip().lower().endswith((b"/json", b"+json")):
            shown = media.decode("latin-1")[:80] or "missing"
            raise UnsupportedMediaType(f"Content-Type is {shown}; send application/json.")
        if self._limits.mode != "off" and scope["path"].startswith("/api/"):
            self.limit(exchange, scope["address"], self._address_limit)

    def limit(self, exchange: Exchange, identifier: str, limit: Limit) -> None:
        """Counts the request against a limit; 429 when it is over and limits are enforced."""
        hold(self._limits, exchange, identifier, limit)

    async def _answer(self, scope: Scope, receive: Receive, sender: "_Sender") -> None:
        traceparent = sender.exchange.traceparent
        if tracing.is_sampled(traceparent):
            # Also where we began the trace: the instrumentation reads it from the request's headers.
            others = [header for header in scope["headers"] if header[0] != b"traceparent"]
            scope["headers"] = [*others, (b"traceparent", traceparent.encode())]
            await self._traced(scope, receive, sender)
            return
        lean = self._lean.get((scope["method"], scope["path"]))
        if lean is not None:
            scope["route_path"] = scope["path"]
            await sender.lean(await lean(scope, receive))
            return
        await self._app(scope, receive, sender)

    async def _fail(self, scope: Scope, sender: "_Sender", error: Exception) -> None:
        if sender.started:
            log.error("answer_broken", path=scope["path"], error=repr(error))
            return
        refusal = too_long(error) or as_casino_error(error)
        if refusal.status >= 500 and type(refusal) is CasinoError:
            log.exception("unhandled_error", path=scope["path"], exc_info=error)
        await sender.problem(refusal)


def hold(limits: RateLimits, exchange: Exchange, identifier: str, limit: Limit) -> None:
    """Counts a request against a limit and keeps the tightest verdict for its headers; 429 when it is over."""
    verdict = limits.take(identifier, limit)
    if exchange.verdict is None or verdict.remaining < exchange.verdict.remaining:
        exchange.verdict = verdict
    if limits.blocks(verdict):
        raise TooManyRequests(
            f"More than {limit.requests} requests in {limit.seconds} s; wait {verdict.reset_seconds} s.",
            retry_after_seconds=verdict.reset_seconds,
            limit=limit.requests,
            scope=limit.scope,
        )
    exchange.rate_mark = exchange.rate_mark or verdict.exceeded


class _Sender:
    """Adds the headers that every answer has, and remembers how it went."""

    def __init__(self, exchange: Exchange, send: Send, *, head: bool) -> None:
        self.exchange = exchange
        self.started = False
        self._head = head
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.exchange.status = message["status"]
            message["headers"] = [*message.get("headers", ()), *self._common()]
        elif self._head:
            message = {**message, "body": b""}
        await self._send(message)

    def _common(self) -> list[tuple[bytes, bytes]]:
        exchange = self.exchange
        headers = [
            (b"traceparent", exchange.traceparent.encode()),
            (b"x-request-id", exchange.request_id),
            (b"x-content-type-options", b"nosniff"),
            *exchange.headers,
        ]
        verdict = exchange.verdict
        if verdict is not None:
            headers += [
                (b"ratelimit-limit", b"%d" % verdict.limit.requests),
                (b"ratelimit-remaining", b"%d" % max(0, verdict.remaining)),
                (b"ratelimit-reset", b"%d" % verdict.reset_seconds),
            ]
        if exchange.rate_mark:
            headers.append((b"x-ratelimit-sim", b"would-block"))
        return headers

    async def lean(self, answer: LeanAnswer, media: bytes = b"application/json") -> None:
        """A whole answer at once."""
        headers = [(b"content-type", media), (b"content-length", b"%d" % len(answer.body)), *answer.headers]
        await self({"type": "http.response.start", "status": answer.status, "headers": headers})
        await self({"type": "http.response.body", "body": answer.body})

    async def problem(self, refusal: CasinoError) -> None:
        """A refusal, as RFC 9457 has it."""
        answer = problem_answer(refusal, self.exchange.traceparent)
        await self.lean(answer, PROBLEM_JSON)


def problem_answer(refusal: CasinoError, traceparent: str) -> LeanAnswer:
    """Body, status and headers of a refusal."""
    body = orjson.dumps(refusal.problem(tracing.trace_id(traceparent)))
    headers: list[tuple[bytes, bytes]] = []
    if refusal.retry_after_seconds is not None:
        headers.append((b"retry-after", b"%d" % refusal.retry_after_seconds))
    if refusal.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    return LeanAnswer(body, refusal.status, tuple(headers))


async def read_body(receive: Receive) -> bytes:
    """The whole body; the edge has bounded it."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    return body


def _bounded(receive: Receive, exchange: Exchange) -> Receive:
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > BODY_BYTES_MAX:
            raise BodyTooLong
        if message["type"] == "http.request":
            exchange.arrived = time.perf_counter()
        return message

    return bounded


def too_long(error: BaseException | None) -> PayloadTooLarge | None:
    """The refusal when the bound on the body is what ended it, however deep a parser wrapped that; else None."""
    while error is not None:
        if isinstance(error, BodyTooLong):
            return PayloadTooLarge(f"The body is over {BODY_BYTES_MAX} bytes.")
        error = error.__cause__ or error.__context__
    return None


def _safe_request_id(given: bytes | None) -> bytes:
    if given and len(given) <= 128 and given.isascii() and given.decode("latin-1").isprintable():
        return given
    return str(uuid7()).encode()


def exchange_of(scope: Mapping[str, Any]) -> Exchange:
    """The exchange that the edge opened for this request."""
    exchange: Exchange = scope["exchange"]
    return exchange
