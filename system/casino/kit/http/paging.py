"""How a list is paged: by an opaque cursor; the ways of older clients still work, and say that they are old."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Query
from starlette.requests import Request

from casino.kit.http.deprecation import mark_superseded
from casino.kit.http.wire import Cursor, Limit

OFFSET_MAX = 10_000
SINCE = date(2026, 11, 22)


def _old(description: str, **bounds: Any) -> Any:
    return Query(description=description, deprecated=True, **bounds)


@dataclass(frozen=True, slots=True)
class Paged:
    """What page is asked for: so many items after the cursor, or after the first `offset` ones without."""

    limit: int
    cursor: str | None
    offset: int


async def _paged(
    request: Request,
    limit: Limit = 20,
    cursor: Cursor = None,
    offset: Annotated[int | None, _old("Items to pass over; use `cursor`.", ge=0, le=OFFSET_MAX)] = None,
    page: Annotated[int | None, _old("Which page, from 1; use `cursor`.", ge=1, le=OFFSET_MAX // 100)] = None,
    page_size: Annotated[int | None, _old("Use `limit`.", ge=1, le=100)] = None,
) -> Paged:
    if (offset, page, page_size) == (None, None, None):
        return Paged(limit, cursor, 0)
    mark_superseded(request, f"{request.scope['path']}?limit={limit}", since=SINCE)
    size = limit if page_size is None else page_size
    if cursor is not None:
        return Paged(size, cursor, 0)
    return Paged(size, None, offset if offset is not None else ((page or 1) - 1) * size)


Paging = Annotated[Paged, Depends(_paged)]
"""The page a request asks for."""
