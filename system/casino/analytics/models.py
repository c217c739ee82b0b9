"""The table of analytics in PostgreSQL: how far the arrivals in the store have been judged."""

from datetime import datetime

from sqlalchemy import CheckConstraint, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from casino.kit.database import Base
from casino.kit.models import Timestamp


class ArrivalsJudged(Base):
    """One row: facts that happened before `until` have been counted as arrived in time or late, once each."""

    __tablename__ = "arrivals_judged"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    until: Mapped[datetime] = mapped_column(Timestamp)
