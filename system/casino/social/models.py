"""The tables of players among each other."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import Mapped, mapped_column

from casino.kit.database import Base
from casino.kit.models import Timestamp


class FollowRelation(Base):
    """Who wants to see what happens to whom."""

    __tablename__ = "follow_relations"
    __table_args__ = (
        CheckConstraint("follower_id <> followee_id", name="not_oneself"),
        Index("ix_follow_relations_followee_id_follower_id", "followee_id", "follower_id"),
    )

    follower_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    followee_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class SocialSettings(Base):
    """What a player lets followers see; without a row, everything."""

    __tablename__ = "social_settings"

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    presence_shown: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    wins_shown: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    updated_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class FeedItem(Base):
    """Something worth telling a player's followers."""

    __tablename__ = "feed_items"
    __table_args__ = (
        Index("uq_feed_items_event_id", "event_id", unique=True),
        Index("ix_feed_items_actor_id_id", "actor_id", "id"),
        Index("ix_feed_items_created_at", "created_at", postgresql_using="brin"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(PG_UUID, comment="the fact it tells of; told once")
    actor_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger, comment="gold")
    game_type: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Timestamp)


class LeaderboardScore(Base):
    """A player's score on a board in one window; moves with the consumer that counts the rounds."""

    __tablename__ = "leaderboard_scores"
    __table_args__ = (
        Index(
            "ix_leaderboard_scores_board_window_kind_window_start_score",
            "board",
            "window_kind",
            "window_start",
            "score",
        ),
    )

    board: Mapped[str] = mapped_column(Text, primary_key=True)
    window_kind: Mapped[str] = mapped_column(Text, primary_key=True)
    window_start: Mapped[date] = mapped_column(Date, primary_key=True, comment="first day of the window, UTC")
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    score: Mapped[Decimal] = mapped_column(Numeric(18, 2))
