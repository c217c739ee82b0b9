"""Which documented answers were seen: the table of routes and statuses, and what may never be seen, with a reason."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.table import Table

from alerts.verdict import Check, Verdict
from contracts.document import Document, Operation
from contracts.server_metrics import Counted
from contracts.tally import Tally

# operation id → why no examination over the network can make it succeed, and the refusal that shows it was asked.
NEVER_SUCCEEDS: dict[str, tuple[int, str]] = {
    "rbac_premium_v1": (403, "ranks are earned by play; no account can be given one over the network"),
    "rbac_vip_v1": (403, "ranks are earned by play; no account can be given one over the network"),
    "shop_webhook_v1": (
        401,
        "the gateway alone can sign one; that those are taken its own tests and load show",
    ),
}
# Answers of 5xx that the room brings about itself, by how the metrics name them.
ASKED_FOR: dict[str, str] = {
    "POST /api/games/gacha/pull → 503": "a probe closes the game and asks for a pull"
}
# Pages and their assets: served, and no part of the API.
PAGES = frozenset(
    {"/", "/assets", "/docs", "/docs/start.js", "/docs/assets", "/openapi.json", "/metrics", "unmatched"}
)
NAMES_SHOWN = 12


@dataclass(frozen=True)
class Row:
    """One operation: how often each status was answered; `missing` are documented and were never seen."""

    operation: Operation
    seen: dict[int, int]

    @property
    def missing(self) -> list[int]:
        """Documented statuses that were never answered."""
        return [status for status in self.operation.statuses if not self.seen.get(status)]

    @property
    def undocumented(self) -> list[int]:
        """Answered statuses that are not documented; 405 belongs to the path, not to an operation."""
        return sorted(
            status for status, count in self.seen.items() if count and not self._is_promised(status)
        )

    def _is_promised(self, status: int) -> bool:
        return status in self.operation.statuses or status == 405

    @property
    def complaint(self) -> str | None:
        """Why the operation does not count as tested; None when it does."""
        if not any(self.seen.values()):
            return "was never asked"
        succeeded = any(count for status, count in self.seen.items() if status < 300)
        excuse = NEVER_SUCCEEDS.get(self.operation.id)
        if excuse is None:
            return None if succeeded else "never succeeded"
        if succeeded:
            return "succeeded, but is listed as one that cannot"
        return None if self.seen.get(excuse[0]) else f"never answered {excuse[0]}"


def rows(tally: Tally) -> list[Row]:
    """One row an operation, in the document's order."""
    return [Row(operation, tally.statuses_of(operation)) for operation in tally.document.operations]


def judge(found: list[Row], *, every_role: bool) -> list[Check]:
    """Every route tested, and nothing undocumented answered. Unless every role could ask, untested is UNKNOWN."""
    untested = [f"{row.operation.label} {row.complaint}" for row in found if row.complaint]
    strays = [f"{row.operation.label} → {status}" for row in found for status in row.undocumented]
    documented = sum(len(row.operation.statuses) for row in found)
    seen = documented - sum(len(row.missing) for row in found)
    short = Verdict.FAIL if every_role else Verdict.UNKNOWN
    return [
        Check(
            name="coverage: every route is tested",
            verdict=short if untested or not found else Verdict.PASS,
            detail=_listed(untested)
            or f"{len(found)} routes; {seen} of {documented} documented answers seen",
            data={"documented": documented, "seen": seen, "excused": sorted(NEVER_SUCCEEDS)},
        ),
        Check(
            name="coverage: every answer is documented",
            verdict=Verdict.FAIL if strays else Verdict.PASS,
            detail=_listed(strays) or f"{sum(sum(row.seen.values()) for row in found)} answers",
        ),
    ]


def judge_routes(document: Document, socket_paths: Set[str], counted: Counted | None) -> Check:
    """No route that the processes served is missing from the documents; UNKNOWN without their metrics."""
    name = "coverage: every served route is documented"
    if counted is None:
        detail = "the processes' own metrics are not reachable here; give --state"
        return Check(name=name, verdict=Verdict.UNKNOWN, detail=detail)
    documented = {operation.path for operation in document.operations} | socket_paths
    strangers = sorted(counted.routes() - documented - PAGES)
    unseen = sorted(documented - counted.routes())
    complaints = [f"{route} is served and not documented" for route in strangers]
    complaints += [f"{route} is documented and was not counted" for route in unseen]
    return Check(
        name=name,
        verdict=Verdict.FAIL if complaints else Verdict.PASS,
        detail=_listed(complaints) or f"{len(counted.routes())} routes were counted",
    )


def judge_server_errors(counted: Counted | None) -> Check:
    """The processes counted no answer of 5xx; UNKNOWN without their metrics."""
    name = "coverage: the server counted no 5xx"
    if counted is None:
        detail = "the processes' own metrics are not reachable here; give --state"
        return Check(name=name, verdict=Verdict.UNKNOWN, detail=detail)
    errors = {what: times for what, times in counted.server_errors().items() if what not in ASKED_FOR}
    detail = _listed([f"{what} ({times})" for what, times in errors.items()])
    total = sum(counted.requests.values())
    return Check(
        name=name,
        verdict=Verdict.FAIL if errors else Verdict.PASS,
        detail=detail or f"{total} requests, none answered 5xx that was not asked for",
    )


def as_data(found: list[Row]) -> list[dict[str, Any]]:
    """The table for the result file."""
    return [
        {
            "operation": row.operation.id,
            "route": row.operation.label,
            "seen": {str(status): count for status, count in sorted(row.seen.items()) if count},
            "not_seen": row.missing,
        }
        for row in found
    ]


def table(found: list[Row]) -> Table:
    """The table for the terminal: how often each status was answered; a dash for documented and never seen."""
    statuses = sorted({status for row in found for status in (*row.operation.statuses, *row.seen)})
    drawn = Table(
        title="answers by route and status", title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1)
    )
    drawn.add_column("route", overflow="fold")
    for status in statuses:
        drawn.add_column(str(status), justify="right", no_wrap=True)
    for row in found:
        drawn.add_row(row.operation.label, *(_cell(row, status) for status in statuses))
    return drawn


def _cell(row: Row, status: int) -> str:
    count = row.seen.get(status, 0)
    if count:
        return str(count)
    return "–" if status in row.operation.statuses else ""


def _listed(complaints: list[str]) -> str:
    more = f" and {len(complaints) - NAMES_SHOWN} more" if len(complaints) > NAMES_SHOWN else ""
    return "; ".join(complaints[:NAMES_SHOWN]) + more
