"""Every draw comes from a seed the player was committed to before, so that it can be recomputed after.

Block i is HMAC-SHA256(server_seed, f"{client_seed}:{nonce}:{i}"); the draws read its 32-bit big-endian words in order
and reject the tail that would favour small values, so each value is exactly as likely as any other.
"""

import hashlib
import hmac
import os
from collections.abc import Iterator
from struct import iter_unpack

SERVER_SEED_BYTES = 32
WORD_RANGE = 1 << 32


def new_server_seed() -> bytes:
    """32 bytes from the operating system."""
    return os.urandom(SERVER_SEED_BYTES)


def commitment(server_seed: bytes) -> str:
    """SHA-256 of the seed in hex: published before the first draw."""
    return hashlib.sha256(server_seed).hexdigest()


def words(server_seed: bytes, client_seed: str, nonce: int) -> Iterator[int]:
    """The endless stream of 32-bit words of one round."""
    assert len(server_seed) == SERVER_SEED_BYTES and nonce >= 1
    block = 0
    while True:
        message = f"{client_seed}:{nonce}:{block}".encode()
        for (word,) in iter_unpack(">I", hmac.digest(server_seed, message, "sha256")):
            yield word
        block += 1


def draw_below(stream: Iterator[int], limit: int) -> int:
    """A uniform draw from 0 to limit − 1, without modulo bias; 1 ≤ limit ≤ 2³²."""
    assert 1 <= limit <= WORD_RANGE
    fair_end = WORD_RANGE - WORD_RANGE % limit
    word = next(stream)
    while word >= fair_end:
        word = next(stream)
    return word % limit
