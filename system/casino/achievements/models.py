"""The tables of achievements: what there is to achieve, and how far each player came."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from casino.kit.database import Base
from casino.kit.models import Timestamp


class Achievement(Base):
    """Something to achieve once. Its tier says what it is worth."""

    __tablename__ = "achievements"
    __table_args__ = (
        CheckConstraint("tier IN ('small', 'medium', 'large')", name="tier_known"),
        CheckConstraint("mode IN ('sum', 'best')", name="mode_known"),
        CheckConstraint("target > 0", name="target_positive"),
    )

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    title_data: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="title by language")
    description_data: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="description by language")
    tier: Mapped[str] = mapped_column(Text)
    measure: Mapped[str] = mapped_column(Text, comment="what counts: plays, best_win, streak_days …")
    mode: Mapped[str] = mapped_column(Text, comment="sum: all of it; best: the most at once")
    target: Mapped[int] = mapped_column(BigInteger)
    place: Mapped[int] = mapped_column(Integer, comment="where it stands in the list")
    retired_at: Mapped[datetime | None] = mapped_column(
        Timestamp, comment="what is settled later counts no more"
    )
    created_at: Mapped[datetime] = mapped_column(
        Timestamp, server_default=func.now(), comment="what was settled before does not count"
    )


class UserAchievement(Base):
    """How far a player came, and since when they have it."""

    __tablename__ = "user_achievements"
    __table_args__ = (
        CheckConstraint("progress > 0", name="progress_positive"),
        Index("ix_user_achievements_unlocked_at", "unlocked_at"),
        {"postgresql_with": {"fillfactor": 80}},
    )

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"), primary_key=True)
    code: Mapped[str] = mapped_column(Text, ForeignKey("achievements.code"), primary_key=True)
    progress: Mapped[int] = mapped_column(BigInteger)
    unlocked_at: Mapped[datetime | None] = mapped_column(
        Timestamp, comment="when what unlocked it was settled"
    )
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
