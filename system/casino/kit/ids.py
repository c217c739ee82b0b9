"""Identifiers: time-ordered where they are stored, unguessable where they are shown."""

import os
import secrets
import time
from uuid import UUID

_VERSION_7 = 0x7000
_VARIANT = 0x8000_0000_0000_0000


def uuid7() -> UUID:
    """A UUID version 7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random_bits = int.from_bytes(os.urandom(10))
    high = milliseconds << 16 | _VERSION_7 | random_bits >> 68
    low = _VARIANT | random_bits & 0x3FFF_FFFF_FFFF_FFFF
    return UUID(int=high << 64 | low)


def unguessable() -> str:
    """A URL-safe token with 256 bits from the operating system."""
    return secrets.token_urlsafe(32)
