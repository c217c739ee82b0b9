"""Every query and lock on the streaks' tables."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Date, Row, Select, cast, func, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.exports import own_rows
from casino.streaks.models import AttendanceDay, StreakRow
from casino.streaks.rules import Streak

AnyRow = Row[Any]
_STATE = (
    StreakRow.count,
    StreakRow.longest,
    StreakRow.last_day,
    StreakRow.protected,
    StreakRow.forgiven_month,
)


def standing_of(user_id: Any, action_type: str, today: Any) -> Select[Any]:
    """One row: the streak's columns (null before any), and as `days` those from a week before `today` on."""
    days = (
        select(
            func.jsonb_agg(
                func.jsonb_build_object(
                    "day", AttendanceDay.day, "claimed", AttendanceDay.claimed_at.is_not(None), type_=JSONB
                ),
                type_=JSONB,
            )
        )
        .where(AttendanceDay.user_id == user_id, AttendanceDay.action_type == action_type)
        .where(AttendanceDay.day > cast(today, Date) - 7)
        .scalar_subquery()
    )
    one = select(literal(1).label("one")).subquery("one")
    mine = (StreakRow.user_id == user_id) & (StreakRow.action_type == action_type)
    return select(*_STATE, days.label("days")).select_from(one.outerjoin(StreakRow, mine))


async def streak(connection: AsyncConnection, user_id: int, action_type: str) -> Streak:
    """Where the streak stands; an empty one before the first day."""
    query = select(*_STATE).where(StreakRow.user_id == user_id, StreakRow.action_type == action_type)
    row = (await connection.execute(query)).one_or_none()
    return Streak() if row is None else Streak(*row)


async def lock_streak(connection: AsyncConnection, user_id: int, action_type: str) -> Streak:
    """The same, held until the caller's transaction ends; makes the row of a new player."""
    new = upsert(StreakRow).values(user_id=user_id, action_type=action_type)
    await connection.execute(new.on_conflict_do_nothing())
    query = select(*_STATE).where(StreakRow.user_id == user_id, StreakRow.action_type == action_type)
    return Streak(*(await connection.execute(query.with_for_update())).one())


async def keep_streak(connection: AsyncConnection, user_id: int, action_type: str, streak: Streak) -> None:
    """Stores where a locked streak stands now."""
    row = update(StreakRow).where(StreakRow.user_id == user_id, StreakRow.action_type == action_type)
    await connection.execute(
        row.values(
            count=streak.count,
            longest=streak.longest,
            last_day=streak.last_day,
            protected=streak.protected,
            forgiven_month=streak.forgiven_month,
        )
    )


async def add_days(
    connection: AsyncConnection, user_id: int, action_type: str, days: Sequence[tuple[date, int, bool]]
) -> None:
    """Records (day, number in the streak, whether it was forgiven)."""
    rows = [
        {
            "user_id": user_id,
            "action_type": action_type,
            "day": day,
            "streak_count": count,
            "forgiven": forgiven,
        }
        for day, count, forgiven in days
    ]
    await connection.execute(upsert(AttendanceDay).on_conflict_do_nothing(), rows)


async def is_claimed(connection: AsyncConnection, user_id: int, action_type: str, day: date) -> bool:
    """Whether the day's reward was given."""
    query = select(AttendanceDay.claimed_at.is_not(None)).where(
        AttendanceDay.user_id == user_id, AttendanceDay.action_type == action_type, AttendanceDay.day == day
    )
    return bool(await connection.scalar(query))


async def claim_day(connection: AsyncConnection, user_id: int, action_type: str, day: date) -> bool:
    """Marks an attended day as claimed; False when it was already."""
    marked = update(AttendanceDay).where(
        AttendanceDay.user_id == user_id,
        AttendanceDay.action_type == action_type,
        AttendanceDay.day == day,
        AttendanceDay.claimed_at.is_(None),
    )
    return bool((await connection.execute(marked.values(claimed_at=func.now()))).rowcount)


async def days_between(
    connection: AsyncConnection, user_id: int, action_type: str, first: date, last: date
) -> list[AnyRow]:
    """The player's days from `first` to `last`, both included, in order."""
    query = select(AttendanceDay.day, AttendanceDay.forgiven, AttendanceDay.claimed_at).where(
        AttendanceDay.user_id == user_id,
        AttendanceDay.action_type == action_type,
        AttendanceDay.day.between(first, last),
    )
    return list(await connection.execute(query.order_by(AttendanceDay.day)))


def kept_about(user_id: int) -> dict[str, Select[Any]]:
    """The user's rows of each table here, for their export."""
    return {
        "streaks": own_rows(StreakRow, user_id, newest="created_at"),
        "attendance": own_rows(AttendanceDay, user_id, newest="day"),
    }
