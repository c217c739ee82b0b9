"""The tables of money: wallets, their transfers, and the auditor's checkpoints."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from casino.kit.database import Base
from casino.kit.models import Timestamp


class Wallet(Base):
    """One row a user: the balance, the three sequences that move with it, and the limits on what moves it."""

    __tablename__ = "wallets"
    __table_args__ = (
        CheckConstraint("gold_balance >= 0", name="balance_not_negative"),
        CheckConstraint("octet_length(chain_head) = 32", name="chain_head_is_sha256"),
        CheckConstraint(
            "loss_limit >= 0 AND spend_limit >= 0 AND loss_limit_next >= 0 AND spend_limit_next >= 0",
            name="limits_not_negative",
        ),
        CheckConstraint("spent_today >= 0", name="spent_not_negative"),
        {"postgresql_with": {"fillfactor": 60}},
    )

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    gold_balance: Mapped[int] = mapped_column(BigInteger)
    transfer_seq: Mapped[int] = mapped_column(BigInteger, comment="number of the user's last transfer")
    event_seq: Mapped[int] = mapped_column(BigInteger, comment="the user's last event number")
    chain_head: Mapped[bytes] = mapped_column(LargeBinary, comment="hash of the last transfer")
    draw_seed_id: Mapped[int | None] = mapped_column(BigInteger, comment="the seed that draws come from now")
    draw_nonce: Mapped[int] = mapped_column(BigInteger, comment="draws made from that seed")
    loss_limit: Mapped[int | None] = mapped_column(BigInteger, comment="gold a day; null: without limit")
    loss_limit_next: Mapped[int | None] = mapped_column(
        BigInteger, comment="the limit from loss_limit_next_at"
    )
    loss_limit_next_at: Mapped[datetime | None] = mapped_column(Timestamp, comment="null: nothing is waiting")
    spend_limit: Mapped[int | None] = mapped_column(BigInteger, comment="gold a day; null: without limit")
    spend_limit_next: Mapped[int | None] = mapped_column(
        BigInteger, comment="the limit from spend_limit_next_at"
    )
    spend_limit_next_at: Mapped[datetime | None] = mapped_column(
        Timestamp, comment="null: nothing is waiting"
    )
    excluded_until: Mapped[datetime | None] = mapped_column(Timestamp, comment="by the user's own wish")
    play_day: Mapped[date | None] = mapped_column(Date, comment="the UTC day that the two counters count")
    lost_today: Mapped[int] = mapped_column(
        BigInteger, server_default=text("0"), comment="gold staked less gold won; below 0 when ahead"
    )
    spent_today: Mapped[int] = mapped_column(
        BigInteger, server_default=text("0"), comment="gold staked and paid, whatever came back"
    )
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class LedgerTransfer(Base):
    """One movement of gold. Append-only: a trigger refuses UPDATE and DELETE; corrections are new transfers."""

    __tablename__ = "ledger_transfers"
    __table_args__ = (
        CheckConstraint("balance_after >= 0", name="balance_not_negative"),
        CheckConstraint("octet_length(hash) = 32", name="hash_is_sha256"),
        Index("uq_ledger_transfers_user_id_idempotency_key", "user_id", "idempotency_key", unique=True),
        Index("uq_ledger_transfers_user_id_kind_reference", "user_id", "kind", "reference", unique=True),
        Index("ix_ledger_transfers_created_at", "created_at", postgresql_using="brin"),
    )

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"), primary_key=True)
    seq: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, comment="1, 2, 3 … for each user, without a gap"
    )
    counter_account: Mapped[str] = mapped_column(Text, comment="the other side: house:slot, source:signup …")
    amount: Mapped[int] = mapped_column(BigInteger, comment="gold, signed, as the user sees it")
    balance_after: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(Text, comment="what it paid for: a round, a receipt, a reward")
    idempotency_key: Mapped[str] = mapped_column(Text)
    hash: Mapped[bytes] = mapped_column(
        LargeBinary, comment="sha256(hash of the one before + canonical bytes)"
    )
    created_at: Mapped[datetime] = mapped_column(Timestamp)


class LedgerCheckpoint(Base):
    """How far the auditor has proved a user's chain, and what it ended in."""

    __tablename__ = "ledger_checkpoints"

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    balance: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    audited_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class LedgerAudit(Base):
    """One run of the auditor that found nothing wrong, and what the accounts add up to by then."""

    __tablename__ = "ledger_audits"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    is_full: Mapped[bool] = mapped_column(Boolean, comment="whether it went back to the first transfer")
    transfers: Mapped[int] = mapped_column(BigInteger, comment="how many it recomputed")
    account_data: Mapped[dict[str, Any]] = mapped_column(
        JSONB, comment="{account: [gold given, gold taken, transfers]} of every transfer proved so far"
    )
    heads_signature: Mapped[bytes | None] = mapped_column(
        LargeBinary, comment="the line of the checkpoint file that was last when it ended"
    )
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
