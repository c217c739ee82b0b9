"""Steps that the auditor's tests share: audit, plant, say what is violated."""

from casino.games.service import house_results
from casino.identity.service import sign_up_gifts
from casino.kit.database import Database
from casino.wallet.audit import Scope
from casino.wallet.audit_file import CheckpointFile
from casino.wallet.audit_report import AuditReport, Invariant
from casino.wallet.jobs import run_audit

SOURCES = (house_results(), sign_up_gifts())
OPEN = "ALTER TABLE ledger_transfers DISABLE TRIGGER USER;"
SHUT = "ALTER TABLE ledger_transfers ENABLE TRIGGER USER;"


async def audited(
    ledger: Database, file: CheckpointFile | None = None, *, full: bool = True, begin: bool = False
) -> AuditReport:
    """One audit."""
    return await run_audit(ledger, Scope(full=full, sources=SOURCES, file=file, begin_new_file=begin))


async def plant(ledger: Database, statements: str) -> None:
    """Runs statements as somebody who may do anything."""
    async with ledger.driver() as connection:
        await connection.execute(statements)


def violated(report: AuditReport) -> set[Invariant]:
    """The invariants that do not hold."""
    return {finding.invariant for finding in report.findings if finding.violations}
