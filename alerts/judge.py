"""Judges objectives over a stretch of time, from what the servers recorded and what a client saw."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from alerts import prometheus
from alerts.problems import Problem, refuse
from alerts.prometheus import Prometheus, Series, Window
from alerts.slo import Slo
from alerts.verdict import Check, Verdict, worst

# Client and server may see different good ratios by this much before somebody must look.
DISAGREEMENT_MAX = 0.005

_BOOKKEEPING = frozenset({"__name__", "alertname", "alertstate"})


@dataclass(frozen=True)
class Count:
    """How many events there were, and how many of them were good."""

    good: float
    total: float

    @property
    def ratio(self) -> float | None:
        """The share of good events; None without any event."""
        return self.good / self.total if self.total > 0 else None


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """One objective's outcome. A count is None where that side has no data.

    `budget_left` is the share of the window's own error budget that is unspent, by the server's count (the
    client's without one); it is negative when more than all is spent, as it is by any bad event where there is none.
    """

    slo: Slo
    server: Count | None
    client: Count | None
    verdict: Verdict
    detail: str
    budget_left: float | None
    findings: tuple[str, ...]

    def as_check(self) -> Check:
        """The judgement as a check of a result file."""
        return Check(name=self.slo.name, verdict=self.verdict, detail=self.detail, data=self.as_data())

    def as_data(self) -> dict[str, Any]:
        """The judgement's figures as plain values."""
        return {
            "slo": self.slo.name,
            "target": float(self.slo.target),
            "server": _count_data(self.server),
            "client": _count_data(self.client),
            "evidence_events": self.slo.evidence_events,
            "budget_left": self.budget_left,
            "verdict": str(self.verdict),
            "findings": list(self.findings),
        }


@dataclass(frozen=True)
class FiredAlert:
    """An alert that fired within a window, from its first to its last firing sample there."""

    name: str
    severity: str
    labels: Mapping[str, str]
    first: datetime
    last: datetime


def judge(
    server: Prometheus, window: Window, slos: Iterable[Slo], client: Mapping[str, Count] | None = None
) -> list[Judgement]:
    """Judge each objective over the window; `client` holds a load generator's counts by objective.

    Raises PrometheusError when the server cannot be asked. An objective without data is UNKNOWN.
    """
    client = client or {}
    return [decide(slo, server=count(server, window, slo), client=client.get(slo.name)) for slo in slos]


def count(server: Prometheus, window: Window, slo: Slo) -> Count | None:
    """Good and total events of an objective by the server's own series; None when it has none."""
    total = server.samples(str(slo.total), window)
    if not any(_within(series, window) for series in total):
        return None
    measure = prometheus.grown if slo.counter else prometheus.summed
    good = server.samples(str(slo.good), window)
    return Count(
        good=sum(measure(series, window) for series in good),
        total=sum(measure(series, window) for series in total),
    )


def decide(slo: Slo, *, server: Count | None, client: Count | None) -> Judgement:
    """Judge an objective from its counts: both sides must show it met, where both measured it."""
    sides = {"server": server, "client": client} if client is not None else {"server": server}
    verdicts, details = [], []
    for side, found in sides.items():
        verdict, detail = _decide_side(slo, found)
        verdicts.append(verdict)
        details.append(f"{side} {detail}")
    findings = _findings(slo, server, client)
    measured = server if server is not None and server.total else client
    return Judgement(
        slo=slo,
        server=server,
        client=client,
        verdict=worst(verdicts),
        detail="; ".join([*details, *findings]),
        budget_left=None if measured is None else _budget_left(slo, measured),
        findings=findings,
    )


def alerts_fired(server: Prometheus, window: Window) -> list[FiredAlert]:
    """Every alert that was firing at some evaluation within the window, by name and time."""
    fired = []
    for series in server.samples('ALERTS{alertstate="firing"}', window):
        times = [time for time, _ in series.samples if time > window.start.timestamp()]
        if times:
            labels = {key: value for key, value in series.labels.items() if key not in _BOOKKEEPING}
            fired.append(
                FiredAlert(
                    name=series.labels["alertname"],
                    severity=series.labels.get("severity", ""),
                    labels=labels,
                    first=prometheus.parse_time(str(times[0])),
                    last=prometheus.parse_time(str(times[-1])),
                )
            )
    return sorted(fired, key=lambda alert: (alert.name, alert.first))


def read_client(path: Path) -> dict[str, Count]:
    """Read a load generator's counts: `{"objectives": {name: {"good": n, "total": n}}}`.

    They may also stand in the `data` of a result file. Raises ProblemsFoundError for anything else.
    """
    try:
        document = json.loads(path.read_text())
        objectives = document.get("data", document)["objectives"]
        counts = {
            name: Count(good=float(found["good"]), total=float(found["total"]))
            for name, found in objectives.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        remedy = 'write {"objectives": {"<slo>": {"good": <n>, "total": <n>}}}'
        refuse([Problem(file=str(path), field="objectives", value=repr(error), remedy=remedy)])
        raise
    refuse(
        Problem(file=str(path), field=name, value=found, remedy="counts are finite, and 0 <= good <= total")
        for name, found in counts.items()
        if not (0 <= found.good <= found.total and math.isfinite(found.total))
    )
    return counts


def _within(series: Series, window: Window) -> bool:
    return any(time > window.start.timestamp() for time, _ in series.samples)


def _decide_side(slo: Slo, found: Count | None) -> tuple[Verdict, str]:
    if found is None or found.ratio is None:
        return Verdict.UNKNOWN, "has no data"
    figures = f"{found.ratio:.4%} of {found.total:.0f}"
    bad, needed = Decimal(found.total) - Decimal(found.good), slo.evidence_events
    if found.total < needed:
        # With so many bad events the target is missed even if all that are still to come were good.
        if bad > needed * slo.error_budget:
            return Verdict.FAIL, f"{figures}, under {slo.target:.2%} whatever follows"
        return Verdict.UNKNOWN, f"{figures}, too few to judge by: {needed} needed"
    if bad > Decimal(found.total) * slo.error_budget:
        return Verdict.FAIL, f"{figures}, under {slo.target:.2%}"
    return Verdict.PASS, figures


def _findings(slo: Slo, server: Count | None, client: Count | None) -> tuple[str, ...]:
    if server is None or client is None or server.ratio is None or client.ratio is None:
        return ()
    apart = abs(server.ratio - client.ratio)
    if apart <= DISAGREEMENT_MAX:
        return ()
    return (f"client and server are {apart * 100:.2f} percentage points apart on {slo.name}",)


def _budget_left(slo: Slo, found: Count) -> float | None:
    if found.ratio is None:
        return None
    if slo.no_budget is not None:
        return 1.0 if found.good == found.total else -1.0
    return 1 - (1 - found.ratio) / float(slo.error_budget)


def _count_data(found: Count | None) -> dict[str, float | None] | None:
    return None if found is None else {"good": found.good, "total": found.total, "ratio": found.ratio}
