"""The tables of streaks: where each player's stands, and the days they were here."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, ForeignKey, Integer, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from casino.kit.database import Base
from casino.kit.models import Timestamp


class StreakRow(Base):
    """Where a player's streak stands. Its lock makes the callers of one player follow one another."""

    __tablename__ = "streaks"
    __table_args__ = (
        CheckConstraint("count BETWEEN 0 AND longest", name="count_within_longest"),
        CheckConstraint("(count = 0) = (last_day IS NULL)", name="counted_has_a_day"),
        {"postgresql_with": {"fillfactor": 80}},
    )

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"), primary_key=True)
    action_type: Mapped[str] = mapped_column(Text, primary_key=True)
    count: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    longest: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    last_day: Mapped[date | None] = mapped_column(Date, comment="by the casino's time zone")
    protected: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    forgiven_month: Mapped[date | None] = mapped_column(
        Date, comment="first day of the last month in which a missed day was forgiven"
    )
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class AttendanceDay(Base):
    """A day a player was here, or one that was forgiven."""

    __tablename__ = "attendance_days"
    __table_args__ = (
        CheckConstraint("NOT (forgiven AND claimed_at IS NOT NULL)", name="forgiven_is_not_claimed"),
    )

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"), primary_key=True)
    action_type: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    streak_count: Mapped[int] = mapped_column(Integer, comment="days in a row with this one")
    forgiven: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    claimed_at: Mapped[datetime | None] = mapped_column(Timestamp, comment="when its reward was given")
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
