"""What can be asked of events: which run, joining one, claiming its reward."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
import yaml
from sqlalchemy import ScalarSelect, func
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.events import mission_rows, repository
from casino.events.errors import AlreadyClaimed, EventNotFound, EventNotRunning, NotCompleted, NotJoined
from casino.events.facts import EVENT_JOINED, EVENT_PROGRESSED
from casino.events.missions import claim_mission, missions_from, missions_of, missions_section
from casino.events.schemas import (
    EventCard,
    EventReward,
    Events,
    Missions,
    Participation,
    ProgressAsked,
    RewardClaimed,
)
from casino.games.service import end_win_bonus, set_win_bonus
from casino.kit.database import Database
from casino.kit.days import Calendar, week_of
from casino.kit.exports import exported
from casino.kit.measures import require_same_meaning
from casino.kit.metrics import counter
from casino.kit.sections import rows_section
from casino.kit.telemetry import pseudonym
from casino.rewards.service import Grant, grant
from casino.wallet.service import News, announce

__all__ = [
    "EventCard",
    "Missions",
    "Participation",
    "ProgressAsked",
    "add_progress",
    "claim_event",
    "claim_mission",
    "everything_of",
    "hot_event_from",
    "hot_event_section",
    "join",
    "keep_win_bonuses",
    "missions_from",
    "missions_of",
    "missions_section",
    "open_due",
    "running",
    "seed_content",
]

CONTENT = Path(__file__).with_name("content.yaml")
OPENED_AHEAD = timedelta(days=1)

log = structlog.get_logger(__name__)


async def running(connection: AsyncConnection, user_id: int | None, *, now: datetime) -> Events:
    """The events of the moment, the hot one first; with the user's part, unless nobody asks."""
    rows = await connection.execute(repository.events_at(now, user_id=user_id))
    return Events(items=[_card(row._mapping) for row in rows], server_time=now)


def hot_event_section(user_id: Any) -> ScalarSelect[Any]:
    """What `hot_event_from` reads, as one JSON value for another room's statement."""
    return rows_section(repository.events_at(func.now(), user_id=user_id).limit(1))


def hot_event_from(rows: Sequence[Mapping[str, Any]] | None) -> EventCard | None:
    """The event in a `hot_event_section`; None while none runs."""
    return _card(rows[0]) if rows else None


