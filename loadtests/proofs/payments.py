"""Every way a payment gateway can fail, one after the other, under buyers: no capture without grant, none pending."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx

from alerts.verdict import Check, Verdict
from loadtests.proofs import paygate
from loadtests.proofs.client import Player, ProofError, Settled, send, sign_up_many
from loadtests.proofs.running import Running

BUY_PATH = "/api/shop/buy"
PRODUCT, GOLD = 1001, 1_200
# What the gateway does in each phase; the last one is killed while it works.
PHASES: Mapping[str, Mapping[str, Any]] = {
    "well": {},
    "slow": {"delay_seconds": 0.5},
    "failing": {"mix": {"error": 1, "success": 1}},
    "error after capture": {"mix": {"error_after_capture": 1, "success": 1}},
    "webhook storm": {
        "mix": {"pending_success": 1, "pending_failed": 1, "success": 1},
        "pending_seconds": 1.0,
        "webhook_copies": 5,
        "webhook_spread_seconds": 3.0,
    },
    "down": {"down": True},
    "killed": {},
}
KILLED = "killed"
_TIMEOUT_SECONDS = 30.0
_END_SECONDS_MAX = 120.0
_LOOK_SECONDS = 0.5
_WARM_UPS_MAX = 15
_PURCHASES = """
    SELECT user_id, receipt_code, idempotency_key, status FROM shop_transactions WHERE user_id = ANY($1)
"""
_GRANTS = (
    "SELECT user_id, reference, amount FROM ledger_transfers WHERE kind = 'purchase' AND user_id = ANY($1)"
)


@dataclass(frozen=True, slots=True)
class Sent:
    """A purchase as its buyer was answered at first, and at the end."""

    phase: str
    user_id: int
    key: str
    first: Settled
    last: Settled


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the buyers were told, and what casino and gateway hold in the end."""

    sent: Sequence[Sent]
    purchases: Sequence[Mapping[str, Any]]
    grants: Sequence[Mapping[str, Any]]
    captured: frozenset[str]
    killed: int | None


async def run(system: Running, buyers: int) -> Outcome:
    """Every phase with `buyers` purchases; raises ProofError when a phase cannot be had."""
    database = await asyncpg.connect(system.urls["postgres"])
    limits = httpx.Limits(max_connections=buyers, max_keepalive_connections=buyers)
    try:
        async with (
            httpx.AsyncClient(base_url=system.public_url, timeout=_TIMEOUT_SECONDS, limits=limits) as http,
            paygate.a_client(system.urls["paygate"]) as gateway,
        ):
            players = await sign_up_many(http, buyers)
            firsts, killed = [], None
            for number, (phase, plan) in enumerate(PHASES.items()):
                await paygate.follow(gateway, {})
                await _until_served(http, players[number % buyers])
                await paygate.follow(gateway, plan)
                answers = asyncio.gather(*(_buy(http, phase, player) for player in players))
                if phase == KILLED:
                    killed = _kill(system)
                firsts += [
                    (phase, player, settled) for player, settled in zip(players, await answers, strict=True)
                ]
            await _until_well(gateway)
            users = [player.user_id for player in players]
            await _until_ended(database, users)
            sent = [
                Sent(phase, player.user_id, first.key, first, await _buy(http, phase, player, first.key))
                for phase, player, first in firsts
            ]
            purchases = [dict(row) for row in await database.fetch(_PURCHASES, users)]
            receipts = [purchase["receipt_code"] for purchase in purchases]
            grants = [dict(row) for row in await database.fetch(_GRANTS, users)]
            return Outcome(sent, purchases, grants, await paygate.captured(gateway, receipts), killed)
    finally:
        await database.close()


async def _buy(http: httpx.AsyncClient, phase: str, player: Player, key: str | None = None) -> Settled:
    key = key or f"{phase.replace(' ', '-')}-{secrets.token_hex(6)}"
    return await send(http, player, BUY_PATH, {"product_id": PRODUCT}, key)


async def _until_served(http: httpx.AsyncClient, player: Player) -> None:
    """Waits until a payment works: the phase before may have left the casino's breaker open for some seconds."""
    for _ in range(_WARM_UPS_MAX):
        if _told(await _buy(http, "before", player)) == "success":
            return
        await asyncio.sleep(1.0)
    raise ProofError("no payment works, so no fault can be shown")


def _kill(system: Running) -> int:
    if "paygate" not in system.pids:
        raise ProofError("no payment gateway runs that could be killed")
    os.kill(system.pids["paygate"], signal.SIGKILL)
    return system.pids["paygate"]


