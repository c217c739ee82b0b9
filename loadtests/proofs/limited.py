"""Two hundred buyers at once for twenty pieces: twenty sold, charged and granted, even if Redis dies midway."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx

from alerts.verdict import Check, Verdict
from loadtests.proofs import paygate
from loadtests.proofs.client import Player, ProofError, Settled, send, sign_up_many
from loadtests.proofs.running import Running

BUY_PATH = "/api/shop/limited/buy"
# Quick and slow payments in turn, so that pieces are held while others ask.
METHODS = ("card", "pm_slow")
GOLD, PRICE_CENTS = 500, 499
_TIMEOUT_SECONDS = 30.0
_END_SECONDS_MAX = 60.0
_LOOK_SECONDS = 0.5
_ADD = """
    INSERT INTO limited_packages (code, name, gold, price_cents, stock_total, stock_left, per_user_max)
    VALUES ($1, 'Of the race', $2, $3, $4, $4, 1)
"""
_PURCHASES = "SELECT user_id, receipt_code, status FROM shop_transactions WHERE package_code = $1"
_HOLDS = "SELECT state, count(*) AS holds FROM limited_holds WHERE package_code = $1 GROUP BY state"
_LEFT = "SELECT stock_left FROM limited_packages WHERE code = $1"
_GRANTS = "SELECT user_id, amount FROM ledger_transfers WHERE kind = 'purchase' AND user_id = ANY($1)"


@dataclass(frozen=True, slots=True)
class Sale:
    """`buyers` want one of `pieces` each; `kill` names a process to kill midway."""

    buyers: int
    pieces: int
    kill: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the buyers were answered, and what casino and gateway hold of them in the end."""

    answers: Mapping[int, Settled]
    purchases: Sequence[Mapping[str, Any]]
    grants: Sequence[Mapping[str, Any]]
    captured: frozenset[str]
    holds: Mapping[str, int]
    stock_left: int
    killed: int | None


async def run(system: Running, sale: Sale) -> Outcome:
    """Race; raises ProofError when buyers cannot sign up or the process to kill does not run."""
    if sale.kill is not None and sale.kill not in system.pids:
        raise ProofError(f"no process {sale.kill!r} runs; there are {', '.join(system.pids)}")
    database = await asyncpg.connect(system.urls["postgres"])
    limits = httpx.Limits(max_connections=sale.buyers, max_keepalive_connections=sale.buyers)
    try:
        async with httpx.AsyncClient(
            base_url=system.public_url, timeout=_TIMEOUT_SECONDS, limits=limits
        ) as http:
            buyers = await sign_up_many(http, sale.buyers)
            package = f"RACE_{secrets.token_hex(6)}"
            await database.execute(_ADD, package, GOLD, PRICE_CENTS, sale.pieces)
            answers, killed = await _race(http, system, sale, buyers, package)
            await _until_ended(database, package)
        return await _outcome(database, system, package, answers, killed)
    finally:
        await database.close()


async def _race(
    http: httpx.AsyncClient, system: Running, sale: Sale, buyers: Sequence[Player], package: str
) -> tuple[dict[int, Settled], int | None]:
    """Everybody at once; the process to kill dies when a quarter have their answer."""
    left, killed = len(buyers) // 4, None

    async def buy(number: int, buyer: Player) -> tuple[int, Settled]:
        nonlocal left, killed
        body = {"package_id": package, "payment_method": METHODS[number % len(METHODS)]}
        answer = await send(http, buyer, BUY_PATH, body, f"{package}-{number}")
        left -= 1
        if left == 0 and sale.kill is not None:
            killed = system.pids[sale.kill]
            os.kill(killed, signal.SIGKILL)
        return buyer.user_id, answer

    answers = await asyncio.gather(*(buy(number, buyer) for number, buyer in enumerate(buyers)))
    return dict(answers), killed


async def _until_ended(database: asyncpg.Connection, package: str) -> None:
    """Waits for what the gateway has not ended yet; what stays pending is a finding."""
    for _ in range(int(_END_SECONDS_MAX / _LOOK_SECONDS)):
        purchases = await database.fetch(_PURCHASES, package)
        if not any(row["status"] == "pending" for row in purchases):
            return
        await asyncio.sleep(_LOOK_SECONDS)


