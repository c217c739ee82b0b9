"""The idempotency key of a request, for writes that are one transaction: taken from it, and its answer given back."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Header
from starlette.requests import Request
from starlette.responses import Response

from casino.kit.http.metering import route_path
from casino.kit.idempotency import (
    KEY_SCHEMA,
    REPLAYED_HEADER,
    KeyedRequest,
    OnceAnswered,
    checked_key,
    fingerprint,
)
from casino.kit.metrics import counter

_Key = Annotated[
    str | None, Header(description="Makes the write safe to repeat.", json_schema_extra=KEY_SCHEMA)
]


async def _key_of(idempotency_key: _Key = None, x_idempotency_key: _Key = None) -> str | None:
    """The key in the headers, the first before its alias; 422 when any that was sent is no key."""
    sent = [checked_key(key) for key in (idempotency_key, x_idempotency_key) if key is not None]
    return sent[0] if sent else None


RequestKey = Annotated[str | None, Depends(_key_of)]


def keyed(
    request: Request, user_id: int, key: str | None, body: Mapping[str, Any] | None = None
) -> KeyedRequest:
    """The request as its key sees it: method, route, path parameters, and the validated `body` without the key."""
    parameters = {name: str(value) for name, value in request.path_params.items()}
    asked = fingerprint(request.method, route_path(request.scope), parameters, body or {})
    return KeyedRequest(user_id, key, asked)


def given(answer: OnceAnswered, *, claim: str | None = None) -> Response:
    """The answer on the wire; a replayed one says so. `claim` names what was claimed, where it is a claim."""
    headers = {REPLAYED_HEADER: "true"} if answer.replayed else {}
    if answer.replayed and claim is not None:
        counter("claims_replayed_total").labels(claim).inc()
    return Response(answer.body, media_type="application/json", headers=headers)
