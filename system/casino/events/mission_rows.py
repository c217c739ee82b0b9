"""Every query and lock on the tables of missions."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Date,
    Row,
    Select,
    and_,
    bindparam,
    case,
    cast,
    column,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.events.models import Mission, MissionProgress
from casino.events.rules import Mission as Counting

AnyRow = Row[Any]
_COUNTED: tuple[Any, ...] = (
    Mission.id,
    Mission.period,
    Mission.measure,
    Mission.created_at,
    Mission.retired_at,
)
_MINE: tuple[Any, ...] = (MissionProgress.progress, MissionProgress.claimed_at)
_TOLD: tuple[Any, ...] = (Mission.id, Mission.code, Mission.target)


async def counting(connection: AsyncConnection) -> list[Counting]:
    """Every mission there ever was, as far as counting goes."""
    query = select(*_COUNTED)
    return [Counting(*row) for row in await connection.execute(query)]


def missions_of(user_id: Any, today: Any) -> Select[Any]:
    """The missions of `today` and its week, with the user's `progress` (null before any) and `claimed_at`."""
    day = cast(today, Date)
    begins = case((Mission.period == "daily", day), else_=cast(func.date_trunc("week", day), Date))
    mine = and_(
        MissionProgress.mission_id == Mission.id,
        MissionProgress.user_id == user_id,
        MissionProgress.period_start == begins,
    )
    query = select(*Mission.__table__.columns, MissionProgress.progress, MissionProgress.claimed_at)
    living = or_(Mission.retired_at.is_(None), Mission.retired_at > func.now())
    return query.outerjoin(MissionProgress, mine).where(living).order_by(Mission.period, Mission.place)


async def mission(connection: AsyncConnection, mission_id: int) -> AnyRow | None:
    """A mission that is not retired."""
    query = select(*Mission.__table__.columns).where(Mission.id == mission_id, Mission.retired_at.is_(None))
    return (await connection.execute(query)).one_or_none()


async def lock_progress(
    connection: AsyncConnection, mission_id: int, user_id: int, begins: date
) -> AnyRow | None:
    """(progress, claimed_at) of the user in a period, held until the transaction ends; None before any."""
    query = select(*_MINE).where(
        MissionProgress.mission_id == mission_id,
        MissionProgress.user_id == user_id,
        MissionProgress.period_start == begins,
    )
    return (await connection.execute(query.with_for_update())).one_or_none()


async def mark_claimed(connection: AsyncConnection, mission_id: int, user_id: int, begins: date) -> None:
    """The user has the mission's reward of that period."""
    mine = update(MissionProgress).where(
        MissionProgress.mission_id == mission_id,
        MissionProgress.user_id == user_id,
        MissionProgress.period_start == begins,
    )
    await connection.execute(mine.values(claimed_at=func.now()))


async def add_progress(
    connection: AsyncConnection, steps: Mapping[tuple[int, int, date], int]
) -> list[AnyRow]:
    """Adds to (user, mission, period), in that order; (user_id, mission_id, period_start, progress, claimed_at)."""
    if not steps:
        return []
    ordered = sorted((*key, step) for key, step in steps.items())
    arrays = dict(zip(_STEP, map(list, zip(*ordered, strict=True)), strict=True))
    return list(await connection.execute(_ADD, arrays))


_STEP: dict[str, Any] = {
    "step_user_id": BigInteger,
    "step_mission_id": BigInteger,
    "step_period_start": Date,
    "step_progress": BigInteger,
}


def _add() -> Any:
    arrays = [bindparam(name, type_=ARRAY(kind)) for name, kind in _STEP.items()]
    typed = [column(name, kind) for name, kind in _STEP.items()]
    step = func.unnest(*arrays).table_valued(*typed, name="step").render_derived()
    mine = MissionProgress
    added = upsert(mine).from_select(["user_id", "mission_id", "period_start", "progress"], select(*step.c))
    moved = added.on_conflict_do_update(
        index_elements=["user_id", "period_start", "mission_id"],
        set_={"progress": mine.progress + added.excluded.progress},
    )
    return moved.returning(mine.user_id, mine.mission_id, mine.period_start, mine.progress, mine.claimed_at)


_ADD = _add()


async def told_as(connection: AsyncConnection) -> dict[int, AnyRow]:
    """(id, code, target) of every mission, by id."""
    query = select(*_TOLD)
    return {row.id: row for row in await connection.execute(query)}


async def meanings(connection: AsyncConnection) -> list[dict[str, Any]]:
    """What decides about counting, of every mission there ever was."""
    query = select(Mission.code, Mission.period, Mission.measure, Mission.retired_at)
    return [dict(row._mapping) for row in await connection.execute(query)]


async def keep_missions(connection: AsyncConnection, missions: Sequence[Mapping[str, Any]]) -> None:
    """Makes the missions be as given, but for what they count; the others are retired."""
    row = upsert(Mission)
    changed = {name: row.excluded[name] for name in ("title_data", "target", "gold", "exp", "place")}
    await connection.execute(row.on_conflict_do_update(index_elements=["code"], set_=changed), list(missions))
    gone = Mission.code.not_in([mission["code"] for mission in missions])
    await connection.execute(
        update(Mission).where(gone, Mission.retired_at.is_(None)).values(retired_at=func.now())
    )
