"""Missions: what there is to do today and this week, and the reward of what is done."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import structlog
from sqlalchemy import ScalarSelect
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.events import mission_rows, rules
from casino.events.errors import AlreadyClaimed, MissionNotFound, NotCompleted
from casino.events.facts import MISSION_PROGRESSED
from casino.events.schemas import MissionCard, Missions, RewardClaimed
from casino.kit.days import Calendar
from casino.kit.sections import rows_section
from casino.kit.telemetry import pseudonym
from casino.rewards.service import Grant, grant
from casino.wallet.service import News, announce

log = structlog.get_logger(__name__)


async def missions_of(
    connection: AsyncConnection, user_id: int, *, today: date, calendar: Calendar
) -> Missions:
    """The user's missions of today and this week."""
    rows = await connection.execute(mission_rows.missions_of(user_id, today))
    return missions([row._mapping for row in rows], today=today, calendar=calendar)


def missions(rows: Sequence[Mapping[str, Any]], *, today: date, calendar: Calendar) -> Missions:
    """The missions in rows of `missions_of`."""
    cards = [mission_card(row) for row in rows]
    return Missions(
        daily=[card for card in cards if card.period == "daily"],
        weekly=[card for card in cards if card.period == "weekly"],
        daily_resets_at=calendar.start_of(rules.next_period("daily", today)),
        weekly_resets_at=calendar.start_of(rules.next_period("weekly", today)),
        today=today,
    )


def missions_section(user_id: Any, today: Any) -> ScalarSelect[Any]:
    """What `missions_from` reads, as one JSON value for another room's statement."""
    return rows_section(mission_rows.missions_of(user_id, today))


def missions_from(rows: Sequence[Mapping[str, Any]] | None, *, today: date, calendar: Calendar) -> Missions:
    """The missions in a `missions_section`."""
    return missions(rows or (), today=today, calendar=calendar)


def mission_card(row: Mapping[str, Any]) -> MissionCard:
    """A mission as it is shown, from a row of `missions_of`."""
    progress, claimed = row["progress"] or 0, row["claimed_at"] is not None
    completed = progress >= row["target"]
    return MissionCard(
        id=row["id"],
        code=row["code"],
        period=row["period"],
        title=row["title_data"],
        measure=row["measure"],
        progress=min(progress, row["target"]),
        target=row["target"],
        gold=row["gold"],
        xp=row["exp"],
        completed=completed,
        claimable=completed and not claimed,
        claimed=claimed,
    )


async def claim_mission(
    connection: AsyncConnection,
    user_id: int,
    mission_id: int,
    *,
    today: date,
    client_key: str | None = None,
) -> RewardClaimed:
    """Gives the reward of a mission completed in the running period, once.

    Raises MissionNotFound, NotCompleted or AlreadyClaimed. The progress row lets one caller through.
    """
    mission = await mission_rows.mission(connection, mission_id)
    if mission is None:
        raise MissionNotFound(f"There is no mission {mission_id}.")
    begins = rules.period_start(mission.period, today)
    mine = await mission_rows.lock_progress(connection, mission_id, user_id, begins)
    progress = 0 if mine is None else mine.progress
    if progress < mission.target:
        raise NotCompleted(f"{mission.target - progress} to go.", progress=progress, target=mission.target)
    if mine is not None and mine.claimed_at is not None:
        raise AlreadyClaimed("You have this mission's reward; it comes back with its next period.")
    await mission_rows.mark_claimed(connection, mission_id, user_id, begins)
    key = f"{mission.code}:{begins}"
    wanted = Grant(user_id, "mission", key, gold=mission.gold, exp=mission.exp, client_key=client_key)
    given = await grant(connection, wanted)
    told = told_of(mission.code, progress, mission.target, claimed=True)
    await announce(connection, [News(user_id, MISSION_PROGRESSED, 1, {"progress": [told]})])
    log.info("mission_claimed", user=pseudonym(user_id), mission=mission.code, gold=given.gold)
    return RewardClaimed(
        code=mission.code, awarded_gold=given.gold, awarded_xp=given.exp, new_gold_balance=given.balance
    )


def told_of(code: str, progress: int, target: int, *, claimed: bool) -> dict[str, Any]:
    """A mission's progress as a socket hears it."""
    claimable = progress >= target and not claimed
    return {"mission_code": code, "progress": min(progress, target), "target": target, "claimable": claimable}
