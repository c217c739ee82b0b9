"""Claiming a day: exactly once, however many ask, whatever the clock says."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from sqlalchemy import func, select

from casino.kit.database import Database
from casino.kit.days import Calendar
from casino.kit.settings import Settings
from casino.streaks import facts, service
from casino.streaks.errors import AlreadyClaimed
from casino.streaks.models import AttendanceDay
from casino.streaks.rules import StreakAction
from casino.streaks.schemas import Claimed, StreakStatus
from casino.wallet.models import LedgerTransfer, Wallet
from tests.factories.access import bearer
from tests.factories.log import facts_of
from tests.factories.play import told
from tests.factories.players import a_player

SEOUL = Calendar("Asia/Seoul")
DAILY = StreakAction.DAILY_LOGIN


async def claim(database: Database, user_id: int, today: date) -> Claimed:
    """One claim in a transaction of its own, on a given day."""
    async with database.transaction() as connection:
        return await service.claim_streak(connection, user_id, DAILY, today=today, calendar=SEOUL)


async def status(database: Database, user_id: int, now: datetime) -> StreakStatus:
    """The standing at a given moment."""
    async with database.snapshot() as connection:
        return await service.status_of(connection, user_id, DAILY, now=now, calendar=SEOUL)


async def test_five_hundred_race_for_one_day(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """One is given the reward, 499 are told that it was claimed; one transfer, one day, one streak of one."""
    user = await a_player(database, gold=1_000)
    headers = bearer(settings, user)
    asked = [client.post("/api/streak/claim", headers=headers) for _ in range(500)]
    answers = await asyncio.gather(*asked)
    outcomes = Counter((answer.status_code, answer.json().get("error")) for answer in answers)
    assert outcomes == {(200, None): 1, (409, "already_claimed"): 499}
    won = next(answer.json() for answer in answers if answer.status_code == 200)
    assert won == {"awarded_gold": 150, "awarded_xp": 30, "streak_count": 1, "new_gold_balance": 1_150}
    async with database.snapshot() as connection:
        paid = select(func.count()).where(
            LedgerTransfer.user_id == user, LedgerTransfer.counter_account == "source:streak"
        )
        assert await connection.scalar(paid) == 1
        assert await connection.scalar(select(Wallet.gold_balance).where(Wallet.user_id == user)) == 1_150
        days = select(func.count()).where(AttendanceDay.user_id == user)
        assert await connection.scalar(days) == 1
    assert [data["streak_count"] for data in await told(database, user, facts.STREAK_MOVED)] == [1]


async def test_a_claim_is_whole(client: httpx.AsyncClient, database: Database, settings: Settings) -> None:
    """The body may be missing; status, preview and history follow; a wrong action is refused."""
    user = await a_player(database)
    headers = bearer(settings, user)
    empty = (await client.get("/api/streak/status", headers=headers)).json()
    assert (empty["count"], empty["ttl_seconds"], empty["claimed_today"]) == (0, 0, False)
    assert empty["next_reward"] == {"streak_count": 1, "gold": 150, "xp": 30}
    wrong = await client.post("/api/streak/claim", headers=headers, json={"action_type": "SLEEP"})
    assert wrong.status_code == 422
    ticked = (await client.post("/api/streak/tick", headers=headers)).json()
    assert ticked == {"action_type": "DAILY_LOGIN", "streak_count": 1, "recorded": True}
    assert (await client.post("/api/streak/tick", headers=headers)).json()["recorded"] is False
    answer = await client.post("/api/streak/claim", headers=headers, json={"actionType": "DAILY_LOGIN"})
    assert (answer.status_code, answer.json()["streak_count"]) == (200, 1)
    now = (await client.get("/api/streak/status", headers=headers)).json()
    assert (now["count"], now["claimed_today"], now["next_reward"]["streak_count"]) == (1, True, 2)
    assert 86_400 <= now["ttl_seconds"] <= 2 * 86_400
    assert now["attendance_week"] == [now["today"]]
    coming = (await client.get("/api/streak/preview", headers=headers)).json()["days"]
    assert [day["gold"] for day in coming] == [150] * 6 + [500]
    assert [day["claimed"] for day in coming] == [True] + [False] * 6
    month = (await client.get("/api/streak/history", headers=headers)).json()
    assert month["days"] == [{"day": now["today"], "claimed": True, "forgiven": False}]
    moved = [fact for fact in await facts_of(database, user) if fact.type == facts.STREAK_MOVED]
    assert [fact.data["claimed"] for fact in moved] == [False, True]
    assert facts.messages(moved[-1]) == [("streak_update", {"action_type": "DAILY_LOGIN", "streak_count": 1})]


async def test_a_key_replays_a_claim(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """With the first one's key a repeat is answered as the first was; with another it is already claimed."""
    headers = bearer(settings, await a_player(database))
    first = await client.post("/api/streak/claim", headers=headers | {"X-Idempotency-Key": "a"})
    again = await client.post("/api/streak/claim", headers=headers | {"Idempotency-Key": "a"})
    other = await client.post("/api/streak/claim", headers=headers | {"Idempotency-Key": "b"})
    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 409)
    assert first.content == again.content
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_the_day_turns_at_midnight_in_the_casinos_zone(database: Database) -> None:
    """A claim at 23:59:59.999 and one a millisecond later are of two days; a second one in either is refused."""
    user = await a_player(database, gold=0)
    before, after = (
        SEOUL.day_of(datetime(2026, 11, 21, 15, 0, tzinfo=UTC) + timedelta(milliseconds=offset))
        for offset in (-1, 0)
    )
    assert [(await claim(database, user, day)).streak_count for day in (before, after)] == [1, 2]
    for day in (before, after):
        with pytest.raises(AlreadyClaimed):
            await claim(database, user, day)


