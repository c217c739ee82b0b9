"""Every query on the home page's tables."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, ScalarSelect, delete, func, insert, literal, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.home.models import ActivityMinute, UserAction

AnyRow = Row[Any]


async def log_actions(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> datetime:
    """Appends what a browser reported; returns when, by the database's clock."""
    added = insert(UserAction).values([{**row, "created_at": func.now()} for row in rows])
    moments = (await connection.execute(added.returning(UserAction.created_at))).scalars().all()
    assert len(moments) == len(rows), "each action is logged"
    return moments[0]


async def append_settled(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Appends what the server settled; an action that is there already stays as it is."""
    if rows:
        await connection.execute(upsert(UserAction).on_conflict_do_nothing(), list(rows))


async def recent_actions(
    connection: AsyncConnection, user_id: int, *, before_event_no: int | None, limit: int
) -> list[AnyRow]:
    """The user's actions, newest first, those before `before_event_no` only."""
    query = select(*UserAction.__table__.columns).where(UserAction.user_id == user_id)
    if before_event_no is not None:
        query = query.where(UserAction.event_no < before_event_no)
    return list(await connection.execute(query.order_by(UserAction.event_no.desc()).limit(limit)))


def actions_section(user_id: Any, *, items_max: int) -> ScalarSelect[Any]:
    """The user's last actions, newest first, as one JSON array."""
    last = (
        select(*UserAction.__table__.columns)
        .where(UserAction.user_id == user_id)
        .order_by(UserAction.event_no.desc())
        .limit(items_max)
        .subquery()
    )
    names = ("event_no", "action_type", "source", "action_data", "client_ts", "created_at")
    pairs = [part for name in names for part in (literal(name), last.c[name])]
    rows = aggregate_order_by(func.jsonb_build_object(*pairs), last.c.event_no.desc())
    return select(
        func.coalesce(func.jsonb_agg(rows), func.jsonb_build_array(), type_=JSONB)
    ).scalar_subquery()


async def add_activity(connection: AsyncConnection, minutes: Mapping[datetime, tuple[int, int]]) -> None:
    """Adds (rounds, big wins) to their minutes, oldest first: two callers never wait for each other."""
    row = upsert(ActivityMinute)
    summed = {
        "rounds": ActivityMinute.rounds + row.excluded.rounds,
        "big_wins": ActivityMinute.big_wins + row.excluded.big_wins,
    }
    counted = [{"minute": at, "rounds": r, "big_wins": b} for at, (r, b) in sorted(minutes.items())]
    if counted:
        await connection.execute(row.on_conflict_do_update(index_elements=["minute"], set_=summed), counted)


async def activity_since(connection: AsyncConnection, since: datetime) -> tuple[int, int]:
    """(rounds, big wins) of the minutes that began at or after `since`."""
    sums = (
        func.coalesce(func.sum(ActivityMinute.rounds), 0),
        func.coalesce(func.sum(ActivityMinute.big_wins), 0),
    )
    row = (await connection.execute(select(*sums).where(ActivityMinute.minute >= since))).one()
    return int(row[0]), int(row[1])


async def forget_activity(connection: AsyncConnection, before: datetime) -> int:
    """Drops the minutes before a moment; returns how many."""
    return (await connection.execute(delete(ActivityMinute).where(ActivityMinute.minute < before))).rowcount