async def _until_well(gateway: httpx.AsyncClient) -> None:
    """Waits until the killed gateway is back, and has it behave."""
    for _ in range(int(_END_SECONDS_MAX / _LOOK_SECONDS)):
        try:
            await paygate.follow(gateway, {})
            return
        except httpx.TransportError:
            await asyncio.sleep(_LOOK_SECONDS)
    raise ProofError("the payment gateway did not come back")


async def _until_ended(database: asyncpg.Connection, users: Sequence[int]) -> None:
    """Waits until nothing is pending; what stays so is a finding."""
    for _ in range(int(_END_SECONDS_MAX / _LOOK_SECONDS)):
        purchases = await database.fetch(_PURCHASES, users)
        if not any(row["status"] == "pending" for row in purchases):
            return
        await asyncio.sleep(_LOOK_SECONDS)


def judge(outcome: Outcome, buyers: int) -> list[Check]:
    """What must hold, whatever the gateway did."""
    count = buyers * len(PHASES)
    return [
        _check("every purchase is answered in every phase", _unanswered(outcome), count),
        _check("nothing stays pending once the gateway is well", _pending(outcome), count),
        _check("what was captured was granted, and nothing else", _uneven(outcome), count),
        _check("one purchase and one grant a key", _repeated(outcome), count),
        _check("the last answer is how the purchase ended", _untrue(outcome), count),
        _faults_seen(outcome),
    ]


def _check(name: str, findings: Iterator[str], size: int) -> Check:
    found = list(findings)
    detail = f"{len(found)} findings: {found[0]}" if found else f"{size} checked"
    verdict = Verdict.FAIL if found else Verdict.PASS
    return Check(name=name, verdict=verdict, detail=detail, data={"findings": found[:20]})


def _unanswered(outcome: Outcome) -> Iterator[str]:
    for sent in outcome.sent:
        if sent.first.status != 200 or sent.last.status != 200:
            yield f"{sent.key}: {sent.first.status}, then {sent.last.status}"


def _pending(outcome: Outcome) -> Iterator[str]:
    for purchase in outcome.purchases:
        if purchase["status"] == "pending":
            yield f"{purchase['receipt_code']} is pending"


def _uneven(outcome: Outcome) -> Iterator[str]:
    granted = {grant["reference"] for grant in outcome.grants}
    for purchase in outcome.purchases:
        receipt, success = purchase["receipt_code"], purchase["status"] == "success"
        if len({success, receipt in outcome.captured, receipt in granted}) != 1:
            taken, given = receipt in outcome.captured, receipt in granted
            yield f"{receipt} is {purchase['status']}, captured {taken}, granted {given}"


def _repeated(outcome: Outcome) -> Iterator[str]:
    made = Counter((purchase["user_id"], purchase["idempotency_key"]) for purchase in outcome.purchases)
    for sent in outcome.sent:
        if made[sent.user_id, sent.key] != 1:
            yield f"{sent.key}: {made[sent.user_id, sent.key]} purchases"
    for receipt, times in Counter(grant["reference"] for grant in outcome.grants).items():
        if times != 1:
            yield f"{receipt} was granted {times} times"
    for grant in outcome.grants:
        if grant["amount"] != GOLD:
            yield f"{grant['reference']} granted {grant['amount']}"


def _untrue(outcome: Outcome) -> Iterator[str]:
    ended = {(p["user_id"], p["idempotency_key"]): p["status"] for p in outcome.purchases}
    for sent in outcome.sent:
        if sent.last.status == 200 and _told(sent.last) != ended.get((sent.user_id, sent.key)):
            yield f"{sent.key} is told {_told(sent.last)}, and is {ended.get((sent.user_id, sent.key))}"


def _told(settled: Settled) -> str:
    return str(json.loads(settled.content)["status"])


def _faults_seen(outcome: Outcome) -> Check:
    """A gateway that nobody felt failing proves nothing."""
    first: Counter[tuple[str, str]] = Counter(
        (sent.phase, _told(sent.first)) for sent in outcome.sent if sent.first.status == 200
    )
    felt = {phase for phase, told in first if told != "success"}
    wanted = {"failing", "error after capture", "webhook storm", "down"}
    well = all(told == "success" for phase, told in first if phase == "well")
    seen = wanted <= felt and well and outcome.killed is not None
    return Check(
        name="each fault was felt, and none without one",
        verdict=Verdict.PASS if seen else Verdict.UNKNOWN,
        detail=", ".join(f"{phase} {told} {count}" for (phase, told), count in sorted(first.items())),
    )