async def _outcome(
    database: asyncpg.Connection,
    system: Running,
    package: str,
    answers: Mapping[int, Settled],
    killed: int | None,
) -> Outcome:
    purchases = [dict(row) for row in await database.fetch(_PURCHASES, package)]
    receipts = [purchase["receipt_code"] for purchase in purchases]
    async with paygate.a_client(system.urls["paygate"]) as gateway:
        captured = await paygate.captured(gateway, receipts)
    return Outcome(
        answers=answers,
        purchases=purchases,
        grants=[dict(row) for row in await database.fetch(_GRANTS, list(answers))],
        captured=captured,
        holds={row["state"]: row["holds"] for row in await database.fetch(_HOLDS, package)},
        stock_left=await database.fetchval(_LEFT, package),
        killed=killed,
    )


def judge(outcome: Outcome, sale: Sale) -> list[Check]:
    """What must hold, whoever was quicker."""
    checks = [
        _check("every buyer is answered in the end", _unanswered(outcome), sale.buyers),
        _check("as many sold as there are", _sold(outcome, sale), sale.pieces),
        _check("charged what was sold, and nothing else", _charged(outcome), sale.pieces),
        _check("granted what was sold, once", _granted(outcome), sale.pieces),
        _check("no piece is held or lost", _held(outcome, sale), sale.pieces),
    ]
    if sale.kill is not None:
        verdict = Verdict.PASS if outcome.killed is not None else Verdict.UNKNOWN
        detail = f"pid {outcome.killed}"
        checks.append(Check(name=f"{sale.kill} was killed midway", verdict=verdict, detail=detail))
    return checks


def _check(name: str, findings: Iterator[str], size: int) -> Check:
    found = list(findings)
    detail = f"{len(found)} findings: {found[0]}" if found else f"{size} checked"
    verdict = Verdict.FAIL if found else Verdict.PASS
    return Check(name=name, verdict=verdict, detail=detail, data={"findings": found[:20]})


def _winners(outcome: Outcome) -> set[int]:
    """Who was told that they have it, or is told so when they ask again."""
    return {purchase["user_id"] for purchase in outcome.purchases if purchase["status"] == "success"}


def _unanswered(outcome: Outcome) -> Iterator[str]:
    for user, answer in outcome.answers.items():
        if answer.status != 200:
            yield f"user {user}: {answer.status}"
            continue
        told = json.loads(answer.content)
        if told["success"] and user not in _winners(outcome):
            yield f"user {user} was told success and has no purchase"
        if told["status"] == "failed" and user in _winners(outcome):
            yield f"user {user} was told {told['reason']} and has the piece"


def _sold(outcome: Outcome, sale: Sale) -> Iterator[str]:
    sold = sum(purchase["status"] == "success" for purchase in outcome.purchases)
    if sold != sale.pieces:
        yield f"{sold} sold of {sale.pieces}"
    for purchase in outcome.purchases:
        if purchase["status"] == "pending":
            yield f"{purchase['receipt_code']} is still pending"


def _charged(outcome: Outcome) -> Iterator[str]:
    for purchase in outcome.purchases:
        paid = purchase["receipt_code"] in outcome.captured
        if paid != (purchase["status"] == "success"):
            yield f"{purchase['receipt_code']} is {purchase['status']} and {'' if paid else 'not '}captured"


def _granted(outcome: Outcome) -> Iterator[str]:
    granted = [grant["user_id"] for grant in outcome.grants]
    for user in sorted(_winners(outcome) | set(granted)):
        if granted.count(user) != (user in _winners(outcome)):
            yield f"user {user}: {granted.count(user)} grants"
    for grant in outcome.grants:
        if grant["amount"] != GOLD:
            yield f"user {grant['user_id']} was granted {grant['amount']}"


def _held(outcome: Outcome, sale: Sale) -> Iterator[str]:
    if outcome.holds.get("held"):
        yield f"{outcome.holds['held']} pieces are still held"
    if outcome.stock_left + outcome.holds.get("sold", 0) != sale.pieces:
        yield f"{outcome.stock_left} left and {outcome.holds.get('sold', 0)} sold of {sale.pieces}"
