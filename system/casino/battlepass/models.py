"""The tables of the battle pass: seasons, their levels, how high each player is, and what they took."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Integer, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casino.kit.database import Base
from casino.kit.models import Timestamp


class Season(Base):
    """A season. No two run at once."""

    __tablename__ = "battlepass_seasons"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="ends_after_start"),
        CheckConstraint("premium_price > 0", name="premium_price_positive"),
        ExcludeConstraint(
            (text("tstzrange(starts_at, ends_at)"), "&&"), name="ex_battlepass_seasons_one_at_a_time"
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    title_data: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="title by language")
    rate_data: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="experience by measure: {plays: 10}")
    premium_price: Mapped[int] = mapped_column(BigInteger, comment="gold")
    starts_at: Mapped[datetime] = mapped_column(Timestamp)
    ends_at: Mapped[datetime] = mapped_column(Timestamp)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class SeasonLevel(Base):
    """A rung of the ladder and what it gives."""

    __tablename__ = "battlepass_levels"
    __table_args__ = (
        CheckConstraint("level > 0 AND xp > 0", name="above_ground"),
        CheckConstraint("free_gold > 0 AND premium_gold > 0", name="worth_something"),
    )

    season_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("battlepass_seasons.id"), primary_key=True)
    level: Mapped[int] = mapped_column(Integer, primary_key=True)
    xp: Mapped[int] = mapped_column(BigInteger, comment="experience it needs in all")
    free_gold: Mapped[int] = mapped_column(BigInteger)
    premium_gold: Mapped[int] = mapped_column(BigInteger)


class PassProgress(Base):
    """How much experience a player won in a season. Only ever added to."""

    __tablename__ = "battlepass_progress"
    __table_args__ = (
        CheckConstraint("xp > 0", name="xp_positive"),
        {"postgresql_with": {"fillfactor": 80}},
    )

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"), primary_key=True)
    season_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("battlepass_seasons.id"), primary_key=True)
    xp: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class PremiumPass(Base):
    """A bought premium track. Its one payment is the transfer (user_id, transfer_seq)."""

    __tablename__ = "battlepass_premiums"
    __table_args__ = (CheckConstraint("price > 0", name="price_positive"),)

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"), primary_key=True)
    season_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("battlepass_seasons.id"), primary_key=True)
    price: Mapped[int] = mapped_column(BigInteger)
    transfer_seq: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class PassClaim(Base):
    """A level's reward that a player took, of one track."""

    __tablename__ = "battlepass_claims"
    __table_args__ = (CheckConstraint("track IN ('free', 'premium')", name="track_known"),)

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"), primary_key=True)
    season_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("battlepass_seasons.id"), primary_key=True)
    level: Mapped[int] = mapped_column(Integer, primary_key=True)
    track: Mapped[str] = mapped_column(Text, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