async def test_clocks_that_disagree_pay_once(database: Database) -> None:
    """A clock that is ahead claims the next day; one that is behind then neither pays again nor breaks the streak."""
    user = await a_player(database, gold=0)
    day = date(2026, 11, 21)
    await claim(database, user, day)
    await claim(database, user, day + timedelta(days=1))
    for skewed in (day, day - timedelta(days=1), day - timedelta(days=30)):
        with pytest.raises(AlreadyClaimed) as refused:
            await claim(database, user, skewed)
        assert "next_claim_at" in refused.value.members
    standing = await status(database, user, datetime(2026, 11, 21, 3, tzinfo=UTC))
    assert (standing.count, standing.claimed_today) == (2, True)
    assert (await claim(database, user, day + timedelta(days=2))).streak_count == 3


async def test_two_weeks_pay_what_they_promise(database: Database) -> None:
    """Fourteen days in a row give 12 × 150 and 2 × 500; then a missed day starts again."""
    user = await a_player(database, gold=0)
    first = date(2026, 11, 1)
    given = [await claim(database, user, first + timedelta(days=day)) for day in range(14)]
    assert [claimed.awarded_gold for claimed in given] == ([150] * 6 + [500]) * 2
    assert given[-1].new_gold_balance == 12 * 150 + 2 * 500
    assert (await claim(database, user, first + timedelta(days=15))).streak_count == 1


async def test_protection_forgives_and_says_so(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """A forgiven day stands in the calendar, pays nothing, and uses up the month's one."""
    user = await a_player(database, gold=0)
    headers = bearer(settings, user)
    assert (await client.get("/api/streak/protection", headers=headers)).json()["enabled"] is False
    on = await client.post("/api/streak/protection", headers=headers, json={"enabled": True})
    assert on.json() == {"action_type": "DAILY_LOGIN", "enabled": True, "available": True}
    first = date(2026, 11, 10)
    await claim(database, user, first)
    assert (await claim(database, user, first + timedelta(days=2))).streak_count == 2
    async with database.snapshot() as connection:
        month = await service.history(connection, user, DAILY, year=2026, month=11)
        left = await service.protection_of(connection, user, DAILY, today=first)
    assert [(day.day.day, day.claimed, day.forgiven) for day in month.days] == [
        (10, True, False),
        (11, False, True),
        (12, True, False),
    ]
    assert (left.enabled, left.available) == (True, False)
    assert (await claim(database, user, first + timedelta(days=4))).streak_count == 1
