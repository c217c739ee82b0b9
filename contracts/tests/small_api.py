"""A small HTTP service that keeps every convention, and breaks one of them on demand: what the room is tried on."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import uvicorn

TOKEN = "the-only-token"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "error", "trace_id"],
    "properties": {"status": {"type": "integer"}, "error": {"type": "string"}},
}
_THING = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
}
_NEW_THING = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 20}},
}


def document() -> dict[str, Any]:
    """Its OpenAPI document."""

    def answer(media: str, schema: dict[str, Any]) -> dict[str, Any]:
        return {"description": "An answer.", "content": {media: {"schema": schema}}}

    def problems(*statuses: int) -> dict[str, Any]:
        return {str(status): answer("application/problem+json", _PROBLEM) for status in statuses}

    security: list[dict[str, list[str]]] = [{"bearer": []}]
    thing_id = {
        "name": "thing_id",
        "in": "path",
        "required": True,
        "schema": {"type": "integer", "minimum": 1, "maximum": 9},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Small", "version": "1"},
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
        "paths": {
            "/api/things/{thing_id}": {
                "get": {
                    "operationId": "thing_get",
                    "security": security,
                    "parameters": [thing_id],
                    "responses": {"200": answer("application/json", _THING), **problems(401, 422)},
                }
            },
            "/api/things": {
                "post": {
                    "operationId": "thing_make",
                    "security": security,
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": _NEW_THING}},
                    },
                    "responses": {"201": answer("application/json", _THING), **problems(400, 401, 415, 422)},
                }
            },
        },
    }


class SmallApi:
    """The service as an ASGI application. `fault` is the convention that it breaks, or "" for none."""

    def __init__(self, fault: str = "") -> None:
        self.fault = fault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        status, told = self._answer(scope, body)
        headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-00", "x-request-id": "1"}
        headers |= {"x-content-type-options": "nosniff", "content-type": "application/json"}
        if status >= 400:
            headers["content-type"] = "application/problem+json"
            told = _problem(status)
        if status == 401:
            headers["www-authenticate"] = "Bearer"
        if status == 405:
            headers["allow"] = "POST" if scope["path"] == "/api/things" else "GET"
        self._spoil(status, headers)
        payload = json.dumps(told).encode()
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        raw.append((b"content-length", b"%d" % len(payload)))
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": payload})

    def _answer(self, scope: Scope, body: bytes) -> tuple[int, Any]:
        thing = re.fullmatch(r"/api/things/([^/]+)", scope["path"])
        if scope["path"] != "/api/things" and not thing:
            return 404, None
        if scope["method"] != ("GET" if thing else "POST"):
            return 405, None
        sent = dict(scope["headers"])
        if self.fault != "open door" and sent.get(b"authorization") != f"Bearer {TOKEN}".encode():
            return 401, None
        if thing:
            return self._get(thing[1])
        media = sent.get(b"content-type", b"").split(b";")[0].strip()
        return self._make(body) if media == b"application/json" else (415, None)

    def _get(self, text: str) -> tuple[int, Any]:
        if not re.fullmatch("[1-9]", text):
            return 422, None
        if self.fault == "undocumented status":
            return 418, None
        if self.fault == "wrong schema":
            return 200, {"id": text, "name": None}
        return 200, {"id": int(text), "name": "thing"}

    def _make(self, body: bytes) -> tuple[int, Any]:
        try:
            asked = json.loads(body)
        except ValueError:
            return 400, None
        if self.fault == "crash" and isinstance(asked, dict) and "name" not in asked:
            return 500, None
        if self.fault == "accepts anything":
            return 201, {"id": 1, "name": "thing"}
        if not isinstance(asked, dict) or set(asked) != {"name"} or not isinstance(asked["name"], str):
            return 422, None
        fits = 1 <= len(asked["name"]) <= 20 and self.fault != "refuses everything"
        return (201, {"id": 1, "name": asked["name"]}) if fits else (422, None)

    def _spoil(self, status: int, headers: dict[str, str]) -> None:
        if self.fault == "no Allow" and status == 405:
            del headers["allow"]
        if self.fault == "errors of another shape" and status == 422:
            headers["content-type"] = "application/json"
        if self.fault == "no trace":
            del headers["traceparent"]


def _problem(status: int) -> dict[str, Any]:
    return {
        "type": "urn:casino-club:error:refused",
        "title": "Refused",
        "status": status,
        "detail": "No.",
        "error": "refused",
        "trace_id": TRACE,
    }


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serves an application on a free port of this machine; its address."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
