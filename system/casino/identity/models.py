"""The tables of identity: users, their sessions and tokens, and what guards the door."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import Mapped, mapped_column

from casino.kit.database import Base
from casino.kit.models import Timestamp


class User(Base):
    """An account. A deleted one keeps its row, and its names stay taken."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("rank IN ('STANDARD', 'PREMIUM', 'VIP')", name="rank_known"),
        CheckConstraint("role IN ('user', 'operator', 'admin')", name="role_known"),
        CheckConstraint("site_id ~ '^[a-z0-9_.-]{3,32}$'", name="site_id_form"),
        CheckConstraint("char_length(nickname) BETWEEN 2 AND 20", name="nickname_length"),
        CheckConstraint("octet_length(phone_index) = 32", name="phone_index_is_sha256"),
        CheckConstraint("signup_gold >= 0", name="signup_gold_not_negative"),
        CheckConstraint(
            "(birth_date_encrypted IS NULL) = (birth_date_key_id IS NULL)", name="birth_date_has_its_key"
        ),
        Index("ix_users_invite_code", "invite_code"),
        {"postgresql_with": {"fillfactor": 80}},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    site_id: Mapped[str] = mapped_column(Text, unique=True, comment="the name to log in with")
    nickname: Mapped[str] = mapped_column(Text, comment="what others see")
    nickname_folded: Mapped[str] = mapped_column(
        Text, unique=True, comment="NFKC, case folded: unique as people read"
    )
    phone_encrypted: Mapped[bytes] = mapped_column(
        LargeBinary, comment="PII; AES-GCM: nonce, then ciphertext"
    )
    phone_key_id: Mapped[str] = mapped_column(Text, comment="which key encrypted it")
    phone_index: Mapped[bytes] = mapped_column(
        LargeBinary, unique=True, comment="HMAC of the digits, for look-ups"
    )
    phone_index_key_id: Mapped[str] = mapped_column(Text, comment="which key made the index")
    birth_date_encrypted: Mapped[bytes | None] = mapped_column(
        LargeBinary, comment="PII; AES-GCM: nonce, then ciphertext; null: not given"
    )
    birth_date_key_id: Mapped[str | None] = mapped_column(Text, comment="which key encrypted it")
    adult_verified_at: Mapped[datetime | None] = mapped_column(
        Timestamp, comment="when their date of birth showed that they are an adult"
    )
    password_hash: Mapped[str] = mapped_column(Text, comment="argon2id, PHC string")
    role: Mapped[str] = mapped_column(Text, server_default="user")
    rank: Mapped[str] = mapped_column(Text, server_default="STANDARD")
    invite_code: Mapped[str] = mapped_column(Text, ForeignKey("invite_codes.code"))
    signup_gold: Mapped[int] = mapped_column(
        BigInteger, server_default=text("0"), comment="the gift of their sign-up, which the ledger must show"
    )
    last_login_at: Mapped[datetime | None] = mapped_column(Timestamp)
    deleted_at: Mapped[datetime | None] = mapped_column(Timestamp)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class Erasure(Base):
    """A tombstone. A copy of the database from before the erasure still has the account: by its number and the
    moment it was made it is found there, and erased again."""

    __tablename__ = "erasures"
    __table_args__ = (Index("ix_erasures_created_at", "created_at"),)

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    account_created_at: Mapped[datetime] = mapped_column(Timestamp)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class InviteCode(Base):
    """A code that lets people sign up. Uses of an unlimited one are not counted: its row would be a queue."""

    __tablename__ = "invite_codes"
    __table_args__ = (CheckConstraint("used_count BETWEEN 0 AND max_uses", name="uses_within_limit"),)

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    max_uses: Mapped[int | None] = mapped_column(Integer, comment="null: unlimited")
    used_count: Mapped[int] = mapped_column(
        Integer, server_default=text("0"), comment="stays 0 when unlimited"
    )
    expires_at: Mapped[datetime | None] = mapped_column(Timestamp, comment="null: never")
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class UserSession(Base):
    """One log-in on one device, until it is revoked or 90 days idle."""

    __tablename__ = "user_sessions"
    __table_args__ = (
        Index("ix_user_sessions_user_id_id", "user_id", "id"),
        Index("ix_user_sessions_last_seen_at", "last_seen_at"),
        {"postgresql_with": {"fillfactor": 80}},
    )

    id: Mapped[UUID] = mapped_column(PG_UUID, primary_key=True, comment="UUIDv7; `sid` in access tokens")
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    user_agent: Mapped[str] = mapped_column(Text, comment="PII; as the device calls itself, shortened")
    last_seen_at: Mapped[datetime] = mapped_column(
        Timestamp, server_default=func.now(), comment="within a minute"
    )
    revoked_at: Mapped[datetime | None] = mapped_column(Timestamp)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class RefreshToken(Base):
    """A refresh token's name and fate; its secret is nowhere. A session's tokens form one family."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (
        CheckConstraint("(used_at IS NULL) = (successor IS NULL)", name="used_by_its_successor"),
        Index("ix_refresh_tokens_session_id", "session_id"),
        Index("ix_refresh_tokens_expires_at", "expires_at"),
    )

    jti: Mapped[str] = mapped_column(Text, primary_key=True)
    session_id: Mapped[UUID] = mapped_column(PG_UUID, ForeignKey("user_sessions.id", ondelete="CASCADE"))
    successor: Mapped[str | None] = mapped_column(Text, comment="jti it rotated into")
    used_at: Mapped[datetime | None] = mapped_column(Timestamp)
    expires_at: Mapped[datetime] = mapped_column(Timestamp)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class Revocation(Base):
    """Access tokens that are dead before they expire: a session's, or a user's issued before a moment.

    PostgreSQL is the authority; each process holds the recent rows in memory. A row outlives the tokens it
    kills.
    """

    __tablename__ = "revocations"
    __table_args__ = (Index("ix_revocations_created_at", "created_at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    session_id: Mapped[UUID | None] = mapped_column(PG_UUID, comment="null: every session of the user")
    not_before: Mapped[datetime] = mapped_column(Timestamp, comment="tokens issued before it are dead")
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.clock_timestamp())


class WsTicket(Base):
    """A ticket that opens one socket, once, within seconds."""

    __tablename__ = "ws_tickets"
    __table_args__ = (
        CheckConstraint("octet_length(ticket_hash) = 32", name="hash_is_sha256"),
        Index("ix_ws_tickets_expires_at", "expires_at"),
    )

    ticket_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    session_id: Mapped[UUID] = mapped_column(PG_UUID, ForeignKey("user_sessions.id", ondelete="CASCADE"))
    token_issued_at: Mapped[datetime] = mapped_column(
        Timestamp, comment="of the access token that asked for it"
    )
    token_expires_at: Mapped[datetime] = mapped_column(
        Timestamp, comment="when that token, and so the socket, ends"
    )
    expires_at: Mapped[datetime] = mapped_column(Timestamp)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class LoginAttempt(Base):
    """One attempt to log in, also on names that do not exist."""

    __tablename__ = "login_attempts"
    __table_args__ = (
        CheckConstraint("outcome IN ('ok', 'failed', 'locked')", name="outcome_known"),
        Index("ix_login_attempts_site_id_created_at", "site_id", "created_at"),
        Index("ix_login_attempts_created_at", "created_at", postgresql_using="brin"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    site_id: Mapped[str] = mapped_column(Text, comment="as it was given")
    address: Mapped[str] = mapped_column(Text, comment="PII; the caller's address, kept 90 days")
    outcome: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.clock_timestamp())


class SecurityEvent(Base):
    """Something an operator should be able to look up: reuse of a token, a lock, a promotion."""

    __tablename__ = "security_events"
    __table_args__ = (
        Index("ix_security_events_user_id_created_at", "user_id", "created_at"),
        Index("ix_security_events_kind_created_at", "kind", "created_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, comment="REFRESH_TOKEN_REUSE, LOGIN_LOCKED, PROMOTED …")
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    event_data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
