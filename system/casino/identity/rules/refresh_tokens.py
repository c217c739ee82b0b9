"""Refresh tokens that prove themselves by a MAC and rotate, each into the one successor the key derives.

A token is ``{jti}.{secret}``: `jti` names its row and `secret` is an HMAC of it: nothing stored lets
anybody in.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from enum import Enum

_TOKEN = re.compile(r"([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})")
_JTI_BYTES = 16


class Use(Enum):
    """What presenting a refresh token amounts to."""

    ROTATE = "rotate"
    REPEAT = "repeat"
    REUSED = "reused"
    DEAD = "dead"


def write(key: bytes, jti: str) -> str:
    """The token of this name."""
    return f"{jti}.{_text(hmac.digest(key, f'refresh:{jti}'.encode(), 'sha256'))}"


def looks_like_one(text: str) -> bool:
    """Whether the text has the form of a refresh token."""
    return _TOKEN.fullmatch(text) is not None


def read(keys: tuple[bytes, ...], token: str) -> str | None:
    """The name of a token that one of the keys wrote; None for anything else. Constant time in the secret."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return None
    written = [hmac.compare_digest(write(key, match[1]), token) for key in keys]
    return match[1] if any(written) else None


def name(random_bytes: bytes) -> str:
    """A first token's name, from 16 random bytes."""
    assert len(random_bytes) == _JTI_BYTES
    return _text(random_bytes)


def successor(key: bytes, jti: str) -> str:
    """The name of the one token that this one can rotate into."""
    return _text(hmac.digest(key, f"successor:{jti}".encode(), "sha256")[:_JTI_BYTES])


def judge(
    *,
    now: datetime,
    expires_at: datetime,
    session_ended: bool,
    used_at: datetime | None,
    successor_used: bool,
    grace: timedelta,
) -> Use:
    """What to do with a token whose MAC is right.

    A used token still yields its successor for `grace`, until the successor is itself used: tabs race, and
    answers get lost. A token of an ended session only fails: were it reuse again, whoever kept it could end
    every later one.
    """
    if session_ended or expires_at <= now:
        return Use.DEAD
    if used_at is None:
        return Use.ROTATE
    return Use.REPEAT if not successor_used and now - used_at <= grace else Use.REUSED


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
