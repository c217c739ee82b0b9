"""Proves slow pairs on backfilled blocks: their windows remember minutes to an hour even of a fast clock."""

from __future__ import annotations

import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from alerts import history
from alerts.compiler import RULES_FILE, Compiled
from alerts.gate import monitor
from alerts.gate.monitor import Alert
from alerts.gate.target import Target
from alerts.prove.servers import prometheus
from alerts.slo import BurnPolicy, Slo
from alerts.verdict import Check, Verdict

# Errors at a multiple of the slow page's threshold, and under the fast page's.
TIMES_THRESHOLD = 1.5
LOOK_SECONDS = 1.0
SLOW_PAGE = "page-slow"


@dataclass(frozen=True)
class Slow:
    """One slow pair: when it should have fired after the server's start, and when it did."""

    alert: Alert
    predicted: float
    detected: float | None


def prove(compiled: Compiled, directory: Path) -> Check:
    """Start a Prometheus on blocks in which every objective burns steadily, and wait until each slow pair fires.

    Those are the tickets and the slow pages. The fast pages must not fire: their thresholds are higher.
    """
    begun = time.monotonic()
    samples = history.samples(
        compiled.slos,
        until=time.time(),
        seconds=history.length(compiled.slos, compiled.clock).seconds,
        rates={},
        bad_share=_bad_share,
    )
    with prometheus(directory, history=samples, rules=directory / RULES_FILE) as url:
        found, wrong = _watch(url, compiled)
    data = {"pairs": [_data(one) for one in found], "fast": sorted(map(str, wrong))}
    silent = [" ".join(one.alert) for one in found if one.detected is None]
    seconds = time.monotonic() - begun
    if silent or wrong or not found:
        detail = f"silent: {', '.join(silent) or 'none'}; fast pages that fired: {sorted(map(str, wrong))}"
        return Check(name="slow pairs", verdict=Verdict.FAIL, detail=detail, seconds=seconds, data=data)
    detail = f"{len(found)} tickets and slow pages fired on backfilled blocks, no fast page did"
    return Check(name="slow pairs", verdict=Verdict.PASS, detail=detail, seconds=seconds, data=data)


def _is_slow(policy: BurnPolicy) -> bool:
    return policy.severity == "ticket" or policy.name == SLOW_PAGE


def _bad_share(slo: Slo) -> float:
    factors = [policy.factor for policy in slo.policies if _is_slow(policy)]
    return float(slo.error_budget * max(factors, default=Decimal(0))) * TIMES_THRESHOLD


def _watch(url: str, compiled: Compiled) -> tuple[list[Slow], set[Alert]]:
    clock, pairs = compiled.clock, [(slo, policy) for slo in compiled.slos for policy in slo.policies]
    wanted = {
        (slo.alert_name, str(policy.long)): clock.hold(policy.hold).seconds + clock.evaluation.seconds
        for slo, policy in pairs
        if _is_slow(policy)
    }
    fast = {(slo.alert_name, str(policy.long)) for slo, policy in pairs} - wanted.keys()
    server = Target(url, None, {"prometheus": url})
    started, deadline = time.time(), time.time() + max(wanted.values(), default=0.0) + 60
    detected: dict[Alert, float] = {}
    wrong: set[Alert] = set()
    while wanted.keys() - detected.keys() and time.time() < deadline:
        now = monitor.firing(server)
        wrong |= now & fast
        for alert in now & (wanted.keys() - detected.keys()):
            detected[alert] = time.time() - started
        time.sleep(LOOK_SECONDS)
    return [Slow(alert, seconds, detected.get(alert)) for alert, seconds in wanted.items()], wrong


def _data(pair: Slow) -> dict[str, object]:
    return {
        "alert": " ".join(pair.alert),
        "predicted": pair.predicted,
        "measured": pair.detected,
    }
