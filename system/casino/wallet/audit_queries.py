"""The auditor's arithmetic: each invariant of the ledger recomputed in SQL, set by set.

Proof of a user's transfers starts from their base: nothing at all in a full audit, else their checkpoint.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    Column,
    ColumnElement,
    LargeBinary,
    MetaData,
    Row,
    Select,
    Table,
    and_,
    case,
    cast,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from casino.wallet.models import LedgerCheckpoint, LedgerTransfer, Wallet
from casino.wallet.settlement import GENESIS, canonical_bytes

EXAMPLES_MAX = 5
# A full audit also sees numbers that should not exist: zero and below.
BEFORE_EVERY_SEQ = -(2**62)
AnyRow = Row[Any]
# What another room says there should be: a row (counter_account, user_id, transfer_seq, amount) a transfer.
Source = Select[str, int, int, int]


@dataclass(frozen=True, slots=True)
class AccountTotal:
    """Gold that went to players from an account, gold that came from them, and in how many transfers."""

    given: int
    taken: int
    transfers: int

    def __add__(self, other: "AccountTotal") -> "AccountTotal":
        return AccountTotal(
            self.given + other.given, self.taken + other.taken, self.transfers + other.transfers
        )


BASE = Table(
    "audit_base",
    MetaData(),
    Column("user_id", BigInteger, primary_key=True),
    Column("seq", BigInteger),
    Column("balance", BigInteger),
    Column("hash", LargeBinary),
    Column("after", BigInteger, comment="transfers with a higher number are not vouched for"),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)


async def lay_base(connection: AsyncConnection, *, full: bool) -> None:
    """Fills `audit_base` for the rest of the transaction: who is audited, and from where.

    Without `full` only users who moved gold since their checkpoint. A table: the planner then knows how few.
    """
    nothing = (literal(0, BigInteger), literal(0, BigInteger), literal(GENESIS, LargeBinary))
    proved = (LedgerCheckpoint.seq, LedgerCheckpoint.balance, LedgerCheckpoint.hash)
    seq, balance, head = (
        nothing if full else (func.coalesce(p, n) for p, n in zip(proved, nothing, strict=True))
    )
    after = literal(BEFORE_EVERY_SEQ, BigInteger) if full else seq
    query = select(Wallet.user_id, seq, balance, head, after)
    if not full:
        query = query.outerjoin(LedgerCheckpoint, LedgerCheckpoint.user_id == Wallet.user_id)
        query = query.where(seq != Wallet.transfer_seq)
    await connection.run_sync(BASE.create)
    await connection.execute(insert(BASE).from_select(list(BASE.c), query))
    await connection.execute(text("ANALYZE audit_base"))


def _behind(user_id: Any, seq: Any) -> ColumnElement[bool]:
    """A transfer (or what should have caused one) that the base does not vouch for."""
    return and_(user_id == BASE.c.user_id, seq > BASE.c.after)


def _linked() -> CTE:
    """The transfers behind the base, each with the faults it has."""
    transfer = LedgerTransfer
    over: Any = {"partition_by": transfer.user_id, "order_by": transfer.seq}
    place = BASE.c.seq + func.row_number().over(**over)
    running = BASE.c.balance + cast(func.sum(transfer.amount).over(**over, rows=(None, 0)), BigInteger)
    before = func.coalesce(func.lag(transfer.hash).over(**over), BASE.c.hash)
    content = canonical_bytes(
        transfer.user_id,
        transfer.seq,
        transfer.counter_account,
        transfer.amount,
        transfer.balance_after,
        transfer.kind,
        transfer.reference,
        transfer.idempotency_key,
        transfer.created_at,
    )
    return (
        select(
            transfer.user_id,
            transfer.seq,
            (transfer.seq != place).label("out_of_place"),
            (transfer.balance_after != running).label("adds_up_wrongly"),
            (transfer.balance_after < 0).label("below_zero"),
            (transfer.hash != func.sha256(before.op("||")(content))).label("breaks_chain"),
        )
        .join(BASE, _behind(transfer.user_id, transfer.seq))
        .cte("linked")
    )


TRANSFER_FAULTS = ("out_of_place", "adds_up_wrongly", "below_zero", "breaks_chain")


async def transfer_faults(connection: AsyncConnection) -> list[AnyRow]:
    """A few faulty transfers: the faults of each and, as `<fault>_count`, how many have them in all."""
    linked = _linked()
    flags = [linked.c[name] for name in TRANSFER_FAULTS]
    counts = [func.count().filter(linked.c[name]).over().label(f"{name}_count") for name in TRANSFER_FAULTS]
    query = select(linked.c.user_id, linked.c.seq, *flags, *counts).where(or_(*flags))
    return list(await connection.execute(query.order_by(linked.c.user_id, linked.c.seq).limit(EXAMPLES_MAX)))


WALLET_FAULTS = ("balance_off", "seq_off", "head_off", "negative")


async def wallet_faults(connection: AsyncConnection) -> list[AnyRow]:
    """A few wallets that are not what their transfers say, counted like `transfer_faults`."""
    transfer, last = LedgerTransfer, aliased(LedgerTransfer)
    tails = (
        select(
            transfer.user_id,
            func.count().label("transfers"),
            cast(func.sum(transfer.amount), BigInteger).label("amount"),
        )
        .join(BASE, _behind(transfer.user_id, transfer.seq))
        .group_by(transfer.user_id)
        .cte("tails")
    )
    expected = BASE.c.balance + func.coalesce(tails.c.amount, 0)
    no_transfer_yet = case((Wallet.transfer_seq == 0, literal(GENESIS, LargeBinary)))
    balance_off = or_(
        Wallet.gold_balance != expected, Wallet.gold_balance != func.coalesce(last.balance_after, 0)
    )
    checked = (
        select(
            Wallet.user_id,
            Wallet.transfer_seq.label("seq"),
            balance_off.label("balance_off"),
            (Wallet.transfer_seq != BASE.c.seq + func.coalesce(tails.c.transfers, 0)).label("seq_off"),
            Wallet.chain_head.is_distinct_from(func.coalesce(last.hash, no_transfer_yet)).label("head_off"),
            (Wallet.gold_balance < 0).label("negative"),
        )
        .join(BASE, BASE.c.user_id == Wallet.user_id)
        .outerjoin(tails, tails.c.user_id == Wallet.user_id)
        .outerjoin(last, and_(last.user_id == Wallet.user_id, last.seq == Wallet.transfer_seq))
        .cte("checked")
    )
    flags = [checked.c[name] for name in WALLET_FAULTS]
    counts = [func.count().filter(checked.c[name]).over().label(f"{name}_count") for name in WALLET_FAULTS]
    query = select(checked.c.user_id, checked.c.seq, *flags, *counts).where(or_(*flags))
    return list(await connection.execute(query.order_by(checked.c.user_id).limit(EXAMPLES_MAX)))


async def strayed_wallets(connection: AsyncConnection) -> list[AnyRow]:
    """(user_id, seq, total) of wallets that stand at their checkpoint's number and yet differ from it."""
    point = LedgerCheckpoint
    differs = or_(Wallet.gold_balance != point.balance, Wallet.chain_head != point.hash)
    query = select(Wallet.user_id, Wallet.transfer_seq.label("seq"), func.count().over().label("total"))
    query = query.join(point, point.user_id == Wallet.user_id).where(
        Wallet.transfer_seq == point.seq, differs
    )
    return list(await connection.execute(query.order_by(Wallet.user_id).limit(EXAMPLES_MAX)))


