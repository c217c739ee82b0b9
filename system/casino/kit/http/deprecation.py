"""Old aliases say so in every answer, errors too, and are counted until nobody calls them."""

from datetime import UTC, date, datetime, time
from typing import Any

from fastapi import Depends
from starlette.requests import Request

from casino.kit.http.edge import exchange_of
from casino.kit.http.metering import route_path
from casino.kit.metrics import counter


def superseded_by(path: str, *, since: date) -> Any:
    """A dependency for the route of an alias that `path` has taken the place of.

    Adds ``Deprecation`` (RFC 9745, a date as ``@`` and Unix seconds) and ``Link`` with the successor.
    """

    async def mark(request: Request) -> None:
        mark_superseded(request, path, since=since)

    return Depends(mark)


def mark_superseded(request: Request, path: str, *, since: date) -> None:
    """Says in the answer that what was asked is old and `path` takes its place, and counts it."""
    moment = int(datetime.combine(since, time(), UTC).timestamp())
    counter("deprecated_endpoint_requests_total").labels(route_path(request.scope)).inc()
    exchange_of(request.scope).headers.extend(
        (
            (b"deprecation", f"@{moment}".encode()),
            (b"link", f'<{path}>; rel="successor-version"'.encode()),
        )
    )
