"""Proves the ticket pairs on backfilled blocks: their windows remember an hour even of a fast clock."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from alerts import burn, history
from alerts.compiler import RULES_FILE, Compiled
from alerts.gate import monitor
from alerts.gate.monitor import Alert
from alerts.gate.target import Target
from alerts.prove.servers import prometheus
from alerts.slo import BurnPolicy, Slo
from alerts.verdict import Check, Verdict

# Errors at a multiple of the highest ticket threshold, and under every page's.
TIMES_THRESHOLD = 1.5
LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Ticket:
    """One ticket pair: when it should have fired after the server's start, and when it did."""

    alert: Alert
    predicted: float
    detected: float | None


def prove(compiled: Compiled, directory: Path) -> Check:
    """Start a Prometheus on blocks in which every objective burns slowly, and wait until each ticket fires.

    Nothing but tickets may fire of these objectives: the pages' thresholds are higher.
    """
    begun = time.monotonic()
    policies = {policy for slo in compiled.slos for policy in slo.policies if policy.severity == "ticket"}
    held = {policy: compiled.clock.hold(policy.hold).seconds for policy in policies}
    samples = history.samples(
        compiled.slos,
        until=time.time(),
        seconds=history.length(compiled.slos, compiled.clock).seconds,
        rates={},
        bad_share=_bad_share,
    )
    with prometheus(directory, history=samples, rules=directory / RULES_FILE) as url:
        found = _watch(url, compiled, held)
    data = {"tickets": [_data(one) for one in found[0]], "pages": sorted(map(str, found[1]))}
    silent = [f"{one.alert[0]} {one.alert[1]}" for one in found[0] if one.detected is None]
    seconds = time.monotonic() - begun
    if silent or found[1]:
        detail = f"silent: {', '.join(silent) or 'none'}; pages that fired: {sorted(map(str, found[1]))}"
        return Check(name="tickets", verdict=Verdict.FAIL, detail=detail, seconds=seconds, data=data)
    detail = f"{len(found[0])} ticket pairs fired on backfilled blocks, no page did"
    return Check(name="tickets", verdict=Verdict.PASS, detail=detail, seconds=seconds, data=data)


def _bad_share(slo: Slo) -> float:
    factors = [policy.factor for policy in slo.policies if policy.severity == "ticket"]
    return float(slo.error_budget * max(factors, default=Decimal(0))) * TIMES_THRESHOLD


def _watch(url: str, compiled: Compiled, held: Mapping[BurnPolicy, float]) -> tuple[list[Ticket], set[Alert]]:
    wanted = {
        (slo.alert_name, str(policy.long)): held[policy]
        for slo in compiled.slos
        for policy in slo.policies
        if policy in held and burn.threshold_of(slo, policy) < _bad_share(slo)
    }
    pages = {
        (slo.alert_name, str(policy.long))
        for slo in compiled.slos
        for policy in slo.policies
        if policy.severity == "page"
    }
    server = Target(url, None, {"prometheus": url})
    started, deadline = time.time(), time.time() + max(held.values()) + 60
    detected: dict[Alert, float] = {}
    paged: set[Alert] = set()
    while wanted.keys() - detected.keys() and time.time() < deadline:
        now = monitor.firing(server)
        paged |= now & pages
        for alert in now & (wanted.keys() - detected.keys()):
            detected[alert] = time.time() - started
        time.sleep(LOOK_SECONDS)
    step = compiled.clock.evaluation.seconds
    return [Ticket(alert, hold + step, detected.get(alert)) for alert, hold in wanted.items()], paged


def _data(ticket: Ticket) -> dict[str, object]:
    return {
        "alert": " ".join(ticket.alert),
        "predicted": ticket.predicted,
        "measured": ticket.detected,
    }