def _card(row: Mapping[str, Any]) -> EventCard:
    joined = row["joined_at"] is not None
    return EventCard(
        id=row["id"],
        code=row["code"],
        title=row["title_data"],
        description=row["description_data"],
        measure=row["measure"],
        target=row["target"],
        reward=EventReward(gold=row["gold"], xp=row["exp"], flat_win_bonus=row["flat_win_bonus"]),
        priority=row["priority"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        participants=row["participants"],
        mine=_part(row["progress"], row["target"], row["claimed_at"], row["joined_at"]) if joined else None,
    )


def _part(progress: int, target: int, claimed_at: datetime | None, joined_at: datetime) -> Participation:
    completed = progress >= target
    return Participation(
        progress=min(progress, target),
        target=target,
        completed=completed,
        claimable=completed and claimed_at is None,
        claimed_at=claimed_at,
        joined_at=joined_at,
    )


async def join(connection: AsyncConnection, user_id: int, event_id: int, *, now: datetime) -> Participation:
    """Makes the user take part; again changes nothing. Raises EventNotFound, EventNotRunning."""
    event = await _running_event(connection, event_id, now)
    if await repository.join(connection, event_id, user_id):
        data = {
            "event_id": event_id,
            "event_code": event.code,
            "target": event.target,
            "flat_win_bonus": event.flat_win_bonus,
            "ends_at": event.ends_at.isoformat(),
        }
        await announce(connection, [News(user_id, EVENT_JOINED, 1, data)])
        counter("event_participations_total").inc()
        log.info("event_joined", user=pseudonym(user_id), event_code=event.code)
    part = await repository.participation(connection, event_id, user_id)
    assert part is not None, "joined just now or before"
    return _part(part.progress, event.target, part.claimed_at, part.created_at)


async def _running_event(connection: AsyncConnection, event_id: int, now: datetime) -> repository.AnyRow:
    event = await repository.event(connection, event_id)
    if event is None:
        raise EventNotFound(f"There is no event {event_id}.")
    if not event.starts_at <= now < event.ends_at:
        raise EventNotRunning("This event has not begun, or it is over.")
    return event


async def add_progress(
    connection: AsyncConnection, event_id: int, user_id: int, amount: int, *, now: datetime
) -> Participation:
    """Adds to a player's progress, as an operator asks. Raises EventNotFound, EventNotRunning, NotJoined."""
    event = await _running_event(connection, event_id, now)
    for moved in await repository.add_progress(connection, {(event_id, user_id): amount}):
        told = {
            "event_code": event.code,
            "progress": min(moved.progress, event.target),
            "target": event.target,
            "claimable": moved.progress >= event.target and moved.claimed_at is None,
        }
        await announce(connection, [News(user_id, EVENT_PROGRESSED, 1, {"progress": [told]})])
    part = await repository.participation(connection, event_id, user_id)
    if part is None:
        raise NotJoined(f"User {user_id} has not joined this event.")
    return _part(part.progress, event.target, part.claimed_at, part.created_at)


async def claim_event(
    connection: AsyncConnection, user_id: int, event_id: int, *, client_key: str | None = None
) -> RewardClaimed:
    """Gives a completed event's reward, once, also after its end.

    Raises EventNotFound, NotJoined, NotCompleted or AlreadyClaimed. The part's row lets one caller through.
    """
    event = await repository.event(connection, event_id)
    if event is None:
        raise EventNotFound(f"There is no event {event_id}.")
    part = await repository.participation(connection, event_id, user_id, lock=True)
    if part is None:
        raise NotJoined("Join the event first.")
    if part.claimed_at is not None:
        raise AlreadyClaimed("You have this event's reward.")
    if part.progress < event.target:
        raise NotCompleted(
            f"{event.target - part.progress} to go.", progress=part.progress, target=event.target
        )
    await repository.mark_claimed(connection, event_id, user_id)
    wanted = Grant(user_id, "event", event.code, gold=event.gold, exp=event.exp, client_key=client_key)
    given = await grant(connection, wanted)
    log.info("event_claimed", user=pseudonym(user_id), event_code=event.code, gold=given.gold)
    return RewardClaimed(
        code=event.code, awarded_gold=given.gold, awarded_xp=given.exp, new_gold_balance=given.balance
    )


async def open_due(connection: AsyncConnection, calendar: Calendar, *, today: date) -> None:
    """Opens this week's events, and the next ones a day before they begin: no week starts without them."""
    for day in (today, today + OPENED_AHEAD):
        await _open_weekly(connection, calendar, today=day)


async def _open_weekly(connection: AsyncConnection, calendar: Calendar, *, today: date) -> None:
    monday = week_of(today)
    ends_at = calendar.start_of(monday + timedelta(days=7))
    same = (
        "title_data",
        "description_data",
        "measure",
        "target",
        "gold",
        "exp",
        "flat_win_bonus",
        "priority",
    )
    editions = [
        {name: getattr(last, name) for name in same}
        | {"series": last.series, "starts_at": calendar.start_of(monday), "ends_at": ends_at}
        | {"code": f"{last.series}-{monday}"}
        for last in await repository.latest_editions(connection)
    ]
    await repository.open_editions(connection, editions)
    await keep_win_bonuses(connection)


async def keep_win_bonuses(connection: AsyncConnection) -> None:
    """Makes the games pay on every win what the events say, and nothing for events that were withdrawn."""
    for event in await repository.with_win_bonus(connection):
        source = f"event:{event.id}"
        if event.living:
            span = {"starts_at": event.starts_at, "ends_at": event.ends_at}
            await set_win_bonus(connection, source=source, flat_gold=event.flat_win_bonus, **span)
        else:
            await end_win_bonus(connection, source)


async def seed_content(database: Database, calendar: Calendar) -> Sequence[str]:
    """Brings missions and weekly events to what `content.yaml` says; a line about it. Raises CountedOtherwise."""
    content = yaml.safe_load(CONTENT.read_text())
    missions = [
        {name: item[name] for name in ("code", "period", "measure", "target", "gold", "exp")}
        | {"title_data": item["title"], "place": place}
        for place, item in enumerate(content["missions"])
    ]
    async with database.transaction() as connection:
        require_same_meaning(await mission_rows.meanings(connection), missions)
        await mission_rows.keep_missions(connection, missions)
        monday = week_of(await calendar.today(connection))
        first = [_first_edition(item, calendar, monday) for item in content["weekly_events"]]
        await repository.open_editions(connection, first)
        await keep_win_bonuses(connection)
    return [f"{len(missions)} missions, {len(first)} weekly events"]


def _first_edition(item: Mapping[str, Any], calendar: Calendar, monday: date) -> dict[str, Any]:
    names = ("series", "measure", "target", "gold", "exp", "flat_win_bonus", "priority")
    return {name: item[name] for name in names} | {
        "code": f"{item['series']}-{monday}",
        "title_data": item["title"],
        "description_data": item["description"],
        "starts_at": calendar.start_of(monday),
        "ends_at": calendar.start_of(monday + timedelta(days=7)),
    }


async def everything_of(connection: AsyncConnection, user_id: int, *, rows_max: int) -> dict[str, Any]:
    """What is kept about a user here, for their export."""
    return await exported(connection, repository.kept_about(user_id), rows_max=rows_max)
