"""Answers as the system gives them, for tests to bend."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from loadtests.account import Account, Credentials
from loadtests.exchange import Answer, Ask
from loadtests.steps import CATALOGUE


def account(balance: int | None = 1000) -> Account:
    """A signed-up player."""
    person = Credentials("0-0", "lt1", "lt1", "01000000000", "secret", "5858", "198.18.0.1")
    return Account(person, bets=(10,), user_id=7, access_token="a", refresh_token="r", balance=balance)


def answer(status: int, document: Any = None, *, replayed: bool = False, content: bytes = b"") -> Answer:
    """An answer sent at 10.0 and ended at 10.1."""
    headers = {"idempotency-replayed": "true"} if replayed else {}
    body = content if document is None else json.dumps(document).encode()
    return Answer(status=status, sent=10.0, ended=10.1, content=body, headers=headers)


def a_round(**changes: Any) -> dict[str, Any]:
    """The 200 of a bet of 10 from 1,000 gold that won 20."""
    settled: dict[str, Any] = {
        "round_id": "r1",
        "bet_amount": 10,
        "win_amount": 20,
        "bonus_gold": 0,
        "multiplier": 2,
        "balance": 1010,
        "reels": [["A", "B", "C"]] * 3,
    }
    return {**settled, **changes}


def ask(player: Account, step: str) -> Ask:
    """What the player would ask now in `step`."""
    return CATALOGUE[step].ask(player, Random(1))


def spun(player: Account, **changes: Any) -> list[str]:
    """Make one spin answered by `a_round`; returns what the player found wrong."""
    bet = ask(player, "spin")
    assert bet.spin is not None
    bet.spin.sent = bet.spin.sent or 10.0
    return bet.take(answer(200, a_round(**changes)))
