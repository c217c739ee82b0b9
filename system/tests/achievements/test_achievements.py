"""Achievements: unlocked once by what was settled, paid at once, never by a client's word."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import func, select

from casino.achievements import facts, jobs, service
from casino.achievements.rules import TIER_GOLD
from casino.achievements.service import seed_content
from casino.kit.consumers import Consumer
from casino.kit.database import Database
from casino.kit.measures import CountedOtherwise, Yardstick
from casino.kit.settings import Settings
from casino.messages import COUNTS
from casino.rewards.models import UserReward
from tests.factories.access import bearer
from tests.factories.log import facts_of
from tests.factories.play import a_round, take
from tests.factories.players import a_player


@pytest_asyncio.fixture(scope="session", autouse=True)
async def content(database: Database) -> None:
    """The achievements every system starts with."""
    await seed_content(database)


@pytest.fixture
def consumers() -> Sequence[Consumer]:
    """That of this room, as the worker runs it."""
    return jobs.consumers(Yardstick(COUNTS))


async def mine(client: httpx.AsyncClient, headers: dict[str, str]) -> dict[str, Any]:
    """The player's achievements by code."""
    answer = await client.get("/api/achievements/me", headers=headers)
    assert answer.status_code == 200, answer.text
    return {item["code"]: item for item in answer.json()["items"]}


async def test_there_is_enough_to_achieve(client: httpx.AsyncClient) -> None:
    """At least twenty, of every tier, each worth its tier's gold, in both languages."""
    items = (await client.get("/api/achievements")).json()["items"]
    assert len(items) >= 20
    assert {item["tier"] for item in items} == set(TIER_GOLD)
    assert all(item["gold"] == TIER_GOLD[item["tier"]] for item in items)
    assert all(set(item["title"]) == set(item["description"]) == {"en", "ko"} for item in items)


async def test_play_unlocks_and_pays_once(
    client: httpx.AsyncClient, database: Database, settings: Settings, consumers: Sequence[Consumer]
) -> None:
    """The first round, win and big win unlock; again nothing is paid; bests keep the best, sums add up."""
    user = await a_player(database, gold=0)
    headers = bearer(settings, user)
    await take(database, consumers, [a_round(user, bet=50, win=500), a_round(user, bet=50, win=250)])
    await take(database, consumers, [a_round(user, bet=50, win=400)])
    items = await mine(client, headers)
    unlocked = {code for code, item in items.items() if item["unlocked"]}
    assert unlocked == {"first-spin", "first-win", "good-catch", "ten-fold"}
    assert (items["winner"]["progress"], items["big-catch"]["progress"]) == (3, 500)
    assert items["gold-rush"]["progress"] == 1_150
    async with database.snapshot() as connection:
        paid = select(func.count(), func.sum(UserReward.gold)).where(
            UserReward.user_id == user, UserReward.source == "achievement"
        )
        assert tuple((await connection.execute(paid)).one()) == (4, 800)
    assert (await client.get("/api/users/balance", headers=headers)).json()["gold_balance"] == 800


async def test_sockets_hear_of_it(database: Database, consumers: Sequence[Consumer]) -> None:
    """What was unlocked is told as unlocked, once, with a message for each."""
    user = await a_player(database, gold=0)
    await take(database, consumers, [a_round(user, bet=10)])
    await take(database, consumers, [a_round(user, bet=10)])
    moved = [fact for fact in await facts_of(database, user) if fact.type == facts.ACHIEVEMENT_PROGRESSED]
    heard = [message for fact in moved for message in facts.messages(fact)]
    assert heard == [
        ("achievement_progress", {"achievement_code": "first-spin", "progress": 1, "unlocked": True})
    ]
    assert [fact.messages for fact in moved] == [1]
    assert facts.counts(moved[0]) == {"achievements": 1}


async def test_nothing_is_unlocked_by_asking(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """There is no call that unlocks: every write is 404 or 405."""
    headers = bearer(settings, await a_player(database))
    for path in ("/api/achievements", "/api/achievements/me", "/api/achievements/first-spin"):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert (await client.request(method, path, headers=headers)).status_code in (404, 405)


async def test_content_cannot_change_what_was_unlocked(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has it had it by the old target, and a replay would not give it to them: the seed refuses."""
    changed = tmp_path / "content.yaml"
    text = service.CONTENT.read_text()
    changed.write_text(
        text.replace("measure: plays, mode: sum, target: 100,", "measure: plays, mode: sum, target: 90,")
    )
    monkeypatch.setattr(service, "CONTENT", changed)
    with pytest.raises(CountedOtherwise, match="regular counts by another target"):
        await service.seed_content(database)
