"""The auditor's scheduled work, and the one way to run it by hand."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from casino.kit.database import Database
from casino.kit.metrics import counter, gauge
from casino.kit.scheduler import Job
from casino.kit.settings import Settings
from casino.wallet.audit import Scope, audit
from casino.wallet.audit_file import CheckpointFile
from casino.wallet.audit_queries import AccountTotal, Source
from casino.wallet.audit_report import AuditReport
from casino.wallet.errors import AuditUnderWay

AUDIT_SECONDS = 60.0
AUDITS_UNTIL_FULL = 60
_WAIT_ATTEMPTS = 120
_WAIT_SECONDS = 0.5

log = structlog.get_logger(__name__)


def checkpoint_file(settings: Settings) -> CheckpointFile | None:
    """The evidence file of the settings; None when none is named."""
    if not settings.checkpoint_file:
        return None
    keys = [settings.secret_key, settings.previous_secret_key]
    return CheckpointFile(Path(settings.checkpoint_file), [key.get_secret_value() for key in keys if key])


async def run_audit(database: Database, scope: Scope) -> AuditReport:
    """One audit in its own transaction; waits up to a minute while another one runs."""
    for attempt in range(_WAIT_ATTEMPTS):
        try:
            async with database.transaction() as connection:
                return await audit(connection, scope)
        except AuditUnderWay:
            if attempt == _WAIT_ATTEMPTS - 1:
                raise
            await asyncio.sleep(_WAIT_SECONDS)
    raise AssertionError("the loop returns or raises")


def audit_job(database: Database, sources: Sequence[Source], file: CheckpointFile | None) -> Job:
    """What is new, every minute; all of it at the start, every hour, and while anything is violated."""
    turns_left = 0
    exported: dict[tuple[str, str], int] = {}

    async def run() -> None:
        nonlocal turns_left
        report = await run_audit(database, Scope(full=turns_left == 0, sources=sources, file=file))
        turns_left = (turns_left or AUDITS_UNTIL_FULL) - 1 if report.holds else 0
        export(report, exported)

    return Job("ledger_audit", AUDIT_SECONDS, run)


def export(report: AuditReport, exported: dict[tuple[str, str], int]) -> None:
    """Sets the metrics; `exported` is what the counters were given before, and is brought up to date."""
    for finding in report.findings:
        if not finding.not_checked:
            gauge("ledger_invariant_violations").labels(finding.invariant).set(finding.violations)
            outcome = "broken" if finding.violations else "held"
            counter("ledger_invariant_checks_total").labels(finding.invariant, outcome).inc()
        if finding.violations:
            log.error("ledger_violated", invariant=str(finding.invariant), examples=finding.examples)
    gauge("negative_balance_accounts").set(report.negative_wallets)
    gauge("gold_circulation").set(report.circulation)
    counter("ledger_audited_total").inc(report.transfers)
    if report.holds:
        _count_up("gold_source_total", report.accounts, lambda total: total.given, exported)
        _count_up("gold_sink_total", report.accounts, lambda total: total.taken, exported)


def _count_up(
    name: str,
    accounts: Mapping[str, AccountTotal],
    gold: Callable[[AccountTotal], int],
    exported: dict[Any, int],
) -> None:
    for account, total in accounts.items():
        more = gold(total) - exported.get((name, account), 0)
        if more:
            counter(name).labels(account).inc(more)
            exported[(name, account)] = gold(total)
