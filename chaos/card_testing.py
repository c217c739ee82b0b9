"""What thieves do with stolen card numbers: one account tries many of them, quickly, to see which still work."""

from __future__ import annotations

import secrets
import time
from collections import Counter

import httpx

from chaos.running import Account, Running

BUY_PATH = "/api/shop/buy"
PRODUCT = 1001
CARDS = 40
BLOCKED = 403
_PATIENCE_SECONDS = 5.0
# Quick, and below the limit of requests that any user has.
_BETWEEN_SECONDS = 0.1


class AttackError(Exception):
    """The attack could not be made, so nothing was tested."""


def attack(system: Running) -> Counter[int]:
    """Try the cards; how often each status was answered. Raises AttackError."""
    try:
        with httpx.Client(base_url=system.public_url, timeout=_PATIENCE_SECONDS) as http:
            headers = {"Authorization": f"Bearer {_token(http, _thief(system))}"}
            answers: Counter[int] = Counter()
            for _ in range(CARDS):
                card = {"product_id": PRODUCT, "payment_method": f"stolen_{secrets.token_hex(6)}"}
                answers[http.post(BUY_PATH, headers=headers, json=card).status_code] += 1
                time.sleep(_BETWEEN_SECONDS)
            return answers
    except httpx.HTTPError as error:
        raise AttackError(f"no way to the shop: {error!r}") from error


def _thief(system: Running) -> Account:
    players = [account for account in system.accounts if account.role == "user"]
    if not players:
        raise AttackError("no seeded player to take the part")
    # Not the canary's, nor the poison's.
    return players[min(2, len(players) - 1)]


def _token(http: httpx.Client, thief: Account) -> str:
    answer = http.post("/api/auth/login", json={"site_id": thief.site_id, "password": thief.password})
    if answer.status_code != 200:
        raise AttackError(f"log-in answered {answer.status_code}: {answer.text[:200]}")
    return str(answer.json()["access_token"])
