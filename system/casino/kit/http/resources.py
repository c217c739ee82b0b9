"""How routes get what `app.py` wired: by its type, from one typed registry.

Dependencies are `async`: FastAPI sends every other kind through a thread, at the cost of a small read.
"""

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

T = TypeVar("T")


def resource(kind: type[T]) -> Any:
    """A dependency that is the application's one `kind`."""

    async def find(connection: HTTPConnection) -> T:
        return cast(T, connection.app.state.resources[kind])

    return Depends(find)


def provide(app: Any, things: Mapping[type[Any], Any]) -> None:
    """Registers what `resource` finds."""
    app.state.resources = dict(things)