async def orphans(connection: AsyncConnection) -> list[AnyRow]:
    """(user_id, seq, total) of transfers whose user has no wallet."""
    transfer = LedgerTransfer
    query = select(transfer.user_id, transfer.seq, func.count().over().label("total"))
    query = query.outerjoin(Wallet, Wallet.user_id == transfer.user_id).where(Wallet.user_id.is_(None))
    return list(await connection.execute(query.limit(EXAMPLES_MAX)))


async def checkpoint_faults(connection: AsyncConnection, *, full: bool) -> list[AnyRow]:
    """(user_id, seq, total) of checkpoints whose transfer is gone or has another hash.

    Without `full` only those that an incremental audit starts from.
    """
    point, transfer = LedgerCheckpoint, LedgerTransfer
    same = and_(transfer.user_id == point.user_id, transfer.seq == point.seq)
    query = select(point.user_id, point.seq, func.count().over().label("total")).outerjoin(transfer, same)
    query = query.where(point.seq > 0, transfer.hash.is_distinct_from(point.hash))
    if not full:
        moved = select(Wallet.user_id).where(
            Wallet.user_id == point.user_id, Wallet.transfer_seq != point.seq
        )
        query = query.where(moved.exists())
    return list(await connection.execute(query.order_by(point.user_id).limit(EXAMPLES_MAX)))


