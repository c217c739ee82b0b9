"""The tables of events and missions: what there is to do, and how far each player came."""

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
    Integer,
    SmallInteger,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from casino.events.rules import BONUS_MAX, TALLY_SHARDS
from casino.kit.database import Base
from casino.kit.models import Timestamp


class Event(Base):
    """Something to join for a while. A deleted one keeps its row: people took part in it."""

    __tablename__ = "events"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="ends_after_start"),
        CheckConstraint("target > 0 AND gold > 0 AND exp >= 0", name="worth_something"),
        CheckConstraint(f"flat_win_bonus BETWEEN 0 AND {BONUS_MAX}", name="bonus_bounded"),
        Index("ix_events_ends_at", "ends_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    series: Mapped[str | None] = mapped_column(
        Text, comment="the weekly series it is an edition of; null: it happens once"
    )
    title_data: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="title by language")
    description_data: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="description by language")
    measure: Mapped[str] = mapped_column(Text, comment="what counts: plays, wins, wagered …")
    target: Mapped[int] = mapped_column(BigInteger)
    gold: Mapped[int] = mapped_column(BigInteger)
    exp: Mapped[int] = mapped_column(Integer)
    flat_win_bonus: Mapped[int] = mapped_column(
        Integer, server_default=text("0"), comment="gold on every win while it runs"
    )
    priority: Mapped[int] = mapped_column(
        Integer, server_default=text("0"), comment="the highest is the hot one"
    )
    published: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    starts_at: Mapped[datetime] = mapped_column(Timestamp)
    ends_at: Mapped[datetime] = mapped_column(Timestamp)
    deleted_at: Mapped[datetime | None] = mapped_column(Timestamp)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class EventParticipation(Base):
    """A player's part in an event. Progress is only ever added to."""

    __tablename__ = "event_participations"
    __table_args__ = (
        CheckConstraint("progress >= 0", name="progress_not_negative"),
        Index("ix_event_participations_user_id", "user_id"),
        {"postgresql_with": {"fillfactor": 80}},
    )

    event_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("events.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"), primary_key=True)
    progress: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    claimed_at: Mapped[datetime | None] = mapped_column(Timestamp)
    created_at: Mapped[datetime] = mapped_column(
        Timestamp, server_default=func.now(), comment="when they joined: what is settled from here on counts"
    )


class EventTally(Base):
    """How many take part in an event, so that nobody counts them at each look; the shards are summed.

    Several, so that those who join at once seldom wait for one another.
    """

    __tablename__ = "event_tallies"
    __table_args__ = (
        CheckConstraint(f"shard BETWEEN 0 AND {TALLY_SHARDS - 1}", name="shard_known"),
        CheckConstraint("participants > 0", name="participants_positive"),
        {"postgresql_with": {"fillfactor": 50}},
    )

    event_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("events.id"), primary_key=True)
    shard: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    participants: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class Mission(Base):
    """Something to do every day or every week."""

    __tablename__ = "missions"
    __table_args__ = (
        CheckConstraint("period IN ('daily', 'weekly')", name="period_known"),
        CheckConstraint("target > 0 AND gold > 0 AND exp >= 0", name="worth_something"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    period: Mapped[str] = mapped_column(Text)
    title_data: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="title by language")
    measure: Mapped[str] = mapped_column(Text, comment="what counts: plays, wins, wagered …")
    target: Mapped[int] = mapped_column(BigInteger)
    gold: Mapped[int] = mapped_column(BigInteger)
    exp: Mapped[int] = mapped_column(Integer)
    place: Mapped[int] = mapped_column(Integer, comment="where it stands in the list")
    retired_at: Mapped[datetime | None] = mapped_column(
        Timestamp, comment="what is settled later counts no more"
    )
    created_at: Mapped[datetime] = mapped_column(
        Timestamp, server_default=func.now(), comment="what was settled before does not count"
    )


class MissionProgress(Base):
    """How far a player came in a mission's period. Progress is only ever added to."""

    __tablename__ = "mission_progress"
    __table_args__ = (
        CheckConstraint("progress > 0", name="progress_positive"),
        {"postgresql_with": {"fillfactor": 80}},
    )

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"), primary_key=True)
    period_start: Mapped[date] = mapped_column(Date, primary_key=True)
    mission_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("missions.id"), primary_key=True)
    progress: Mapped[int] = mapped_column(BigInteger)
    claimed_at: Mapped[datetime | None] = mapped_column(Timestamp)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
