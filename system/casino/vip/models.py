"""The tables of VIP: points, and the gifts of each day."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Integer, func
from sqlalchemy.orm import Mapped, mapped_column

from casino.kit.database import Base
from casino.kit.models import Timestamp


class VipPoints(Base):
    """What a player's stakes were worth. Only ever added to."""

    __tablename__ = "vip_points"
    __table_args__ = (
        CheckConstraint("credit > 0", name="credit_positive"),
        {"postgresql_with": {"fillfactor": 80}},
    )

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"), primary_key=True)
    credit: Mapped[int] = mapped_column(BigInteger, comment="hundredths of a point")
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class VipClaim(Base):
    """A day's gift and what was answered for it: asked again that day, the answer is the same."""

    __tablename__ = "vip_claims"
    __table_args__ = (CheckConstraint("gold > 0 AND exp >= 0", name="worth_something"),)

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True, comment="by the casino's time zone")
    gold: Mapped[int] = mapped_column(BigInteger)
    exp: Mapped[int] = mapped_column(Integer)
    points: Mapped[int] = mapped_column(BigInteger, comment="points the player had")
    balance_after: Mapped[int | None] = mapped_column(
        BigInteger, comment="set by the transaction that gave it"
    )
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
