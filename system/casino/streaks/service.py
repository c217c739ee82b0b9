"""What can be asked of streaks: attending, claiming, protecting, and how one stands."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ScalarSelect
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.days import Calendar, month_of, week_of
from casino.kit.exports import exported
from casino.kit.sections import rows_section
from casino.kit.telemetry import pseudonym
from casino.rewards.service import Grant, grant
from casino.streaks import repository, rules
from casino.streaks.errors import AlreadyClaimed
from casino.streaks.facts import STREAK_MESSAGES, STREAK_MOVED
from casino.streaks.rules import Streak, StreakAction
from casino.streaks.schemas import (
    AttendedDay,
    Claimed,
    ComingDay,
    NextReward,
    Protection,
    StandingRow,
    StreakHistory,
    StreakPreview,
    StreakStatus,
    Ticked,
)
from casino.wallet.service import News, announce

__all__ = [
    "StreakStatus",
    "attend",
    "claim_streak",
    "everything_of",
    "history",
    "preview",
    "protect",
    "protection_of",
    "status_of",
    "streak_from",
    "streak_section",
]

PREVIEW_DAYS = 7

log = structlog.get_logger(__name__)


async def attend(connection: AsyncConnection, user_id: int, action: StreakAction, *, today: date) -> Ticked:
    """Records the player's day, once; tells their sockets when it is new."""
    streak, recorded = await _attend(connection, user_id, action, today)
    if recorded:
        await _tell(connection, user_id, action, streak, claimed=False)
    return Ticked(action_type=action, streak_count=streak.count, recorded=recorded)


async def claim_streak(
    connection: AsyncConnection,
    user_id: int,
    action: StreakAction,
    *,
    today: date,
    calendar: Calendar,
    client_key: str | None = None,
) -> Claimed:
    """Attends and gives the day's reward, once a day. Raises AlreadyClaimed, WalletNotFound.

    However many callers race, the streak's row lets one through at a time, and the day is marked once.
    """
    if await repository.is_claimed(connection, user_id, action, today):
        raise _already_claimed(today, calendar)
    streak, _ = await _attend(connection, user_id, action, today)
    assert streak.last_day is not None, "it was attended just now"
    if not await repository.claim_day(connection, user_id, action, streak.last_day):
        raise _already_claimed(streak.last_day, calendar)
    reward = rules.reward_of(streak.count)
    key = f"{action}:{streak.last_day}"
    wanted = Grant(user_id, "streak", key, gold=reward.gold, exp=reward.exp, client_key=client_key)
    given = await grant(connection, wanted)
    await _tell(connection, user_id, action, streak, claimed=True)
    log.info("streak_claimed", user=pseudonym(user_id), count=streak.count, gold=reward.gold)
    return Claimed(
        awarded_gold=given.gold,
        awarded_xp=given.exp,
        streak_count=streak.count,
        new_gold_balance=given.balance,
    )


