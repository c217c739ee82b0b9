"""The auditor: proves that the ledger is whole, and leaves evidence that a later rewrite cannot match."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.clock import utc_now
from casino.wallet import audit_queries as queries
from casino.wallet import audit_records as records
from casino.wallet.audit_file import BYTES_MAX, NO_SIGNATURE, CheckpointFile, Evidence, EvidenceBroken
from casino.wallet.audit_queries import EXAMPLES_MAX, AccountTotal, AnyRow, Source
from casino.wallet.audit_report import AuditReport, Finding, Invariant
from casino.wallet.errors import AuditUnderWay

_LOCK = 6_011_973_882
_HEADS_A_QUERY = 50_000
_REFUSALS = {"P0001", "23001", "42501"}  # raised by a trigger, restricted, not permitted
_ATTEMPTS = {
    "UPDATE": "UPDATE ledger_transfers SET amount = amount WHERE (user_id, seq) = "
    "(SELECT user_id, seq FROM ledger_transfers LIMIT 1)",
    "DELETE": "DELETE FROM ledger_transfers WHERE (user_id, seq) = "
    "(SELECT user_id, seq FROM ledger_transfers LIMIT 1)",
}
_TRIGGER_EVENTS = {"UPDATE": 16, "DELETE": 8, "TRUNCATE": 32}

_WHOSE = {
    "below_zero": Invariant.NO_NEGATIVE_BALANCE,
    "negative": Invariant.NO_NEGATIVE_BALANCE,
    "adds_up_wrongly": Invariant.BALANCE_IS_SUM,
    "balance_off": Invariant.BALANCE_IS_SUM,
    "out_of_place": Invariant.DENSE_SEQUENCE,
    "seq_off": Invariant.DENSE_SEQUENCE,
    "breaks_chain": Invariant.HASH_CHAIN,
    "head_off": Invariant.HASH_CHAIN,
}


class _Findings:
    """Gathers violations by invariant while the queries come in."""

    def __init__(self) -> None:
        self._counts: dict[Invariant, int] = defaultdict(int)
        self._examples: dict[Invariant, list[str]] = defaultdict(list)
        self.not_checked: dict[Invariant, str] = {}

    def add(self, invariant: Invariant, count: int, examples: Iterable[str]) -> None:
        """Notes `count` violations with a few examples."""
        self._counts[invariant] += count
        self._examples[invariant] += examples

    def add_rows(self, invariant: Invariant, rows: Sequence[AnyRow], words: str) -> None:
        """Notes rows of (user_id, seq, total)."""
        if rows:
            self.add(invariant, rows[0].total, (_place(row, words) for row in rows))

    def add_flagged(self, rows: Sequence[AnyRow], faults: Sequence[str]) -> None:
        """Notes rows that carry one flag and one count for each kind of fault."""
        for fault in faults if rows else ():
            count = getattr(rows[0], f"{fault}_count")
            shown = [_place(row, fault.replace("_", " ")) for row in rows if getattr(row, fault)]
            self.add(_WHOSE[fault], count, shown)

    def result(self) -> tuple[Finding, ...]:
        """One finding for each invariant, in their order."""
        return tuple(
            Finding(
                invariant,
                self._counts[invariant],
                tuple(self._examples[invariant][:EXAMPLES_MAX]),
                self.not_checked.get(invariant, ""),
            )
            for invariant in Invariant
        )

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not any(self._counts.values())


def _place(row: AnyRow, words: str) -> str:
    return f"user {row.user_id} transfer {row.seq}: {words}"


@dataclass(frozen=True)
class Scope:
    """What an audit looks at: everything or what is new, against which sources, with which evidence."""

    full: bool
    sources: Sequence[Source]
    file: CheckpointFile | None = None
    begin_new_file: bool = False


async def audit(connection: AsyncConnection, scope: Scope) -> AuditReport:
    """Recomputes every invariant on one snapshot, in the caller's transaction, which has done nothing yet.

    A clean audit moves the checkpoints and appends the new heads to the evidence; one that finds a violation
    moves nothing, so that the next finds it again. Raises AuditUnderWay while another one runs.
    """
    started, at = time.perf_counter(), utc_now()
    await _open_snapshot(connection)
    await queries.lay_base(connection, full=scope.full)
    findings = _Findings()
    await _check_transfers(connection, scope, findings)
    new = await queries.account_totals(connection)
    await _check_sources(connection, scope, new, findings)
    findings.add_rows(Invariant.PAID_ONCE, await queries.paid_twice(connection), "paid before")
    await _check_append_only(connection, findings)
    last = await records.last_audit(connection)
    accounts = new if scope.full or last is None else _add(_totals(last), new)
    gold, wallets, negative = await queries.circulation(connection)
    _check_circulation(gold, accounts, findings)
    evidence = await _check_evidence(connection, scope, last.heads_signature if last else None, findings)
    transfers = sum(total.transfers for total in new.values())
    if findings.clean:
        await _conclude(connection, scope, evidence, accounts, transfers)
    return AuditReport(
        at=at,
        seconds=time.perf_counter() - started,
        is_full=scope.full,
        transfers=transfers,
        wallets=wallets,
        negative_wallets=negative,
        circulation=gold,
        accounts=accounts,
        findings=findings.result(),
    )


async def _open_snapshot(connection: AsyncConnection) -> None:
    await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    await connection.execute(text("SET LOCAL statement_timeout = '15min'"))
    await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = '5min'"))
    await connection.execute(text("SET LOCAL work_mem = '128MB'"))
    if not await connection.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _LOCK}):
        raise AuditUnderWay("Another audit is running; try again when it has ended.")


async def _check_transfers(connection: AsyncConnection, scope: Scope, findings: _Findings) -> None:
    full = scope.full
    findings.add_flagged(await queries.transfer_faults(connection), queries.TRANSFER_FAULTS)
    findings.add_flagged(await queries.wallet_faults(connection), queries.WALLET_FAULTS)
    points = await queries.checkpoint_faults(connection, full=full)
    findings.add_rows(Invariant.HASH_CHAIN, points, "not as it was proved before")
    if full:
        findings.add_rows(Invariant.DENSE_SEQUENCE, await queries.orphans(connection), "has no wallet")
    else:
        strayed = await queries.strayed_wallets(connection)
        findings.add_rows(Invariant.BALANCE_IS_SUM, strayed, "wallet changed without a transfer")


async def _check_sources(
    connection: AsyncConnection, scope: Scope, moved: Mapping[str, AccountTotal], findings: _Findings
) -> None:
    caused = await queries.source_totals(connection, scope.sources)
    for account in sorted(moved.keys() | caused.keys()):
        total = moved.get(account, AccountTotal(0, 0, 0))
        net, count = caused.get(account, (0, 0))
        if (total.given - total.taken, total.transfers) == (net, count):
            continue
        rows = await queries.source_differences(connection, scope.sources, account)
        words = (
            f"{account}: {total.given - total.taken:,} gold in {total.transfers:,} transfers, "
            f"its source counts {net:,} in {count:,}"
        )
        places = ", ".join(f"user {row.user_id} transfer {row.seq}" for row in rows)
        findings.add(Invariant.ACCOUNTS_MATCH_SOURCES, 1, [f"{words}, see {places}" if places else words])


async def _check_append_only(connection: AsyncConnection, findings: _Findings) -> None:
    """Whether a trigger stands guard, and whether it really refuses (tried, and taken back)."""
    enabled = text(
        "SELECT coalesce(bit_or(tgtype::int), 0) FROM pg_trigger "
        "WHERE tgrelid = 'ledger_transfers'::regclass AND NOT tgisinternal AND tgenabled IN ('O', 'A')"
    )
    guarded = int(await connection.scalar(enabled) or 0)
    missing = [event for event, bit in _TRIGGER_EVENTS.items() if not guarded & bit]
    findings.add(
        Invariant.APPEND_ONLY, len(missing), [f"no trigger guards against {event}" for event in missing]
    )
    for event, attempt in _ATTEMPTS.items():
        if await _is_possible(connection, attempt):
            findings.add(Invariant.APPEND_ONLY, 1, [f"the database allows {event}"])


async def _is_possible(connection: AsyncConnection, attempt: str) -> bool:
    """Tries it in a savepoint, which is left by an exception either way: nothing stays changed."""
    try:
        async with connection.begin_nested():
            touched = (await connection.execute(text(attempt))).rowcount
            raise _TakenBack(touched > 0)
    except _TakenBack as result:
        return bool(result.args[0])
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in _REFUSALS:
            raise
        return False


class _TakenBack(Exception):
    """Ends a savepoint; says whether the attempt changed a row."""


def _check_circulation(gold: int, accounts: Mapping[str, AccountTotal], findings: _Findings) -> None:
    moved = sum(total.given - total.taken for total in accounts.values())
    if gold != moved:
        words = f"wallets hold {gold:,} gold, the accounts account for {moved:,}"
        findings.add(Invariant.BALANCE_IS_SUM, 1, [words])


async def _check_evidence(
    connection: AsyncConnection, scope: Scope, remembered: bytes | None, findings: _Findings
) -> Evidence | None:
    """What the file holds, compared with the ledger; None when there is nothing to write to."""
    name = Invariant.SIGNED_HEADS
    if scope.file is None:
        findings.not_checked[name] = "CHECKPOINT_FILE is not set"
        return None
    if scope.begin_new_file:
        await asyncio.to_thread(scope.file.set_aside, utc_now())
        return Evidence()
    try:
        evidence = await asyncio.to_thread(scope.file.read)
    except EvidenceBroken as broken:
        findings.add(name, 1, [str(broken)])
        return None
    if remembered is not None and remembered not in evidence.signatures:
        findings.add(
            name, 1, [f"{scope.file.path.name} lacks what the last audit wrote: cut, lost or another file"]
        )
        return None
    if scope.full:
        await _compare_heads(connection, evidence, findings)
    return evidence


async def _compare_heads(connection: AsyncConnection, evidence: Evidence, findings: _Findings) -> None:
    known = [(user_id, seq, head) for user_id, (seq, head) in evidence.heads.items()]
    for start in range(0, len(known), _HEADS_A_QUERY):
        lost = await records.lost_heads(connection, known[start : start + _HEADS_A_QUERY])
        shown = [
            f"user {user_id} transfer {seq}: not as it was signed" for user_id, seq in lost[:EXAMPLES_MAX]
        ]
        findings.add(Invariant.SIGNED_HEADS, len(lost), shown)


async def _conclude(
    connection: AsyncConnection,
    scope: Scope,
    evidence: Evidence | None,
    accounts: Mapping[str, AccountTotal],
    transfers: int,
) -> None:
    """Writes the evidence first: a crash in between leaves true heads, never checkpoints without heads."""
    signature: bytes | None = None
    if scope.file is not None and evidence is not None:
        signature = await _write_heads(connection, scope.file, evidence)
    elif await _is_recorded_elsewhere(connection):
        # Checkpoints move only together with the file that holds their heads.
        return
    await records.move_checkpoints(connection)
    await records.record_audit(
        connection, full=scope.full, transfers=transfers, accounts=accounts, heads_signature=signature
    )


async def _write_heads(connection: AsyncConnection, file: CheckpointFile, evidence: Evidence) -> bytes | None:
    if evidence.bytes_whole > BYTES_MAX:
        await asyncio.to_thread(file.set_aside, utc_now())
        evidence = Evidence(signatures=[evidence.last_signature])
    rows = await records.heads(connection, moved_only=evidence.lines > 0)
    heads = [(row.user_id, row.transfer_seq, bytes(row.chain_head)) for row in rows]
    signature = (
        await asyncio.to_thread(file.append, evidence, heads, utc_now()) if heads else evidence.last_signature
    )
    return None if signature == NO_SIGNATURE else signature


async def _is_recorded_elsewhere(connection: AsyncConnection) -> bool:
    last = await records.last_audit(connection)
    return last is not None and last.heads_signature is not None


def _totals(last: AnyRow) -> dict[str, AccountTotal]:
    return {name: AccountTotal(*numbers) for name, numbers in last.account_data.items()}


def _add(old: Mapping[str, AccountTotal], new: Mapping[str, AccountTotal]) -> dict[str, AccountTotal]:
    nothing = AccountTotal(0, 0, 0)
    return {name: old.get(name, nothing) + new.get(name, nothing) for name in old.keys() | new.keys()}
