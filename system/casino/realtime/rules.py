"""Decisions of the hub: who can resume, what a client may send, how a socket ends and when to come back."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

import orjson

REPLAY_EVENTS_MAX = 500
REPLAY_SECONDS_MAX = 600
EVENT_ID_MAX = 2**63 - 1

FRAME_BYTES_MAX = 16 * 1024
FRAMES_AT_ONCE = 30
FRAMES_A_SECOND = 2.0
FAULTS_MAX = 5

PING_SECONDS = 25.0
SILENT_SECONDS_MAX = 60.0
SLOW_SECONDS_MAX = 5.0

SOCKETS_A_USER_MAX = 20
SOCKETS_A_PROCESS_MAX = 10_000
RETURNS_A_SECOND = 200


class CloseCode(IntEnum):
    """Why the server ends a socket; RFC 6455 defines those below 4000."""

    ABUSE = 1008
    FRAME_TOO_BIG = 1009
    FAILED = 1011
    RESTARTING = 1012
    TRY_LATER = 1013
    UNAUTHENTICATED = 4401
    FORBIDDEN = 4403
    SLOW = 4408
    SILENT = 4410
    TOO_MANY_SOCKETS = 4429


MEANING = {
    CloseCode.ABUSE: "The client sent too much, or too often what it may not send.",
    CloseCode.FRAME_TOO_BIG: f"A frame was longer than {FRAME_BYTES_MAX} bytes.",
    CloseCode.FAILED: "Something went wrong on our side; resume.",
    CloseCode.RESTARTING: 'The process restarts; resume after `{"retry_after": seconds}` of the reason.',
    CloseCode.TRY_LATER: 'The process is full or lacks a store; resume after `{"retry_after": seconds}`.',
    CloseCode.UNAUTHENTICATED: "The token is missing, bad, expired or revoked: get a new one, then resume.",
    CloseCode.FORBIDDEN: "The token is good, but this socket is another user's.",
    CloseCode.SLOW: f"The client took nothing for {SLOW_SECONDS_MAX:.0f} s while messages waited; resume.",
    CloseCode.SILENT: f"Nothing was heard from the client for {SILENT_SECONDS_MAX:.0f} s; resume.",
    CloseCode.TOO_MANY_SOCKETS: f"The user has {SOCKETS_A_USER_MAX} sockets open already.",
}
"""What a client is told in the documentation; the reason on the wire is a word or a small JSON object."""

METRIC_REASON = {
    CloseCode.ABUSE: "abuse",
    CloseCode.FRAME_TOO_BIG: "abuse",
    CloseCode.FAILED: "failed",
    CloseCode.RESTARTING: "drain",
    CloseCode.TRY_LATER: "away",
    CloseCode.UNAUTHENTICATED: "auth",
    CloseCode.FORBIDDEN: "auth",
    CloseCode.SLOW: "slow",
    CloseCode.SILENT: "silent",
    CloseCode.TOO_MANY_SOCKETS: "limit",
}


@dataclass(frozen=True, slots=True)
class Closing:
    """How a socket ends. `reason` has at most 123 bytes (RFC 6455, 5.5)."""

    code: CloseCode
    reason: str


class Heard(StrEnum):
    """What a client's frame was."""

    PING = "ping"
    PONG = "pong"
    NOT_JSON = "not_json"
    UNKNOWN_TYPE = "unknown_type"


def read_event_id(text: str | None) -> int | None:
    """The `last_event_id` a client sent; None when it sent none, -1 when it is no event number of anybody."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 19:
        return -1
    number = int(text)
    return number if number <= EVENT_ID_MAX else -1


def is_known(event_id: int, *, head: int) -> bool:
    """Whether this number was given to an event of the user; 0 is the place before the first."""
    return 0 <= event_id <= head


def may_replay(*, missed: int, oldest_seconds: float) -> bool:
    """Whether a gap is replayed: at most 500 events, or none of them older than 10 minutes."""
    return missed <= REPLAY_EVENTS_MAX or oldest_seconds <= REPLAY_SECONDS_MAX


def hear(frame: str | bytes) -> Heard:
    """What a frame says; any bytes at all are answered, never raised on."""
    try:
        message = orjson.loads(frame)
    except orjson.JSONDecodeError:
        return Heard.NOT_JSON
    kind = message.get("type") if isinstance(message, dict) else None
    if kind == "ping":
        return Heard.PING
    return Heard.PONG if kind == "pong" else Heard.UNKNOWN_TYPE


def frame_bytes(frame: str | bytes) -> int:
    """The length of a frame as it came."""
    return len(frame.encode()) if isinstance(frame, str) else len(frame)


class Allowance:
    """How many frames a client may still send: a token bucket of 30 that fills by 2 a second."""

    __slots__ = ("_at", "_left")

    def __init__(self, now: float) -> None:
        self._left = float(FRAMES_AT_ONCE)
        self._at = now

    def take(self, now: float) -> bool:
        """Takes one; False when there is none left. `now` is in seconds and never goes back."""
        self._left = min(float(FRAMES_AT_ONCE), self._left + (now - self._at) * FRAMES_A_SECOND)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


def come_back(code: CloseCode, seconds: float, chance: float) -> Closing:
    """A close that says when to return: after half of `seconds` to one and a half. `chance` is in [0, 1)."""
    return Closing(code, orjson.dumps({"retry_after": round(seconds * (0.5 + chance), 2)}).decode())


def return_seconds(sockets: int) -> float:
    """Over how long this many sockets should come back, so that about 200 of them do in a second."""
    return max(1.0, sockets / RETURNS_A_SECOND)
