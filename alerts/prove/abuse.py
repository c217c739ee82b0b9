"""What a client can do wrong on purpose. Each way yields, a turn, how often it was refused as it should be."""

from __future__ import annotations

import itertools
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import httpx

Accounts = Sequence[Mapping[str, Any]]

# The system forgives a spent token for so long when its successor was not used.
GRACE_SECONDS = 0.2
FLOOD_BURST = 40
# The cheapest thing that is sold for money.
PRODUCT, PRODUCT_CENTS = 1001, 299


def reuse_tokens(client: httpx.Client, accounts: Accounts) -> Iterator[int]:
    """Log in, spend the refresh token and its successor, then present the first one again."""
    account = accounts[1]
    while True:
        first = _log_in(client, account).json()["refresh_token"]
        second = _refresh(client, first).json()["refresh_token"]
        _refresh(client, second).raise_for_status()
        yield int(_refresh(client, first).status_code == 401)
        time.sleep(GRACE_SECONDS)


def guess_passwords(client: httpx.Client, accounts: Accounts) -> Iterator[int]:
    """Wrong passwords for one account; once it is locked, each is refused without a look at it."""
    account = {**accounts[2], "password": "wrong-password-1"}
    while True:
        yield int(_log_in(client, account).status_code in (423, 429))
        time.sleep(0.1)


def flood(client: httpx.Client, accounts: Accounts) -> Iterator[int]:
    """Bursts of cheap reads by one user, well over the limit of a second."""
    token = _log_in(client, accounts[3]).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    while True:
        answers = [client.get("/api/users/balance", headers=headers) for _ in range(FLOOD_BURST)]
        yield sum(answer.status_code == 429 for answer in answers)


def guess_invites(client: httpx.Client, _: Accounts) -> Iterator[int]:
    """Sign-ups that no code lets in."""
    for number in itertools.count():
        body = {
            "site_id": f"visitor_{number}",
            "nickname": f"visitor {number}",
            "phone_number": f"+8210{number:08d}",
            "invite_code": f"GUESS{number}",
            "password": "four-Horses-7-batteries",
        }
        answer = client.post("/api/auth/signup", json=body)
        yield int(answer.json().get("error") == "invite_code_refused")
        time.sleep(0.1)


def try_cards(client: httpx.Client, accounts: Accounts) -> Iterator[int]:
    """One user pays with one card after another; after the first dozen of a day each is refused outright."""
    token = _log_in(client, accounts[4]).json()["access_token"]
    for number in itertools.count():
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4())}
        body = {"product_id": PRODUCT, "amount": PRODUCT_CENTS, "payment_method": f"card_{number}"}
        answer = client.post("/api/shop/buy", json=body, headers=headers)
        # A purchase that is asked for wrongly would tell the fraud rules nothing.
        if answer.status_code == 422:
            answer.raise_for_status()
        yield int(answer.status_code == 403)
        time.sleep(0.1)


WAYS: Mapping[str, Callable[[httpx.Client, Accounts], Iterator[int]]] = {
    "reuse_tokens": reuse_tokens,
    "guess_passwords": guess_passwords,
    "flood": flood,
    "guess_invites": guess_invites,
    "try_cards": try_cards,
}


def _log_in(client: httpx.Client, account: Mapping[str, Any]) -> httpx.Response:
    body = {"site_id": account["site_id"], "password": account["password"]}
    return client.post("/api/auth/login", json=body)


def _refresh(client: httpx.Client, token: str) -> httpx.Response:
    return client.post("/api/auth/refresh", json={"refresh_token": token})
