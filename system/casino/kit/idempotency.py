"""A key makes a write safe to repeat: the same key and request get the first answer again, byte for byte."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from pydantic import BaseModel
from sqlalchemy import ColumnElement, Insert, Select, delete, exists, func, literal, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import FromClause

from casino.kit.errors import IdempotencyKeyExpired, IdempotencyKeyReused, Unprocessable
from casino.kit.metrics import counter
from casino.kit.models import IdempotencyRecord
from casino.kit.telemetry import pseudonym

_KEY = re.compile(r"[\x21-\x7e]{1,200}")
# Only documents the key: `checked_key` refuses with a code of its own.
KEY_SCHEMA: dict[str, Any] = {"pattern": r"^[\x21-\x7e]{1,200}$"}
REPLAYED_HEADER = "Idempotency-Replayed"

log = structlog.get_logger(__name__)


class InvalidIdempotencyKey(Unprocessable):
    code, title = "invalid_idempotency_key", "Invalid idempotency key"


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What a key was answered first; `digest` is of that moment, None when there were none yet."""

    fingerprint: bytes
    status: int
    body: str
    digest: bytes | None


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """Who asks for what, under which key (None: not to be repeated)."""

    user_id: int
    key: str | None
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class OnceAnswered:
    """An answer's JSON; `replayed` when its key had been answered before."""

    body: str
    replayed: bool


def checked_key(key: str | None) -> str | None:
    """The key as given, or None; 422 unless it is 1 to 200 printable ASCII characters without spaces."""
    if key is None or _KEY.fullmatch(key):
        return key
    raise InvalidIdempotencyKey("An idempotency key is 1 to 200 printable ASCII characters without spaces.")


def fingerprint(
    method: str, route: str, path_parameters: Mapping[str, str], body: Mapping[str, Any]
) -> bytes:
    """16 bytes that two requests share exactly when they ask for the same thing (the key itself left out)."""
    canonical = orjson.dumps([method, route, dict(path_parameters), dict(body)], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).digest()[:16]


def digest_of(user_id: int, key: str | None, body: str) -> bytes:
    """32 bytes that no other answer has, nor the same one under another key or of another user."""
    return hashlib.sha256(f"{user_id} {key} {body}".encode()).digest()


def replay(stored: StoredAnswer, request: KeyedRequest) -> str:
    """The body that the key was answered first, held against its digest and counted.

    Raises IdempotencyKeyReused for another request than the first, and IdempotencyKeyExpired when what is stored is
    no longer what was answered: nothing is done twice, and nothing wrong is told.
    """
    if stored.fingerprint != request.fingerprint:
        raise IdempotencyKeyReused(
            "This idempotency key was used for another request; send a new key with a new request."
        )
    if stored.digest is None:
        counter("idempotent_replays_total").labels("unverified").inc()
    elif stored.digest == digest_of(request.user_id, request.key, stored.body):
        counter("idempotent_replays_total").labels("replayed").inc()
    else:
        counter("idempotent_replays_total").labels("mismatch").inc()
        log.error("stored_answer_changed", user=pseudonym(request.user_id))
        raise IdempotencyKeyExpired("The answer to this idempotency key is damaged; it was not done again.")
    return stored.body


def unanswered(asked: FromClause) -> ColumnElement[bool]:
    """Whether the key of a row of `asked(user_id, key)` is new; a row without a key is."""
    record = IdempotencyRecord
    return ~exists().where(record.user_id == asked.c.user_id, record.key == asked.c.key)


def store_answers(answers: FromClause) -> Insert:
    """Inserts one record for each row of `answers(user_id, key, fingerprint, body)`, to run inside a settlement.

    Each with the digest that `digest_of` makes.

    A key that another request took at the same moment keeps that request's answer: it must not fail the batch, and
    the ledger still remembers what it paid.
    """
    columns = ["user_id", "key", "fingerprint", "status", "body", "digest"]
    told = func.concat(answers.c.user_id, " ", answers.c.key, " ", answers.c.body)
    digest = func.sha256(func.convert_to(told, "UTF8"))
    rows: Select[Any] = select(
        answers.c.user_id, answers.c.key, answers.c.fingerprint, literal(200), answers.c.body, digest
    ).where(answers.c.key.is_not(None))
    return insert(IdempotencyRecord).from_select(columns, rows).on_conflict_do_nothing()


async def answer_once(
    connection: AsyncConnection, request: KeyedRequest, work: Callable[[], Awaitable[BaseModel]]
) -> OnceAnswered:
    """The answer of `work`, done in the caller's transaction, or the one its key was given before.

    A second request with the key waits for the first to end. Raises what `replay` does; what `work` raises is not
    stored.
    """
    if request.key is None:
        return OnceAnswered((await work()).model_dump_json(), replayed=False)
    name = f"{request.user_id}:{request.key}"
    await connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
    record = IdempotencyRecord
    query = select(record.fingerprint, record.status, record.body, record.digest)
    found = await connection.execute(
        query.where(record.user_id == request.user_id, record.key == request.key)
    )
    for row in found:
        stored = StoredAnswer(bytes(row.fingerprint), row.status, row.body, row.digest)
        return OnceAnswered(replay(stored, request), replayed=True)
    body = (await work()).model_dump_json()
    digest = digest_of(request.user_id, request.key, body)
    kept = {
        "key": request.key,
        "fingerprint": request.fingerprint,
        "status": 200,
        "body": body,
        "digest": digest,
    }
    await connection.execute(insert(record).values(user_id=request.user_id, **kept))
    return OnceAnswered(body, replayed=False)


async def purge_expired(connection: AsyncConnection, *, ttl_seconds: int) -> int:
    """Forgets answers older than the time to live; returns how many. The ledger still remembers their keys."""
    old = IdempotencyRecord.created_at < func.now() - text(f"interval '{int(ttl_seconds)} seconds'")
    return (await connection.execute(delete(IdempotencyRecord).where(old))).rowcount
