"""VIP: points from stakes, and one gift a day however often it is asked for."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from sqlalchemy import func, select

from casino.identity.service import raise_ranks
from casino.kit.database import Database
from casino.kit.days import Calendar
from casino.kit.measures import Yardstick
from casino.kit.settings import Settings
from casino.messages import COUNTS
from casino.rewards.models import UserReward
from casino.vip import facts, jobs, service
from casino.vip.rules import next_tier, tier_of
from casino.vip.schemas import VipGift
from tests.factories.access import bearer
from tests.factories.play import a_round, take, told
from tests.factories.players import a_player

SEOUL = Calendar("Asia/Seoul")


@pytest.mark.parametrize(
    ("points", "tier", "following"),
    [(0, "CLUB", "SILVER"), (999, "CLUB", "SILVER"), (1_000, "SILVER", "GOLD"), (100_000, "NEON", None)],
)
def test_points_reach_tiers(points: int, tier: str, following: str | None) -> None:
    """Each tier begins at its points; there is none after the last."""
    after = next_tier(points)
    assert (tier_of(points).name, after and after.name) == (tier, following)


async def test_stakes_become_points(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """One point for every 100 gold, small stakes adding up; enough of them are a tier."""
    user = await a_player(database)
    headers = bearer(settings, user)
    consumers = jobs.consumers(Yardstick(COUNTS))
    await take(database, consumers, [a_round(user, bet=33) for _ in range(3)])
    assert (await client.get("/api/vip/status", headers=headers)).json()["vip_points"] == 0
    await take(database, consumers, [a_round(user, bet=1), *(a_round(user, bet=10_000) for _ in range(10))])
    status = (await client.get("/api/vip/status", headers=headers)).json()
    assert (status["vip_points"], status["tier"], status["daily_gold"]) == (1_001, "SILVER", 100)
    assert (status["next_tier"], status["next_tier_points"]) == ("GOLD", 10_000)
    assert (status["claimed_today"], status["last_claim_at"]) == (False, None)


async def test_points_earn_a_rank(client: httpx.AsyncClient, database: Database, settings: Settings) -> None:
    """It is told once, when its tier is reached, is seen in the profile, and nobody is ever lowered."""
    user, high = await a_player(database), await a_player(database)
    consumers = jobs.consumers(Yardstick(COUNTS))
    async with database.transaction() as connection:
        assert await raise_ranks(connection, {high: "VIP"}) == {high: "VIP"}
    stakes = [a_round(person, bet=990_000) for person in (user, high)]
    await take(database, consumers, stakes)
    assert await told(database, user, facts.RANK_REACHED) == []
    for _ in range(2):
        await take(database, consumers, [a_round(person, bet=10_000) for person in (user, high)])
    assert await told(database, user, facts.RANK_REACHED) == [{"rank": "PREMIUM"}]
    assert await told(database, high, facts.RANK_REACHED) == []
    shown = {
        person: (await client.get(f"/api/users/{person}", headers=bearer(settings, user))).json()["rank"]
        for person in (user, high)
    }
    assert shown == {user: "PREMIUM", high: "VIP"}


async def test_a_gift_a_day(client: httpx.AsyncClient, database: Database, settings: Settings) -> None:
    """Fifty at once are all answered the same, and it is given once."""
    user = await a_player(database, gold=0)
    headers = bearer(settings, user)
    answers = await asyncio.gather(*(client.post("/api/vip/claim", headers=headers) for _ in range(50)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    gift = answers[0].json()
    assert (gift["awarded_gold"], gift["new_gold_balance"], gift["tier"]) == (50, 50, "CLUB")
    async with database.snapshot() as connection:
        given = select(func.count()).where(UserReward.user_id == user, UserReward.source == "vip")
        assert await connection.scalar(given) == 1
    assert (await client.get("/api/vip/status", headers=headers)).json()["claimed_today"] is True


async def test_days_and_clocks(database: Database) -> None:
    """The next day gives again; a clock that went back answers the last gift and gives nothing."""
    user = await a_player(database, gold=0)

    async def claim(day: date) -> VipGift:
        async with database.transaction() as connection:
            return await service.claim_gift(connection, user, today=day)

    day = date(2026, 11, 21)
    first = await claim(day)
    second = await claim(day + timedelta(days=1))
    assert (first.new_gold_balance, second.new_gold_balance) == (50, 100)
    assert await claim(day) == second
    async with database.snapshot() as connection:
        night = datetime(2026, 11, 22, 14, 59, 59, tzinfo=UTC)
        before = await service.status_of(connection, user, now=night, calendar=SEOUL)
        after = await service.status_of(connection, user, now=night + timedelta(seconds=1), calendar=SEOUL)
    assert (before.claimed_today, after.claimed_today) == (True, False)
    assert before.next_claim_at == datetime(2026, 11, 22, 15, tzinfo=UTC)
