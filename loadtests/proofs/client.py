"""A player of the proofs: signs up, and asks again with the same key until it is answered."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

INVITE_CODE = "5858"
SPIN_PATH = "/api/games/slot/spin"
_TRIES_MAX = 60
_PAUSE_SECONDS = 0.2
_SIGN_UPS_AT_ONCE = 8
_AGAIN = frozenset({409, 429, 500, 502, 503, 504})


class ProofError(Exception):
    """The proof could not be carried out; it says nothing about the system."""


@dataclass(frozen=True, slots=True)
class Player:
    """A signed-up player."""

    user_id: int
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What signs a request."""
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True, slots=True)
class Settled:
    """The final answer to one sending of a key, after `tries` sendings."""

    key: str
    status: int
    content: bytes
    replayed: bool
    tries: int


async def sign_up(http: httpx.AsyncClient) -> Player:
    """A new player; raises ProofError when the system takes none."""
    name = f"proof{secrets.token_hex(5)}"
    body: Mapping[str, Any] = {
        "site_id": name,
        "nickname": name,
        "phone_number": f"99{secrets.randbelow(10**12):012d}",
        "invite_code": INVITE_CODE,
        "password": secrets.token_urlsafe(12) + "aA1!",
    }
    answer = await http.post("/api/auth/signup", json=body)
    if answer.status_code != 201:
        raise ProofError(f"sign-up answered {answer.status_code}: {answer.text[:200]}")
    document = answer.json()
    return Player(document["user"]["id"], document["access_token"])


async def sign_up_many(http: httpx.AsyncClient, count: int) -> list[Player]:
    """New players, few at a time: hashing passwords is what sign-up costs."""
    gate = asyncio.Semaphore(_SIGN_UPS_AT_ONCE)

    async def one() -> Player:
        async with gate:
            return await sign_up(http)

    return list(await asyncio.gather(*(one() for _ in range(count))))


async def spin(http: httpx.AsyncClient, player: Player, key: str, bet: int) -> Settled:
    """Send one spin until it is answered for good."""
    return await send(http, player, SPIN_PATH, {"bet_amount": bet}, key)


async def send(
    http: httpx.AsyncClient, player: Player, path: str, body: Mapping[str, Any], key: str
) -> Settled:
    """Send one write until it is answered for good, as every client of the API should."""
    headers = {**player.headers, "Idempotency-Key": key}
    for tries in range(1, _TRIES_MAX + 1):
        pause = _PAUSE_SECONDS
        try:
            answer = await http.post(path, json=body, headers=headers)
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.status_code not in _AGAIN:
            replayed = answer.headers.get("Idempotency-Replayed") == "true"
            return Settled(key, answer.status_code, answer.content, replayed, tries)
        if answer is not None:
            pause = float(answer.headers.get("Retry-After", pause))
        await asyncio.sleep(pause)
    return Settled(key, 0, b"", replayed=False, tries=_TRIES_MAX)
