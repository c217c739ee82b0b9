"""Turns what went wrong below into an answer: each failure of a dependency has its status, none leaks its text."""

from asyncpg.exceptions import (
    LockNotAvailableError,
    PostgresError,
    QueryCanceledError,
    TooManyConnectionsError,
)
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from casino.kit.errors import CasinoError, IdempotencyInProgress, Unavailable


def as_casino_error(error: BaseException) -> CasinoError:
    """The error to answer with; an unknown one becomes a plain 500 whose details are only logged."""
    if isinstance(error, CasinoError):
        return error
    cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig is not None else error
    if isinstance(cause, LockNotAvailableError):
        return IdempotencyInProgress(
            "Another request holds what this one needs; try again.", retry_after_seconds=1
        )
    if isinstance(cause, QueryCanceledError | TooManyConnectionsError | PoolTimeout):
        return Unavailable("The database is overloaded; try again.", retry_after_seconds=2)
    if isinstance(cause, OSError | TimeoutError | RedisError) or _connection_lost(error, cause):
        return Unavailable(
            "A service this request needs cannot be reached; try again.", retry_after_seconds=2
        )
    return CasinoError("Something went wrong on our side; the trace id names this request in our logs.")


def _connection_lost(error: BaseException, cause: BaseException | None) -> bool:
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    # Class 57P: the server is shutting down or starting; class 08: the connection broke.
    state = getattr(cause, "sqlstate", "") or "" if isinstance(cause, PostgresError) else ""
    return state.startswith(("57P", "08"))