async def account_totals(connection: AsyncConnection) -> dict[str, AccountTotal]:
    """What each counter account gave and took in the transfers behind the base."""
    transfer = LedgerTransfer
    given = func.coalesce(func.sum(transfer.amount).filter(transfer.amount > 0), 0)
    taken = func.coalesce(func.sum(-transfer.amount).filter(transfer.amount < 0), 0)
    query = select(transfer.counter_account, given, taken, func.count())
    query = query.join(BASE, _behind(transfer.user_id, transfer.seq))
    rows = await connection.execute(query.group_by(transfer.counter_account))
    return {account: AccountTotal(int(gave), int(took), count) for account, gave, took, count in rows}


async def source_totals(connection: AsyncConnection, sources: Sequence[Source]) -> dict[str, tuple[int, int]]:
    """{account: (net gold, rows)} as the rooms that caused the transfers count them, behind the same base."""
    if not sources:
        return {}
    counted = union_all(*sources).subquery("counted")
    query = select(counted.c.counter_account, func.sum(counted.c.amount), func.count())
    query = query.join(BASE, _behind(counted.c.user_id, counted.c.transfer_seq))
    rows = await connection.execute(query.group_by(counted.c.counter_account))
    return {account: (int(net), count) for account, net, count in rows}


async def source_differences(
    connection: AsyncConnection, sources: Sequence[Source], account: str
) -> list[AnyRow]:
    """A few (user_id, seq) where not both the transfer and its source are there with the same amount."""
    transfer = LedgerTransfer
    counted = union_all(*sources).subquery("counted") if sources else None
    moved = (
        select(transfer.user_id, transfer.seq, transfer.amount)
        .join(BASE, _behind(transfer.user_id, transfer.seq))
        .where(transfer.counter_account == account)
        .subquery("moved")
    )
    if counted is None:
        return list(await connection.execute(select(moved.c.user_id, moved.c.seq).limit(EXAMPLES_MAX)))
    caused = (
        select(counted.c.user_id, counted.c.transfer_seq.label("seq"), counted.c.amount)
        .join(BASE, _behind(counted.c.user_id, counted.c.transfer_seq))
        .where(counted.c.counter_account == account)
        .subquery("caused")
    )
    same = and_(moved.c.user_id == caused.c.user_id, moved.c.seq == caused.c.seq)
    user, seq = func.coalesce(moved.c.user_id, caused.c.user_id), func.coalesce(moved.c.seq, caused.c.seq)
    query = select(user.label("user_id"), seq.label("seq")).select_from(
        moved.outerjoin(caused, same, full=True)
    )
    query = query.where(moved.c.amount.is_distinct_from(caused.c.amount))
    return list(await connection.execute(query.order_by(user, seq).limit(EXAMPLES_MAX)))


async def paid_twice(connection: AsyncConnection) -> list[AnyRow]:
    """(user_id, seq, total) of transfers that share a key, or a reference and kind, with an earlier one."""
    later, earlier = LedgerTransfer, aliased(LedgerTransfer)
    by_key = later.idempotency_key == earlier.idempotency_key
    by_reference = and_(later.kind == earlier.kind, later.reference == earlier.reference)
    found = [
        select(later.user_id, later.seq)
        .join(BASE, _behind(later.user_id, later.seq))
        .join(earlier, and_(earlier.user_id == later.user_id, same, earlier.seq < later.seq))
        for same in (by_key, by_reference)
    ]
    doubled = union_all(*found).subquery("doubled")
    query = select(doubled.c.user_id, doubled.c.seq, func.count().over().label("total")).distinct()
    return list(
        await connection.execute(query.order_by(doubled.c.user_id, doubled.c.seq).limit(EXAMPLES_MAX))
    )


async def circulation(connection: AsyncConnection) -> tuple[int, int, int]:
    """Gold in all wallets, how many wallets there are, and how many are below zero."""
    below = func.count().filter(Wallet.gold_balance < 0)
    row = (
        await connection.execute(select(func.coalesce(func.sum(Wallet.gold_balance), 0), func.count(), below))
    ).one()
    return int(row[0]), row[1], row[2]
