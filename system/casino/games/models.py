"""The tables of play: settled rounds, running statistics, and the seeds rounds are drawn from."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import Mapped, mapped_column

from casino.kit.database import Base
from casino.kit.models import Timestamp

Multiplier = Numeric(12, 2)


class GameRound(Base):
    """One settled round. Partitioned by month; its one payment is the transfer (user_id, transfer_seq)."""

    __tablename__ = "game_rounds"
    __table_args__ = (
        CheckConstraint("bet_amount > 0", name="bet_positive"),
        CheckConstraint("win_amount >= 0", name="win_not_negative"),
        Index("ix_game_rounds_user_id_transfer_seq", "user_id", "transfer_seq"),
        {"postgresql_partition_by": "RANGE (created_at)"},
    )

    id: Mapped[UUID] = mapped_column(PG_UUID, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Timestamp, primary_key=True, server_default=func.now())
    user_id: Mapped[int] = mapped_column(BigInteger)
    transfer_seq: Mapped[int] = mapped_column(BigInteger)
    game_type: Mapped[str] = mapped_column(Text)
    bet_amount: Mapped[int] = mapped_column(BigInteger)
    win_amount: Mapped[int] = mapped_column(BigInteger)
    multiplier: Mapped[Decimal] = mapped_column(Multiplier)
    config_version: Mapped[int] = mapped_column(Integer)
    seed_id: Mapped[int] = mapped_column(BigInteger)
    client_seed: Mapped[str] = mapped_column(Text)
    nonce: Mapped[int] = mapped_column(BigInteger)
    result_data: Mapped[dict[str, Any]] = mapped_column(JSONB)


class UserGameStats(Base):
    """A user's running totals in one game; they move in the statement that settles a round."""

    __tablename__ = "user_game_stats"
    __table_args__ = ({"postgresql_with": {"fillfactor": 70}},)

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"), primary_key=True)
    game_type: Mapped[str] = mapped_column(Text, primary_key=True)
    plays: Mapped[int] = mapped_column(BigInteger)
    wins: Mapped[int] = mapped_column(BigInteger)
    losses: Mapped[int] = mapped_column(BigInteger)
    total_bet: Mapped[int] = mapped_column(BigInteger)
    total_gold_won: Mapped[int] = mapped_column(BigInteger)
    highest_multiplier: Mapped[Decimal] = mapped_column(Multiplier)


class FairnessSeed(Base):
    """A server seed: its hash is shown at once, itself only when it is retired."""

    __tablename__ = "fairness_seeds"
    __table_args__ = (
        CheckConstraint("octet_length(server_seed) = 32", name="seed_is_32_bytes"),
        Index("ix_fairness_seeds_user_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"))
    server_seed: Mapped[bytes] = mapped_column(LargeBinary)
    client_seed: Mapped[str] = mapped_column(Text)
    nonces_used: Mapped[int | None] = mapped_column(
        BigInteger, comment="rounds drawn, known when it is retired"
    )
    revealed_at: Mapped[datetime | None] = mapped_column(Timestamp)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