def _already_claimed(day: date, calendar: Calendar) -> AlreadyClaimed:
    again = calendar.start_of(day + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    return AlreadyClaimed("Today's reward was claimed; come back tomorrow.", next_claim_at=again)


async def _attend(
    connection: AsyncConnection, user_id: int, action: StreakAction, today: date
) -> tuple[Streak, bool]:
    before = await repository.lock_streak(connection, user_id, action)
    after, missed = rules.attended(before, today)
    if after == before:
        return before, False
    assert after.last_day is not None, "today is attended"
    days = [(after.last_day, after.count, False)]
    if missed is not None:
        days.insert(0, (missed, before.count, True))
    await repository.keep_streak(connection, user_id, action, after)
    await repository.add_days(connection, user_id, action, days)
    return after, True


async def _tell(
    connection: AsyncConnection, user_id: int, action: StreakAction, streak: Streak, *, claimed: bool
) -> None:
    data = {
        "action_type": action,
        "streak_count": streak.count,
        "day": str(streak.last_day),
        "claimed": claimed,
    }
    await announce(connection, [News(user_id, STREAK_MOVED, STREAK_MESSAGES, data)])


async def status_of(
    connection: AsyncConnection, user_id: int, action: StreakAction, *, now: datetime, calendar: Calendar
) -> StreakStatus:
    """How the streak stands at `now`; a new player's is empty."""
    today = calendar.day_of(now)
    row = (await connection.execute(repository.standing_of(user_id, action, today))).one()
    return status(row._mapping, action, now=now, calendar=calendar)


def streak_section(user_id: Any, today: Any) -> ScalarSelect[Any]:
    """What `streak_from` reads, as one JSON value for another room's statement."""
    return rows_section(repository.standing_of(user_id, StreakAction.DAILY_LOGIN, today))


def streak_from(rows: Sequence[Mapping[str, Any]], *, now: datetime, calendar: Calendar) -> StreakStatus:
    """The standing in a `streak_section`."""
    return status(rows[0], StreakAction.DAILY_LOGIN, now=now, calendar=calendar)


def status(
    row: Mapping[str, Any], action: StreakAction, *, now: datetime, calendar: Calendar
) -> StreakStatus:
    """The standing in a row of `standing_of`."""
    known = StandingRow.model_validate(row)
    streak = Streak(
        known.count or 0,
        known.longest or 0,
        known.last_day,
        bool(known.protected),
        known.forgiven_month,
    )
    today = rules.current_day(streak, calendar.day_of(now))
    days = {one.day: one.claimed for one in known.days or ()}
    claimed = days.get(today, False)
    chance = rules.last_chance(streak, today)
    first, later = rules.coming(streak, today, 2)
    number = (later if claimed else first)[1]
    reward = rules.reward_of(number)
    return StreakStatus(
        action_type=action,
        count=rules.standing(streak, today),
        longest=streak.longest,
        today=today,
        attended_today=streak.last_day == today,
        claimed_today=claimed,
        ttl_seconds=calendar.seconds_until(chance + timedelta(days=1), now) if chance else 0,
        next_claim_at=calendar.start_of(today + timedelta(days=1) if claimed else today),
        next_reward=NextReward(streak_count=number, gold=reward.gold, xp=reward.exp),
        attendance_week=sorted(day for day in days if week_of(day) == week_of(today)),
        protection_enabled=streak.protected,
    )


async def preview(
    connection: AsyncConnection, user_id: int, action: StreakAction, *, today: date
) -> StreakPreview:
    """What the next seven days give, today first, if none is missed."""
    streak = await repository.streak(connection, user_id, action)
    claimed = await repository.is_claimed(connection, user_id, action, rules.current_day(streak, today))
    days = [
        ComingDay(
            day=day,
            streak_count=number,
            gold=rules.reward_of(number).gold,
            xp=rules.reward_of(number).exp,
            claimed=claimed and place == 0,
        )
        for place, (day, number) in enumerate(rules.coming(streak, today, PREVIEW_DAYS))
    ]
    return StreakPreview(action_type=action, days=days)


async def history(
    connection: AsyncConnection, user_id: int, action: StreakAction, *, year: int, month: int
) -> StreakHistory:
    """The month's days on which the player was here or was forgiven."""
    first = date(year, month, 1)
    last = month_of(first + timedelta(days=31)) - timedelta(days=1)
    rows = await repository.days_between(connection, user_id, action, first, last)
    days = [AttendedDay(day=r.day, claimed=r.claimed_at is not None, forgiven=r.forgiven) for r in rows]
    return StreakHistory(action_type=action, year=year, month=month, days=days)


async def protection_of(
    connection: AsyncConnection, user_id: int, action: StreakAction, *, today: date
) -> Protection:
    """Whether a missed day would be forgiven."""
    return _protection(await repository.streak(connection, user_id, action), action, today)


async def protect(
    connection: AsyncConnection, user_id: int, action: StreakAction, *, enabled: bool, today: date
) -> Protection:
    """Switches protection on or off; a month's one day stays used."""
    before = await repository.lock_streak(connection, user_id, action)
    after = Streak(before.count, before.longest, before.last_day, enabled, before.forgiven_month)
    await repository.keep_streak(connection, user_id, action, after)
    return _protection(after, action, today)


def _protection(streak: Streak, action: StreakAction, today: date) -> Protection:
    unused = streak.forgiven_month != month_of(today)
    return Protection(action_type=action, enabled=streak.protected, available=streak.protected and unused)


async def everything_of(connection: AsyncConnection, user_id: int, *, rows_max: int) -> dict[str, Any]:
    """What is kept about a user here, for their export."""
    return await exported(connection, repository.kept_about(user_id), rows_max=rows_max)
