"""One fact as sockets send it: its messages written once, carried through Redis as they will leave.

On the wire an envelope is a line of plain fields (first event number, commit time in microseconds, trace or
``-``, message types) and then one line of JSON a message: nobody between fact and socket parses JSON.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson
from pydantic import TypeAdapter

from casino.kit.clock import rfc3339
from casino.kit.outbox import Fact
from casino.realtime.schemas import EVENTS, FloorEvent, Presence, PresenceData

Expander = Callable[[Fact], Sequence[tuple[str, Mapping[str, Any]]]]
Expanders = Mapping[str, Expander]
Announcer = Callable[[Fact], Mapping[str, Any]]
"""What everybody is told of a fact, as the `data` of a notification."""

_WRITERS = {kind: (model, TypeAdapter(model).dump_json) for kind, model in EVENTS.items()}
_NO_TRACE = "-"


class Envelope(NamedTuple):
    """The messages of one fact; the n-th has the id `first_id + n`. `committed_at` is Unix seconds.

    One with the `first_id` 0 is a word about now: it has no number, and is heard by who listens or by nobody.
    """

    first_id: int
    types: tuple[str, ...]
    texts: tuple[str, ...]
    committed_at: float
    traceparent: str | None

    @property
    def last_id(self) -> int:
        """The id of its last message."""
        return self.first_id + len(self.texts) - 1


def seal(fact: Fact, expand: Expander) -> Envelope:
    """Writes a fact's messages through their models.

    Raises pydantic's ValidationError, KeyError for a type that has no model, or AssertionError when there are
    not as many messages as reserved numbers: such a fact is not sent.
    """
    messages = expand(fact)
    assert len(messages) == fact.messages, (
        f"{fact.type} reserved {fact.messages} numbers, not {len(messages)}"
    )
    timestamp = rfc3339(fact.occurred_at)
    texts = []
    for number, (kind, data) in enumerate(messages, fact.event_no):
        model, write = _WRITERS[kind]
        told = model.model_validate(
            {"id": number, "type": kind, "user_id": fact.user_id, "data": data, "timestamp": timestamp}
        )
        texts.append(write(told, exclude_unset=True).decode())
    return Envelope(
        first_id=fact.event_no,
        types=tuple(kind for kind, _ in messages),
        texts=tuple(texts),
        committed_at=fact.occurred_at.timestamp(),
        traceparent=fact.traceparent,
    )


def presence(user_id: int, actor_id: int, *, online: bool, at: float) -> Envelope:
    """The word to `user_id` that somebody came or went; `at` is Unix seconds."""
    data = PresenceData(user_id=actor_id, online=online)
    told = Presence(id=None, type="presence", user_id=user_id, data=data, timestamp=server_time(at))
    return Envelope(0, (told.type,), (told.model_dump_json(),), at, None)


def floor_events(envelope: Envelope, user_id: int) -> list[str]:
    """What of an envelope is told to who watches the floor: its game events, without the player's numbers."""
    found = []
    for kind, text in zip(envelope.types, envelope.texts, strict=True):
        if kind == "game_event":
            told = FloorEvent.model_validate(orjson.loads(text) | {"id": None, "user_id": user_id})
            found.append(told.model_dump_json())
    return found


def pack(envelope: Envelope) -> bytes:
    """The envelope's bytes."""
    head = (
        f"{envelope.first_id} {envelope.committed_at * 1e6:.0f} "
        f"{envelope.traceparent or _NO_TRACE} {','.join(envelope.types)}"
    )
    return "\n".join((head, *envelope.texts)).encode()


def unpack(packed: bytes) -> Envelope:
    """The envelope of these bytes; ValueError when they are none."""
    head, *texts = packed.decode().split("\n")
    first_id, microseconds, traceparent, types = head.split(" ")
    kinds = tuple(types.split(","))
    if len(kinds) != len(texts):
        raise ValueError(f"{len(kinds)} types for {len(texts)} messages")
    return Envelope(
        first_id=int(first_id),
        types=kinds,
        texts=tuple(texts),
        committed_at=int(microseconds) / 1e6,
        traceparent=None if traceparent == _NO_TRACE else traceparent,
    )


def server_time(seconds: float) -> str:
    """Unix seconds as messages have them."""
    return rfc3339(datetime.fromtimestamp(seconds, UTC))
