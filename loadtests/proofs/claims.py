"""Five hundred claims of one day at once: one is given, one transfer is made, and the others are told so."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx

from alerts.verdict import Check, Verdict
from loadtests.proofs.client import Player, sign_up
from loadtests.proofs.running import Running

CLAIM_PATH = "/api/streak/claim"
SIGN_UP_GOLD, DAY_GOLD = 1_000, 150
GIVEN, CLAIMED = (200, ""), (409, "already_claimed")
_TIMEOUT_SECONDS = 30.0
_TRIES_MAX = 60
# A user may ask so often in a second and no more: who is held back asks again.
_LATER = frozenset({429, 503})
_LEDGER = "SELECT amount, counter_account FROM ledger_transfers WHERE user_id = $1 ORDER BY seq"
_GOLD = "SELECT gold_balance FROM wallets WHERE user_id = $1"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How often each (status, error) was answered, and what the database holds of the player."""

    answers: Mapping[tuple[int, str], int]
    ledger: Sequence[Mapping[str, Any]]
    gold: int


async def run(system: Running, claims: int) -> Outcome:
    """Race; raises ProofError when the player cannot sign up."""
    limits = httpx.Limits(max_connections=claims, max_keepalive_connections=claims)
    async with httpx.AsyncClient(base_url=system.public_url, timeout=_TIMEOUT_SECONDS, limits=limits) as http:
        player = await sign_up(http)
        answers = await asyncio.gather(*(_claim(http, player) for _ in range(claims)))
    connection = await asyncpg.connect(system.urls["postgres"])
    try:
        ledger = [dict(row) for row in await connection.fetch(_LEDGER, player.user_id)]
        return Outcome(Counter(answers), ledger, await connection.fetchval(_GOLD, player.user_id))
    finally:
        await connection.close()


async def _claim(http: httpx.AsyncClient, player: Player) -> tuple[int, str]:
    """(status, error code) of one claim in the end; (0, ...) when there never was an answer."""
    for _ in range(_TRIES_MAX):
        try:
            answer = await http.post(CLAIM_PATH, headers=player.headers)
        except httpx.TransportError:
            continue
        if answer.status_code not in _LATER:
            error = answer.json().get("error", "") if answer.status_code >= 400 else ""
            return answer.status_code, str(error)
        await asyncio.sleep(float(answer.headers.get("Retry-After", 1)))
    return 0, "no answer"


def judge(outcome: Outcome, claims: int) -> list[Check]:
    """What must hold, whoever was first."""
    return [
        _check("one claim is given, the others are already_claimed", _answered(outcome, claims), claims),
        _check("one transfer pays the day", _paid(outcome), len(outcome.ledger)),
    ]


def _check(name: str, findings: Iterator[str], size: int) -> Check:
    found = list(findings)
    detail = "; ".join(found) if found else f"{size} checked"
    return Check(name=name, verdict=Verdict.FAIL if found else Verdict.PASS, detail=detail)


def _answered(outcome: Outcome, claims: int) -> Iterator[str]:
    due = {GIVEN: 1, CLAIMED: claims - 1}
    if dict(outcome.answers) != {answer: count for answer, count in due.items() if count}:
        yield f"answered {dict(outcome.answers)}"


def _paid(outcome: Outcome) -> Iterator[str]:
    days = [row["amount"] for row in outcome.ledger if row["counter_account"] == "source:streak"]
    if days != [DAY_GOLD]:
        yield f"the day was paid with {days}"
    if outcome.gold != SIGN_UP_GOLD + DAY_GOLD:
        yield f"the player has {outcome.gold} gold"
