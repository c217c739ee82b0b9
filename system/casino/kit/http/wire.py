"""What requests and answers look like on the wire."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar

import orjson
from fastapi import Query
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
)
from pydantic.alias_generators import to_camel

from casino.kit.clock import rfc3339
from casino.kit.errors import Unprocessable

PROBLEM_MEDIA = "application/problem+json"
T = TypeVar("T")
Moment = Annotated[datetime, PlainSerializer(rfc3339, return_type=str)]
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_FULL_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d")


def _as_rfc3339(value: object) -> object:
    """Text in the form of RFC 3339 as it is; pydantic alone would also take numbers for Unix time."""
    if isinstance(value, datetime) or (isinstance(value, str) and _RFC3339.match(value)):
        return value
    raise ValueError("write it as RFC 3339 does, with an offset: 2026-11-21T20:15:00Z")


def _as_full_date(value: object) -> object:
    """Text in the form of RFC 3339's full-date as it is; pydantic alone would also take numbers for Unix time."""
    if isinstance(value, date) or (isinstance(value, str) and _FULL_DATE.fullmatch(value)):
        return value
    raise ValueError("write it as RFC 3339 does: 2026-11-21")


def _as_whole(value: object) -> object:
    """A number without a fraction, as JSON Schema has integers: 5 and 5.0; pydantic would also take true and "5"."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise ValueError("write it as a number without a fraction")


def _in_utc(moment: datetime) -> datetime:
    """The moment in UTC; one that an offset carries out of the calendar becomes its first or last."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return _FIRST if moment.year == 1 else _LAST


WrittenMoment = Annotated[AwareDatetime, BeforeValidator(_as_rfc3339)]
"""A moment in a request, as it was written: RFC 3339, with an offset."""
WRITTEN_DAY = BeforeValidator(_as_full_date)
"""Marks a date in a request, behind its bounds, that must be written as RFC 3339's full-date."""
WHOLE = BeforeValidator(_as_whole)
"""Marks an integer in a request, behind its bounds: `Annotated[int, Field(ge=1), WHOLE]`."""
AskedMoment = Annotated[WrittenMoment, AfterValidator(_in_utc)]
"""The same in UTC."""
Limit = Annotated[int, Query(ge=1, le=100, description="How many items at most.")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")]


class BadCursor(Unprocessable):
    code, title = "invalid_cursor", "Invalid cursor"


class Asked(BaseModel):
    """A request body: snake_case or camelCase, nothing unknown."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class Answered(BaseModel):
    """An answer: snake_case, and every member is always there."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Page(Answered, Generic[T]):
    """One page of a list; `next_cursor` is null on the last."""

    items: list[T]
    next_cursor: str | None


class Problem(BaseModel):
    """An error, as RFC 9457 has it, with a stable code in `error`."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["urn:casino-club:error:insufficient_gold"])
    title: str
    status: int
    detail: str
    error: str = Field(examples=["insufficient_gold"])
    trace_id: str


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that can answer these errors; the document gives them their media type."""
    return {status: {"model": Problem, "description": MEANING[status]} for status in statuses}


def links(status: int, **leads: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """Where an answer leads (OpenAPI links, by name), for `responses`: values of it that another operation takes."""
    return {status: {"links": leads}}


MEANING = {
    400: "The request cannot be read.",
    401: "Not authenticated.",
    402: "Not enough gold.",
    403: "Not allowed.",
    404: "Not found.",
    405: "Method not allowed.",
    409: "Conflicts with what is there.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The request is not valid.",
    429: "Too many requests.",
    503: "Temporarily unavailable; try again.",
}


def write_cursor(*parts: int | str) -> str:
    """An opaque cursor that holds these values."""
    return urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def read_cursor(cursor: str | None, kind: type[T]) -> T | None:
    """The one value a cursor holds, or None without one; 422 when it is not one of ours."""
    if cursor is None:
        return None
    try:
        (value,) = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as error:
        raise BadCursor(
            "The cursor is not one that this list gave out; start from its first page."
        ) from error
    if type(value) is not kind or (isinstance(value, int) and not 0 <= value < 2**63):
        raise BadCursor("The cursor is not one that this list gave out; start from its first page.")
    return value
