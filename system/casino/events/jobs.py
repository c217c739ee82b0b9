"""What follows from what was settled: missions and events move, and sockets hear of it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.events import mission_rows, repository, rules, service
from casino.events.facts import EVENT_PROGRESSED, MISSION_PROGRESSED
from casino.events.missions import told_of
from casino.events.models import MissionProgress
from casino.events.rules import Counted
from casino.kit.consumers import Consumer
from casino.kit.database import Database
from casino.kit.days import Calendar
from casino.kit.measures import Yardstick, is_news
from casino.kit.metrics import gauge
from casino.kit.outbox import Fact
from casino.kit.projections import Projection
from casino.kit.scheduler import Job
from casino.wallet.service import News, announce

WEEKLY_SECONDS, TALLIES_SECONDS = 600.0, 60.0
MISSIONS, EVENTS = "events.missions", "events.progress"


def consumers(yardstick: Yardstick, calendar: Calendar) -> list[Consumer]:
    """The consumers of this room."""

    async def move_missions(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
        moved = await fold_missions(connection, _counted(facts, yardstick, calendar))
        await announce(connection, await _mission_news(connection, moved))

    async def move_events(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
        moved = await fold_events(connection, _counted(facts, yardstick, calendar))
        await announce(connection, _event_news(moved))

    return [
        Consumer(MISSIONS, move_missions, yardstick.types),
        Consumer(EVENTS, move_events, yardstick.types),
    ]


def projections(yardstick: Yardstick, calendar: Calendar) -> list[Projection]:
    """What can be made again from the log alone."""

    async def fold(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
        await fold_missions(connection, _counted(facts, yardstick, calendar))

    columns = ("user_id", "mission_id", "period_start", "progress")
    return [Projection(MISSIONS, yardstick.types, MissionProgress.__table__, columns, fold)]  # type: ignore[arg-type]  # __table__ is a Table


def _counted(facts: Sequence[Fact], yardstick: Yardstick, calendar: Calendar) -> list[Counted]:
    return [
        Counted(fact.user_id, fact.occurred_at, calendar.day_of(fact.occurred_at), yardstick.measure(fact))
        for fact in facts
    ]


async def fold_missions(
    connection: AsyncConnection, counted: Sequence[Counted]
) -> list[tuple[mission_rows.AnyRow, int]]:
    """Moves the missions; each moved row with how far it moved."""
    steps = rules.mission_steps(counted, await mission_rows.counting(connection))
    moved = await mission_rows.add_progress(connection, steps)
    return [(row, steps[row.user_id, row.mission_id, row.period_start]) for row in moved]


async def fold_events(connection: AsyncConnection, counted: Sequence[Counted]) -> list[repository.AnyRow]:
    """Moves the parts in events that ran when it was settled; the moved rows."""
    moments = [fact.moment for fact in counted]
    users = {fact.user_id for fact in counted}
    entries = await repository.entries(connection, users, min(moments), max(moments))
    return await repository.add_progress(connection, rules.event_steps(counted, entries))


async def _mission_news(
    connection: AsyncConnection, moved: Sequence[tuple[mission_rows.AnyRow, int]]
) -> list[News]:
    known = await mission_rows.told_as(connection) if moved else {}
    told: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row, step in moved:
        mission = known[row.mission_id]
        if is_news(row.progress - step, row.progress, mission.target):
            shown = told_of(mission.code, row.progress, mission.target, claimed=row.claimed_at is not None)
            told[row.user_id].append(shown)
    return _news(MISSION_PROGRESSED, told)


def _event_news(moved: Sequence[repository.AnyRow]) -> list[News]:
    told: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in moved:
        if is_news(row.before, row.progress, row.target):
            shown = {"event_code": row.code, "progress": min(row.progress, row.target), "target": row.target}
            claimable = row.progress >= row.target and row.claimed_at is None
            told[row.user_id].append(shown | {"claimable": claimable})
    return _news(EVENT_PROGRESSED, told)


def _news(type: str, told: dict[int, list[dict[str, Any]]]) -> list[News]:
    return [News(user_id, type, len(shown), {"progress": shown}) for user_id, shown in told.items()]


def scheduled(database: Database, calendar: Calendar) -> list[Job]:
    """The jobs of this room."""

    async def open_weekly() -> None:
        async with database.transaction() as connection:
            today = await calendar.today(connection)
            await service.open_due(connection, calendar, today=today)

    async def check_tallies() -> None:
        async with database.snapshot() as connection:
            astray = await repository.miscounted(connection)
        gauge("data_quality_violations").labels("event_participants").set(astray)

    return [
        Job("weekly_events_opened", WEEKLY_SECONDS, open_weekly),
        Job("event_tallies_checked", TALLIES_SECONDS, check_tallies),
    ]
