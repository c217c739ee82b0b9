"""Every query and lock on the tables of events; those of missions are in `mission_rows`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Row, Select, and_, bindparam, cast, column, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.events.models import Event, EventParticipation, EventTally, MissionProgress
from casino.events.rules import TALLY_SHARDS, Entry
from casino.kit.exports import own_rows

AnyRow = Row[Any]
_LIVING = (Event.published, Event.deleted_at.is_(None))


def events_at(moment: Any, *, user_id: Any) -> Select[Any]:
    """Events that run at `moment`, the hot one first, each with its real `participants` and the user's part."""
    part = EventParticipation.__table__.alias("part")
    counted = func.coalesce(func.sum(EventTally.participants), 0)
    participants = (
        select(cast(counted, BigInteger))
        .where(EventTally.event_id == Event.id)
        .correlate(Event)
        .scalar_subquery()
    )
    query = select(
        *Event.__table__.columns,
        participants.label("participants"),
        part.c.progress,
        part.c.claimed_at,
        part.c.created_at.label("joined_at"),
    ).outerjoin(part, (part.c.event_id == Event.id) & (part.c.user_id == user_id))
    running = (Event.starts_at <= moment, Event.ends_at > moment)
    return query.where(*_LIVING, *running).order_by(
        Event.priority.desc(), Event.starts_at.desc(), Event.id.desc()
    )


async def event(connection: AsyncConnection, event_id: int) -> AnyRow | None:
    """A published event, running or not."""
    query = select(*Event.__table__.columns).where(Event.id == event_id, *_LIVING)
    return (await connection.execute(query)).one_or_none()


async def join(connection: AsyncConnection, event_id: int, user_id: int) -> bool:
    """Makes the user take part, and one more be counted; False when they did already."""
    new = upsert(EventParticipation).values(event_id=event_id, user_id=user_id)
    joined = new.on_conflict_do_nothing().returning(EventParticipation.user_id)
    if (await connection.execute(joined)).first() is None:
        return False
    first = upsert(EventTally).values(event_id=event_id, shard=user_id % TALLY_SHARDS, participants=1)
    more = {"participants": EventTally.participants + 1}
    await connection.execute(first.on_conflict_do_update(index_elements=["event_id", "shard"], set_=more))
    return True


async def participation(
    connection: AsyncConnection, event_id: int, user_id: int, *, lock: bool = False
) -> AnyRow | None:
    """The user's part, held until the transaction ends when asked."""
    query = select(*EventParticipation.__table__.columns).where(
        EventParticipation.event_id == event_id, EventParticipation.user_id == user_id
    )
    return (await connection.execute(query.with_for_update() if lock else query)).one_or_none()


async def miscounted(connection: AsyncConnection) -> int:
    """Events not over yet whose tally is not the number of those who take part."""
    counted = select(func.count()).where(EventParticipation.event_id == Event.id).scalar_subquery()
    told = (
        select(func.coalesce(func.sum(EventTally.participants), 0))
        .where(EventTally.event_id == Event.id)
        .scalar_subquery()
    )
    astray = select(func.count()).select_from(Event).where(Event.ends_at > func.now(), counted != told)
    return int((await connection.execute(astray)).scalar_one())


async def mark_claimed(connection: AsyncConnection, event_id: int, user_id: int) -> None:
    """The user has the event's reward."""
    part = update(EventParticipation).where(
        EventParticipation.event_id == event_id, EventParticipation.user_id == user_id
    )
    await connection.execute(part.values(claimed_at=func.now()))


async def entries(
    connection: AsyncConnection, user_ids: Collection[int], first: datetime, last: datetime
) -> list[Entry]:
    """Parts of these users in events that ran at some moment from `first` to `last`."""
    since = func.greatest(EventParticipation.created_at, Event.starts_at)
    query = (
        select(EventParticipation.event_id, EventParticipation.user_id, Event.measure, since, Event.ends_at)
        .join(Event, Event.id == EventParticipation.event_id)
        .where(EventParticipation.user_id.in_(user_ids), Event.starts_at <= last, Event.ends_at > first)
    )
    return [Entry(*row) for row in await connection.execute(query.where(*_LIVING))]


async def add_progress(connection: AsyncConnection, steps: Mapping[tuple[int, int], int]) -> list[AnyRow]:
    """Adds to (event, user); (user_id, code, before, progress, target, claimed_at) of each that moved."""
    if not steps:
        return []
    ordered = sorted((*key, step) for key, step in steps.items())
    arrays = dict(zip(_STEP, map(list, zip(*ordered, strict=True)), strict=True))
    return list(await connection.execute(_ADD, arrays))


_STEP = ("step_event_id", "step_user_id", "step_progress")


def _add() -> Any:
    arrays = [bindparam(name, type_=ARRAY(BigInteger)) for name in _STEP]
    typed = [column(name, BigInteger) for name in _STEP]
    step = func.unnest(*arrays).table_valued(*typed, name="step").render_derived()
    part = EventParticipation
    return (
        update(part)
        .where(part.event_id == step.c.step_event_id, part.user_id == step.c.step_user_id)
        .where(Event.id == part.event_id)
        .values(progress=part.progress + step.c.step_progress)
        .returning(
            part.user_id,
            Event.code,
            (part.progress - step.c.step_progress).label("before"),
            part.progress,
            Event.target,
            part.claimed_at,
        )
    )


_ADD = _add()


async def open_editions(connection: AsyncConnection, editions: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    """Adds the events whose code is new; the codes that were."""
    if not editions:
        return []
    new = upsert(Event).values(list(editions)).on_conflict_do_nothing(index_elements=["code"])
    return (await connection.execute(new.returning(Event.code))).scalars().all()


async def with_win_bonus(connection: AsyncConnection) -> list[AnyRow]:
    """Events not over yet that bring gold on every win, the withdrawn ones too; `living` says which are not."""
    living = and_(*_LIVING).label("living")
    query = select(Event.id, Event.flat_win_bonus, Event.starts_at, Event.ends_at, living)
    wanted = (Event.flat_win_bonus > 0, Event.ends_at > func.now())
    return list(await connection.execute(query.where(*wanted).order_by(Event.id)))


async def latest_editions(connection: AsyncConnection) -> list[AnyRow]:
    """The newest event of each weekly series that was not withdrawn."""
    newest = select(*Event.__table__.columns).where(Event.series.is_not(None))
    newest = newest.ext(distinct_on(Event.series)).order_by(Event.series, Event.starts_at.desc())
    return [row for row in await connection.execute(newest) if row.published and row.deleted_at is None]


def kept_about(user_id: int) -> dict[str, Select[Any]]:
    """The user's rows of each table here, for their export."""
    return {
        "event_participations": own_rows(EventParticipation, user_id, newest="created_at"),
        "missions": own_rows(MissionProgress, user_id, newest="period_start"),
    }
