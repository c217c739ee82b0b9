"""Every query on the achievements' tables."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Row,
    Select,
    Text,
    bindparam,
    column,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.achievements.models import Achievement, UserAchievement
from casino.achievements.rules import Achievement as Counting
from casino.achievements.rules import Mode
from casino.kit.exports import own_rows
from casino.kit.models import Timestamp

AnyRow = Row[Any]
_COUNTED: tuple[Any, ...] = (
    Achievement.code,
    Achievement.measure,
    Achievement.mode,
    Achievement.created_at,
    Achievement.retired_at,
)


def achievements_of(user_id: Any) -> Select[Any]:
    """Every achievement that is not retired, in order, with the user's `progress` and `unlocked_at` (null: none)."""
    mine = (UserAchievement.code == Achievement.code) & (UserAchievement.user_id == user_id)
    living = or_(Achievement.retired_at.is_(None), UserAchievement.unlocked_at.is_not(None))
    query = select(*Achievement.__table__.columns, UserAchievement.progress, UserAchievement.unlocked_at)
    return query.outerjoin(UserAchievement, mine).where(living).order_by(Achievement.place)


async def counting(connection: AsyncConnection) -> list[Counting]:
    """Every achievement there ever was, as far as counting goes."""
    query = select(*_COUNTED)
    return [Counting(*row) for row in await connection.execute(query)]


async def add_progress(
    connection: AsyncConnection, steps: Mapping[tuple[int, str, Mode], int]
) -> list[AnyRow]:
    """Moves (user, achievement) by its mode; (user_id, code, before, progress, target, tier, unlocked_at) of each."""
    moved: list[AnyRow] = []
    for mode in ("sum", "best"):
        ordered = sorted((user_id, code, step) for (user_id, code, its), step in steps.items() if its == mode)
        if ordered:
            names = ("step_user_id", "step_code", "step_step")
            arrays = dict(zip(names, map(list, zip(*ordered, strict=True)), strict=True))
            moved += await connection.execute(_MOVE[mode], arrays)
    return moved


def _move(mode: Mode) -> Select[Any]:
    kinds: dict[str, Any] = {"user_id": BigInteger, "code": Text, "step": BigInteger}
    arrays = [bindparam("step_" + name, type_=ARRAY(kind)) for name, kind in kinds.items()]
    typed = [column(name, kind) for name, kind in kinds.items()]
    step = func.unnest(*arrays).table_valued(*typed, name="step").render_derived()
    mine = UserAchievement
    added = upsert(mine).from_select(
        ["user_id", "code", "progress"], select(step.c.user_id, step.c.code, step.c.step)
    )
    old, new = mine.progress, added.excluded.progress
    reached = {"progress": old + new if mode == "sum" else func.greatest(old, new)}
    moved = added.on_conflict_do_update(index_elements=["user_id", "code"], set_=reached)
    returned = moved.returning(mine.user_id, mine.code, mine.progress).cte("returned")
    # A statement sees its tables as they were before it: this is the row from before the move.
    same = (mine.user_id == returned.c.user_id) & (mine.code == returned.c.code)
    joined = returned.join(Achievement, Achievement.code == returned.c.code).outerjoin(mine, same)
    before = func.coalesce(mine.progress, literal(0, BigInteger)).label("before")
    return select(*returned.c, before, mine.unlocked_at, Achievement.target, Achievement.tier).select_from(
        joined
    )


_MOVE: Mapping[Mode, Select[Any]] = {"sum": _move("sum"), "best": _move("best")}


async def unlock(connection: AsyncConnection, unlocked: Sequence[tuple[int, str, datetime]]) -> None:
    """Marks (user, achievement) as unlocked at a moment."""
    kinds: dict[str, Any] = {"user_id": BigInteger, "code": Text, "moment": Timestamp}
    arrays = [bindparam("new_" + name, type_=ARRAY(kind)) for name, kind in kinds.items()]
    typed = [column(name, kind) for name, kind in kinds.items()]
    new = func.unnest(*arrays).table_valued(*typed, name="new").render_derived()
    mine = update(UserAchievement).where(
        UserAchievement.user_id == new.c.user_id,
        UserAchievement.code == new.c.code,
        UserAchievement.unlocked_at.is_(None),
    )
    parameters = {
        "new_user_id": [user_id for user_id, _, _ in unlocked],
        "new_code": [code for _, code, _ in unlocked],
        "new_moment": [moment for _, _, moment in unlocked],
    }
    await connection.execute(mine.values(unlocked_at=new.c.moment), parameters)


async def unlocked_share(connection: AsyncConnection) -> float | None:
    """Achievements unlocked over those begun, of all players; None before any was begun."""
    begun, unlocked = func.count(), func.count().filter(UserAchievement.unlocked_at.is_not(None))
    row = (await connection.execute(select(begun, unlocked).select_from(UserAchievement))).one()
    return row[1] / row[0] if row[0] else None


async def meanings(connection: AsyncConnection) -> list[dict[str, Any]]:
    """What decides about counting and unlocking, of every achievement there ever was."""
    names = (Achievement.code, Achievement.measure, Achievement.mode, Achievement.target)
    return [dict(row._mapping) for row in await connection.execute(select(*names, Achievement.retired_at))]


async def keep_achievements(connection: AsyncConnection, items: Sequence[Mapping[str, Any]]) -> None:
    """Makes the achievements be as given, but for what unlocks them; the others are retired."""
    row = upsert(Achievement)
    names = ("title_data", "description_data", "tier", "place")
    changed = {name: row.excluded[name] for name in names}
    await connection.execute(row.on_conflict_do_update(index_elements=["code"], set_=changed), list(items))
    gone = Achievement.code.not_in([item["code"] for item in items])
    await connection.execute(
        update(Achievement).where(gone, Achievement.retired_at.is_(None)).values(retired_at=func.now())
    )


def kept_about(user_id: int) -> dict[str, Select[Any]]:
    """The user's rows of each table here, for their export."""
    return {
        "achievements": own_rows(UserAchievement, user_id, newest="created_at"),
    }
