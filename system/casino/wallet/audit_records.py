"""What the auditor remembers between runs: each user's checkpoint, and the accounts' totals so far."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, LargeBinary, and_, bindparam, column, func, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.wallet.audit_queries import AccountTotal, AnyRow
from casino.wallet.models import LedgerAudit, LedgerCheckpoint, LedgerTransfer, Wallet

Head = tuple[int, int, bytes]


async def last_audit(connection: AsyncConnection) -> AnyRow | None:
    """(account_data, heads_signature) of the last audit that ended well."""
    query = select(LedgerAudit.account_data, LedgerAudit.heads_signature)
    return (await connection.execute(query.order_by(LedgerAudit.id.desc()).limit(1))).one_or_none()


async def heads(connection: AsyncConnection, *, moved_only: bool) -> list[AnyRow]:
    """(user_id, seq, hash) of every wallet that has moved gold, or did so since its checkpoint."""
    query = select(Wallet.user_id, Wallet.transfer_seq, Wallet.chain_head).where(Wallet.transfer_seq > 0)
    if moved_only:
        query = query.outerjoin(LedgerCheckpoint, LedgerCheckpoint.user_id == Wallet.user_id)
        query = query.where(LedgerCheckpoint.seq.is_distinct_from(Wallet.transfer_seq))
    return list(await connection.execute(query.order_by(Wallet.user_id)))


async def lost_heads(connection: AsyncConnection, known: Sequence[Head]) -> list[tuple[int, int]]:
    """Those (user_id, seq) of `known` heads whose transfer is not in the ledger with that hash."""
    users, seqs, hashes = (list(part) for part in zip(*known, strict=True))
    types = {"user_id": BigInteger, "seq": BigInteger, "hash": LargeBinary}
    arrays: list[Any] = [bindparam(f"head_{name}", type_=ARRAY(kind)) for name, kind in types.items()]
    typed: list[Any] = [column(name, kind) for name, kind in types.items()]
    head = func.unnest(*arrays).table_valued(*typed, name="head").render_derived()
    transfer = LedgerTransfer
    same = and_(transfer.user_id == head.c.user_id, transfer.seq == head.c.seq)
    query = select(head.c.user_id, head.c.seq).select_from(head.outerjoin(transfer, same))
    query = query.where(transfer.hash.is_distinct_from(head.c.hash))
    rows = await connection.execute(query, {"head_user_id": users, "head_seq": seqs, "head_hash": hashes})
    return [(user_id, seq) for user_id, seq in rows]


async def move_checkpoints(connection: AsyncConnection) -> None:
    """Every wallet's checkpoint is where it stands now."""
    now = select(Wallet.user_id, Wallet.transfer_seq, Wallet.gold_balance, Wallet.chain_head)
    now = now.outerjoin(LedgerCheckpoint, LedgerCheckpoint.user_id == Wallet.user_id)
    now = now.where(LedgerCheckpoint.seq.is_distinct_from(Wallet.transfer_seq))
    moved = insert(LedgerCheckpoint).from_select(["user_id", "seq", "balance", "hash"], now)
    new = moved.excluded
    values = {"seq": new.seq, "balance": new.balance, "hash": new.hash, "audited_at": func.now()}
    await connection.execute(moved.on_conflict_do_update(index_elements=["user_id"], set_=values))


async def record_audit(
    connection: AsyncConnection,
    *,
    full: bool,
    transfers: int,
    accounts: Mapping[str, AccountTotal],
    heads_signature: bytes | None,
) -> None:
    """Remembers an audit that ended well."""
    totals = {name: [total.given, total.taken, total.transfers] for name, total in accounts.items()}
    values = {"transfers": transfers, "account_data": totals, "heads_signature": heads_signature}
    await connection.execute(insert(LedgerAudit).values(is_full=full, **values))
