"""Gathers evidence after a run, waits a bounded time for what may still be on its way, and judges it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import httpx

from alerts.verdict import Check, Verdict
from chaos import analytics_store, books, histories, paygate
from chaos.books import Snapshot
from chaos.checker import (
    INVARIANTS,
    Evidence,
    Invariant,
    analysed_once,
    facts_complete,
    money_taken_is_given,
    payments_end,
)
from chaos.running import Running

FINDINGS_SHOWN = 20
_RETRY_SECONDS = 1.0
# What may be found too early: it is waited for.
_ON_THEIR_WAY = (facts_complete, payments_end, money_taken_is_given, analysed_once)


async def gather(
    running: Running, recorded: Path, *, wait_seconds: float, snapshots: Sequence[Snapshot] = ()
) -> Evidence:
    """Histories, databases and `snapshots` taken meanwhile.

    Facts get `wait_seconds` to leave the outbox and to be analysed, payments to end.

    Raises HistoryError, NotRunningError, OSError, asyncpg.PostgresError.
    """
    clients = histories.read(recorded)
    deadline = time.monotonic() + wait_seconds
    while True:
        evidence = Evidence(clients, await books.read(running.url("postgres")), snapshots=snapshots)
        evidence = replace(evidence, analysed=await _analysed(running), charges=_charges(running))
        arrived = not any(found for check in _ON_THEIR_WAY for found in check(evidence))
        if arrived or time.monotonic() > deadline:
            return evidence
        await asyncio.sleep(_RETRY_SECONDS)


def _charges(running: Running) -> dict[str, paygate.Charge] | None:
    try:
        return {charge.reference: charge for charge in paygate.charges(running)}
    except httpx.HTTPError:
        return None


async def _analysed(running: Running) -> dict[str, int] | None:
    try:
        return dict(await analytics_store.rows_by_event(running.url("olap")))
    except httpx.HTTPError:
        return None


def judge(evidence: Evidence, *, prefix: str = "") -> list[Check]:
    """One check an invariant: FAIL with its findings, UNKNOWN when there was nothing to check."""
    return [_check(invariant, evidence, prefix) for invariant in INVARIANTS]


def _check(invariant: Invariant, evidence: Evidence, prefix: str) -> Check:
    name = prefix + invariant.name
    if invariant.check is analysed_once and evidence.analysed is None:
        return Check(name=name, verdict=Verdict.UNKNOWN, detail="the analytics store gave no answer")
    if invariant.check is money_taken_is_given and evidence.charges is None:
        return Check(name=name, verdict=Verdict.UNKNOWN, detail="the payment gateway gave no answer")
    began = time.monotonic()
    findings, size = list(invariant.check(evidence)), invariant.size(evidence)
    seconds = time.monotonic() - began
    if findings:
        detail = f"{len(findings)} of {size}: {findings[0]}"
        data = {"findings": findings[:FINDINGS_SHOWN], "found": len(findings), "checked": size}
        return Check(name=name, verdict=Verdict.FAIL, detail=detail, seconds=seconds, data=data)
    verdict = Verdict.PASS if size else Verdict.UNKNOWN
    return Check(
        name=name, verdict=verdict, detail=f"{size} checked", seconds=seconds, data={"checked": size}
    )


def audit(running: Running, recorded: Path, *, wait_seconds: float, prefix: str = "") -> Sequence[Check]:
    """Gather and judge; see `gather` for what it raises."""
    return judge(asyncio.run(gather(running, recorded, wait_seconds=wait_seconds)), prefix=prefix)
