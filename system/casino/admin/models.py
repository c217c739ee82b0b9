"""The table of the back office: who changed what, and how it was before."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from casino.kit.database import Base
from casino.kit.models import Timestamp


class AdminAuditLog(Base):
    """One write of an operator. Append-only: a trigger refuses UPDATE and DELETE."""

    __tablename__ = "admin_audit_logs"
    __table_args__ = (
        Index("ix_admin_audit_logs_actor_id_id", "actor_id", "id"),
        Index("ix_admin_audit_logs_action_id", "action", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    actor_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    action: Mapped[str] = mapped_column(Text, comment="notifications.send, users.ban …")
    target: Mapped[str] = mapped_column(Text, comment="what was changed: user:42, send:7 …")
    before_data: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="null: it was not there")
    after_data: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="null: it is gone")
    address: Mapped[str] = mapped_column(Text, comment="PII; where the operator's request came from")
    trace_id: Mapped[str] = mapped_column(Text, comment="of the request")
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
