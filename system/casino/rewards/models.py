"""The tables of rewards: what was given, to whom and why; what can be given; experience."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import Mapped, mapped_column

from casino.kit.database import Base
from casino.kit.models import Timestamp
from casino.rewards.rules import SOURCES


class RewardTemplate(Base):
    """Something that can be given, by its code."""

    __tablename__ = "reward_templates"
    __table_args__ = (
        CheckConstraint("gold > 0", name="gold_positive"),
        CheckConstraint("exp >= 0", name="exp_not_negative"),
    )

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    title_data: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="title by language")
    gold: Mapped[int] = mapped_column(BigInteger)
    exp: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class RedeemCode(Base):
    """A code that gives a template's reward once to each user. Uses of an unlimited one are not counted."""

    __tablename__ = "redeem_codes"
    __table_args__ = (CheckConstraint("used_count BETWEEN 0 AND max_uses", name="uses_within_limit"),)

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    template_code: Mapped[str] = mapped_column(Text, ForeignKey("reward_templates.code"))
    max_uses: Mapped[int | None] = mapped_column(Integer, comment="null: unlimited")
    used_count: Mapped[int] = mapped_column(
        Integer, server_default=text("0"), comment="stays 0 when unlimited"
    )
    starts_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    expires_at: Mapped[datetime | None] = mapped_column(Timestamp, comment="null: never")
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class UserReward(Base):
    """One reward given. Its one payment is the transfer (user_id, transfer_seq)."""

    __tablename__ = "user_rewards"
    __table_args__ = (
        CheckConstraint(f"source IN ({', '.join(map(repr, SOURCES))})", name="source_known"),
        CheckConstraint("gold > 0", name="gold_positive"),
        CheckConstraint("exp >= 0", name="exp_not_negative"),
        Index("uq_user_rewards_user_id_source_source_key", "user_id", "source", "source_key", unique=True),
        Index("ix_user_rewards_user_id_transfer_seq", "user_id", "transfer_seq"),
    )

    id: Mapped[UUID] = mapped_column(PG_UUID, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"))
    source: Mapped[str] = mapped_column(Text, comment="which room gave it")
    source_key: Mapped[str] = mapped_column(Text, comment="what for, by that room's own name: a day, a level")
    gold: Mapped[int] = mapped_column(BigInteger)
    exp: Mapped[int] = mapped_column(Integer)
    granted_by: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("users.id"), comment="the operator who gave it; null: the rules did"
    )
    note: Mapped[str | None] = mapped_column(Text, comment="the operator's reason")
    transfer_seq: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class UserExperience(Base):
    """A user's experience, the sum of their rewards'; none before the first."""

    __tablename__ = "user_experience"
    __table_args__ = (
        CheckConstraint("exp >= 0", name="exp_not_negative"),
        {"postgresql_with": {"fillfactor": 80}},
    )

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"), primary_key=True)
    exp: Mapped[int] = mapped_column(BigInteger)
    level: Mapped[int] = mapped_column(Integer)
