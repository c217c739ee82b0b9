"""The tables of notifications: inboxes, what each player lets in, and what operators send."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Identity, Index, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from casino.kit.database import Base
from casino.kit.models import Timestamp

_KIND_KNOWN = "kind IN ('ADMIN_BROADCAST', 'ADMIN_NOTIFICATION', 'SECURITY', 'CAMPAIGN')"
_STATE_KNOWN = "state IN ('scheduled', 'sending', 'sent', 'cancelled')"


class Notification(Base):
    """One message in one inbox."""

    __tablename__ = "notifications"
    __table_args__ = (
        CheckConstraint(_KIND_KNOWN, name="kind_known"),
        Index("uq_notifications_user_id_source", "user_id", "source", unique=True),
        Index("ix_notifications_user_id_id", "user_id", "id"),
        Index("ix_notifications_unread", "user_id", "id", postgresql_where=text("read_at IS NULL")),
        Index("ix_notifications_created_at", "created_at", postgresql_using="brin"),
        {"postgresql_with": {"fillfactor": 90}},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    notification_data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    source: Mapped[str] = mapped_column(Text, comment="what it came from, once a user: fact:…, send:…")
    read_at: Mapped[datetime | None] = mapped_column(Timestamp)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class NotificationSettings(Base):
    """What a player lets in; without a row, everything. Security notices always come."""

    __tablename__ = "notification_settings"

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    admin_broadcast: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    admin_notification: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    campaign: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    updated_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class NotificationSend(Base):
    """Something an operator sends, now or later, to some users or to everybody."""

    __tablename__ = "notification_sends"
    __table_args__ = (
        CheckConstraint(_KIND_KNOWN, name="kind_known"),
        CheckConstraint(_STATE_KNOWN, name="state_known"),
        CheckConstraint("(kind = 'ADMIN_BROADCAST') = (user_ids IS NULL)", name="broadcast_is_to_everybody"),
        CheckConstraint(
            "(finished_at IS NOT NULL) = (state IN ('sent', 'cancelled'))", name="finished_when_over"
        ),
        Index("ix_notification_sends_due", "send_at", postgresql_where=text("finished_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    send_data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    user_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger), comment="null: everybody")
    send_at: Mapped[datetime] = mapped_column(Timestamp)
    state: Mapped[str] = mapped_column(Text)
    after_user_id: Mapped[int] = mapped_column(
        BigInteger, server_default=text("0"), comment="inboxes up to this user have it"
    )
    delivered: Mapped[int] = mapped_column(BigInteger, server_default=text("0"), comment="inboxes it is in")
    created_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    finished_at: Mapped[datetime | None] = mapped_column(Timestamp)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
