"""What an audit says: each invariant's verdict with examples, and what the gold adds up to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from casino.kit.clock import rfc3339
from casino.wallet.audit_queries import AccountTotal


class Invariant(StrEnum):
    """What must be true of the ledger at every moment; the values are the metric's labels."""

    NO_NEGATIVE_BALANCE = "no_negative_balance"
    BALANCE_IS_SUM = "balance_is_sum"
    ACCOUNTS_MATCH_SOURCES = "accounts_match_sources"
    PAID_ONCE = "paid_once"
    APPEND_ONLY = "append_only"
    DENSE_SEQUENCE = "dense_sequence"
    HASH_CHAIN = "hash_chain"
    SIGNED_HEADS = "signed_heads"


@dataclass(frozen=True)
class Finding:
    """One invariant's verdict: how many violations, a few of them, or why it was not checked."""

    invariant: Invariant
    violations: int = 0
    examples: tuple[str, ...] = ()
    not_checked: str = ""

    @property
    def verdict(self) -> str:
        """``HOLDS``, ``VIOLATED`` or ``UNKNOWN``."""
        if self.not_checked:
            return "UNKNOWN"
        return "VIOLATED" if self.violations else "HOLDS"


@dataclass(frozen=True)
class AuditReport:
    """One audit. `transfers` is how many it recomputed; `accounts` cover every transfer proved so far."""

    at: datetime
    seconds: float
    is_full: bool
    transfers: int
    wallets: int
    negative_wallets: int
    circulation: int
    accounts: Mapping[str, AccountTotal]
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether no invariant is violated."""
        return not any(finding.violations for finding in self.findings)

    def text(self) -> str:
        """The report as an operator reads it."""
        scope = "from the first transfer" if self.is_full else "since the last checkpoints"
        rate = f", {self.transfers / self.seconds:,.0f} a second" if self.transfers and self.seconds else ""
        lines = [
            f"Ledger audit of {rfc3339(self.at)}, {scope}:",
            f"{self.transfers:,} transfers, {self.wallets:,} wallets, {self.seconds:.2f} s{rate}",
            "",
            *(_line(finding) for finding in self.findings),
            "",
            f"  gold in circulation {self.circulation:,}",
            *(
                f"  {name:<16} gave {total.given:>16,}  took {total.taken:>16,}  moves {total.transfers:>12,}"
                for name, total in sorted(self.accounts.items())
            ),
        ]
        return "\n".join(lines)


def _line(finding: Finding) -> str:
    shown = f"  {finding.verdict:<9} {finding.invariant:<23}"
    if finding.not_checked:
        return shown + finding.not_checked
    if not finding.violations:
        return shown.rstrip()
    return shown + f"{finding.violations:,} ({'; '.join(finding.examples)})"
