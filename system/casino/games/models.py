"""The tables of play: rounds, running statistics, sittings, and the seeds rounds are drawn from."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ColumnElement,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Text,
    func,
    literal_column,
    text,
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
    bonus_gold: Mapped[int] = mapped_column(
        BigInteger, server_default="0", comment="a running event's gold, paid with the win"
    )
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


class CrashRound(Base):
    """A round of crash from its bet to its end: two transfers, one each. Its end is known to the server alone."""

    __tablename__ = "crash_rounds"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'cashed', 'crashed', 'expired')", name="status_known"),
        CheckConstraint("bet_amount > 0", name="bet_positive"),
        CheckConstraint("(status = 'active') = (end_seq IS NULL)", name="ended_with_a_transfer"),
        CheckConstraint("win_amount IS NULL OR win_amount >= 0", name="win_not_negative"),
        Index(
            "uq_crash_rounds_user_id_active",
            "user_id",
            unique=True,
            postgresql_where=text("status = 'active'"),
        ),
        Index("ix_crash_rounds_due_at_active", "due_at", postgresql_where=text("status = 'active'")),
        Index("ix_crash_rounds_user_id_bet_seq", "user_id", "bet_seq"),
        Index("ix_crash_rounds_started_at", "started_at"),
    )

    id: Mapped[UUID] = mapped_column(PG_UUID, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"))
    status: Mapped[str] = mapped_column(Text)
    bet_amount: Mapped[int] = mapped_column(BigInteger)
    bonus_gold: Mapped[int] = mapped_column(BigInteger, server_default="0")
    win_amount: Mapped[int | None] = mapped_column(BigInteger, comment="paid at the end, stake included")
    auto_points: Mapped[int | None] = mapped_column(Integer, comment="automatic cash-out, in hundredths")
    crash_points: Mapped[int] = mapped_column(Integer, comment="where the curve ends; secret while active")
    cashout_points: Mapped[int | None] = mapped_column(Integer, comment="where the player left")
    started_at: Mapped[datetime] = mapped_column(Timestamp, comment="by the database's clock")
    due_at: Mapped[datetime] = mapped_column(Timestamp, comment="when it ends if nobody leaves it")
    ended_at: Mapped[datetime | None] = mapped_column(Timestamp)
    bet_seq: Mapped[int] = mapped_column(BigInteger, comment="transfer that took the stake")
    end_seq: Mapped[int | None] = mapped_column(BigInteger, comment="transfer that paid, also when nothing")
    config_version: Mapped[int] = mapped_column(Integer)
    seed_id: Mapped[int] = mapped_column(BigInteger)
    client_seed: Mapped[str] = mapped_column(Text)
    nonce: Mapped[int] = mapped_column(BigInteger)


def is_running() -> ColumnElement[bool]:
    """Whether a round of crash runs; written out, because a plan made for any status takes no partial index."""
    return CrashRound.status == literal_column("'active'", Text)


class GachaProgress(Base):
    """Where a user stands at the gacha; moves in the statement that settles a pull."""

    __tablename__ = "gacha_progress"
    __table_args__ = (CheckConstraint("pity >= 0", name="pity_not_negative"),)

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"), primary_key=True)
    pity: Mapped[int] = mapped_column(Integer, comment="items since the last Legendary")
    pulled_on: Mapped[date] = mapped_column(Date, comment="day of the last pull, UTC")
    pulls_that_day: Mapped[int] = mapped_column(Integer, comment="a ten-pull counts once")
    common_count: Mapped[int] = mapped_column(BigInteger)
    rare_count: Mapped[int] = mapped_column(BigInteger)
    epic_count: Mapped[int] = mapped_column(BigInteger)
    legendary_count: Mapped[int] = mapped_column(BigInteger)


class GachaStock(Base):
    """How many items of a rarity are left for everybody today."""

    __tablename__ = "gacha_stock"
    __table_args__ = (CheckConstraint("stock_left >= 0", name="stock_not_negative"),)

    rarity: Mapped[str] = mapped_column(Text, primary_key=True)
    stock_left: Mapped[int] = mapped_column(BigInteger)
    restocked_on: Mapped[date] = mapped_column(Date, comment="UTC")


class WinBonus(Base):
    """Gold that every win brings on top while it runs, given by an event."""

    __tablename__ = "win_bonuses"
    __table_args__ = (
        CheckConstraint("flat_gold > 0", name="gold_positive"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    )

    source: Mapped[str] = mapped_column(Text, primary_key=True, comment="the event it belongs to: event:12")
    flat_gold: Mapped[int] = mapped_column(BigInteger)
    starts_at: Mapped[datetime] = mapped_column(Timestamp)
    ends_at: Mapped[datetime] = mapped_column(Timestamp)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class GameConfig(Base):
    """What an operator decided about a game; append-only. The newest decision whose moment has come is what holds."""

    __tablename__ = "game_configs"
    __table_args__ = (
        CheckConstraint("game_type IN ('slot', 'rps', 'gacha', 'crash')", name="game_known"),
        CheckConstraint("bet_min > 0", name="bet_positive"),
        CheckConstraint("bet_max >= bet_min", name="bets_in_order"),
        Index("ix_game_configs_game_type_id", "game_type", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    game_type: Mapped[str] = mapped_column(Text)
    enabled: Mapped[bool] = mapped_column(Boolean)
    bet_min: Mapped[int] = mapped_column(BigInteger)
    bet_max: Mapped[int] = mapped_column(BigInteger)
    effective_from: Mapped[datetime] = mapped_column(Timestamp)
    reason: Mapped[str] = mapped_column(Text, comment="for other operators")
    created_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class GameSession(Base):
    """A sitting at one game, from the page's opening to its closing; its result is counted from the rounds."""

    __tablename__ = "game_sessions"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (result_data IS NULL)", name="ended_with_a_result"),
        Index("ix_game_sessions_user_id_started_at", "user_id", "started_at"),
    )

    id: Mapped[UUID] = mapped_column(PG_UUID, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"))
    game_type: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    ended_at: Mapped[datetime | None] = mapped_column(Timestamp)
    result_data: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
