"""The tables of the home page: what each player did, and how busy each minute was."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from casino.kit.database import Base
from casino.kit.models import Timestamp


class UserAction(Base):
    """One thing a player did. Partitioned by month; `event_no` is the id of its `user_action` message."""

    __tablename__ = "user_actions"
    __table_args__ = (
        CheckConstraint("source IN ('client', 'server')", name="source_known"),
        Index("ix_user_actions_action_type_created_at", "action_type", "created_at"),
        {"postgresql_partition_by": "RANGE (created_at)"},
    )

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    event_no: Mapped[int] = mapped_column(BigInteger, primary_key=True, comment="the user's event number")
    created_at: Mapped[datetime] = mapped_column(Timestamp, primary_key=True)
    action_type: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text, comment="client: as the browser says; server: as settled")
    client_ts: Mapped[datetime | None] = mapped_column(Timestamp, comment="when the browser says it happened")
    action_data: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="the context given with it")


class ActivityMinute(Base):
    """What was settled in one minute: the public figures add up the last sixty."""

    __tablename__ = "activity_minutes"

    minute: Mapped[datetime] = mapped_column(Timestamp, primary_key=True)
    rounds: Mapped[int] = mapped_column(BigInteger)
    big_wins: Mapped[int] = mapped_column(BigInteger, comment="rounds won above the threshold")
