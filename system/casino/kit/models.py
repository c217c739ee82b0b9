"""The tables of the kit: facts on their way and in the log, consumers' places in it, stored answers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, LargeBinary, SmallInteger, Text, func
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import Mapped, mapped_column

from casino.kit.database import Base

Timestamp = TIMESTAMP(timezone=True)


class OutboxRow(Base):
    """A committed fact that has no place in the log yet; the sequencer moves it there within milliseconds."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(PG_UUID)
    type: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int] = mapped_column(BigInteger)
    event_no: Mapped[int] = mapped_column(
        BigInteger, comment="the first of the user's event numbers it reserved"
    )
    messages: Mapped[int] = mapped_column(SmallInteger, comment="how many numbers it reserved")
    occurred_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    traceparent: Mapped[str | None] = mapped_column(Text)
    fact_data: Mapped[dict[str, Any]] = mapped_column(JSONB)


class LogRow(Base):
    """The fact log: each committed fact once, gap-free by partition. Immutable; partitioned by month."""

    __tablename__ = "fact_log"
    __table_args__ = (
        Index("ix_fact_log_user_id_event_no", "user_id", "event_no"),
        Index("ix_fact_log_occurred_at", "occurred_at", postgresql_using="brin"),
        {"postgresql_partition_by": "RANGE (occurred_at)"},
    )

    partition: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    log_offset: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    occurred_at: Mapped[datetime] = mapped_column(Timestamp, primary_key=True)
    event_id: Mapped[UUID] = mapped_column(PG_UUID)
    type: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int] = mapped_column(BigInteger)
    event_no: Mapped[int] = mapped_column(BigInteger)
    messages: Mapped[int] = mapped_column(SmallInteger)
    traceparent: Mapped[str | None] = mapped_column(Text)
    fact_data: Mapped[dict[str, Any]] = mapped_column(JSONB)


class LogPartition(Base):
    """The next offset of each partition. Its row lock is what makes the sequencer the only one."""

    __tablename__ = "fact_log_partitions"

    partition: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    next_offset: Mapped[int] = mapped_column(BigInteger)


class ConsumerOffset(Base):
    """How far a consumer has come in a partition; moves in the transaction of its effect."""

    __tablename__ = "consumer_offsets"

    consumer: Mapped[str] = mapped_column(Text, primary_key=True)
    partition: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    next_offset: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class ConsumedEvent(Base):
    """A window of facts already applied, for a log that may deliver twice (Kafka)."""

    __tablename__ = "consumed_events"
    __table_args__ = (Index("ix_consumed_events_consumed_at", "consumed_at", postgresql_using="brin"),)

    consumer: Mapped[str] = mapped_column(Text, primary_key=True)
    event_id: Mapped[UUID] = mapped_column(PG_UUID, primary_key=True)
    consumed_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class DeadFact(Base):
    """A fact that a consumer could not take after repeated tries, put aside so that the rest goes on."""

    __tablename__ = "dead_facts"

    consumer: Mapped[str] = mapped_column(Text, primary_key=True)
    event_id: Mapped[UUID] = mapped_column(PG_UUID, primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    fact_data: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="the whole fact, as the log held it")
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class IdempotencyRecord(Base):
    """The answer first given to a key, committed with the effect it answers for."""

    __tablename__ = "idempotency_records"
    __table_args__ = (
        CheckConstraint("status BETWEEN 200 AND 299", name="only_success"),
        Index("ix_idempotency_records_created_at", "created_at", postgresql_using="brin"),
    )

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int] = mapped_column(SmallInteger)
    body: Mapped[str] = mapped_column(Text)
    digest: Mapped[bytes | None] = mapped_column(
        LargeBinary,
        comment="SHA-256 of user, key and body when they were stored; null before there were digests",
    )
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
