"""Missions: moved by what was settled, told as they move, claimed once in their period."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from casino.events import facts, service
from casino.events.errors import NotCompleted
from casino.kit.consumers import Consumer
from casino.kit.database import Database
from casino.kit.measures import CountedOtherwise
from casino.kit.settings import Settings
from tests.events.conftest import SEOUL
from tests.factories.access import bearer
from tests.factories.play import a_round, take, told
from tests.factories.players import a_player


async def missions(client: httpx.AsyncClient, headers: dict[str, str]) -> dict[str, Any]:
    """The player's missions by code."""
    answer = await client.get("/api/events/missions/all", headers=headers)
    assert answer.status_code == 200, answer.text
    return {card["code"]: card for card in answer.json()["daily"] + answer.json()["weekly"]}


async def test_play_moves_missions(
    client: httpx.AsyncClient, database: Database, settings: Settings, consumers: Sequence[Consumer]
) -> None:
    """Rounds in two batches add up; the socket hears of tenths and of completion, not of every gold piece."""
    user = await a_player(database, gold=0)
    headers = bearer(settings, user)
    assert {card["progress"] for card in (await missions(client, headers)).values()} == {0}
    await take(database, consumers, [a_round(user, bet=10) for _ in range(4)])
    await take(
        database, consumers, [a_round(user, bet=10, win=100), *(a_round(user, bet=10) for _ in range(5))]
    )
    now = await missions(client, headers)
    moved = {code: card["progress"] for code, card in now.items() if card["progress"]}
    assert moved == {
        "daily-plays": 10,
        "daily-wins": 1,
        "daily-wager": 100,
        "weekly-plays": 10,
        "weekly-won": 100,
    }
    assert [code for code, card in now.items() if card["claimable"]] == ["daily-plays"]
    heard = [one for data in await told(database, user, facts.MISSION_PROGRESSED) for one in data["progress"]]
    assert Counter(one["mission_code"] for one in heard) == {
        "daily-plays": 2,
        "daily-wins": 1,
        "daily-wager": 1,
        "weekly-plays": 1,
    }
    assert {"mission_code": "daily-plays", "progress": 10, "target": 10, "claimable": True} in heard


async def test_a_mission_is_claimed_once(
    client: httpx.AsyncClient, database: Database, settings: Settings, consumers: Sequence[Consumer]
) -> None:
    """Before its target 409 with how far it is; then forty race, one is given, the others are told."""
    user = await a_player(database, gold=0)
    headers = bearer(settings, user)
    mission = (await missions(client, headers))["daily-plays"]
    path = f"/api/events/missions/{mission['id']}/claim"
    await take(database, consumers, [a_round(user) for _ in range(9)])
    early = (await client.post(path, headers=headers)).json()
    assert (early["error"], early["progress"], early["target"]) == ("not_completed", 9, 10)
    await take(database, consumers, [a_round(user)])
    answers = await asyncio.gather(*(client.post(path, headers=headers) for _ in range(40)))
    outcomes = Counter(answer.json().get("error", "given") for answer in answers)
    assert outcomes == {"given": 1, "already_claimed": 39}
    balance = (await client.get("/api/users/balance", headers=headers)).json()["gold_balance"]
    assert balance == mission["gold"]
    assert (await missions(client, headers))["daily-plays"]["claimed"]
    nothing = await client.post(f"/api/events/missions/{2**40}/claim", headers=headers)
    assert (nothing.status_code, nothing.json()["error"]) == (404, "mission_not_found")


async def test_a_mission_comes_back_with_its_period(
    database: Database, consumers: Sequence[Consumer]
) -> None:
    """What was done yesterday is not claimable today, and today begins at nothing."""
    user = await a_player(database, gold=0)
    await take(database, consumers, [a_round(user) for _ in range(10)])
    async with database.transaction() as connection:
        today = await SEOUL.today(connection)
        cards = (await service.missions_of(connection, user, today=today, calendar=SEOUL)).daily
        mission = next(card for card in cards if card.code == "daily-plays")
        assert mission.claimable
        with pytest.raises(NotCompleted):
            await service.claim_mission(connection, user, mission.id, today=today + timedelta(days=1))
        given = await service.claim_mission(connection, user, mission.id, today=today)
    assert given.new_gold_balance == mission.gold


async def test_what_is_seeded_again_keeps_progress(database: Database, consumers: Sequence[Consumer]) -> None:
    """Seeding changes no row's id and no player's progress."""
    user = await a_player(database, gold=0)
    await take(database, consumers, [a_round(user)])
    query = text("SELECT id, code, created_at FROM missions ORDER BY id")
    async with database.snapshot() as connection:
        before = (await connection.execute(query)).all()
    await service.seed_content(database, SEOUL)
    async with database.snapshot() as connection:
        assert (await connection.execute(query)).all() == before
        today: date = await SEOUL.today(connection)
        now = await service.missions_of(connection, user, today=today, calendar=SEOUL)
    assert {card.code: card.progress for card in now.daily}["daily-plays"] == 1


async def test_content_cannot_change_what_was_counted(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replay of the log would know the new meaning only: the seed says so, and changes nothing."""
    changed = tmp_path / "content.yaml"
    changed.write_text(
        service.CONTENT.read_text().replace("measure: plays, target: 10,", "measure: wins, target: 10,")
    )
    monkeypatch.setattr(service, "CONTENT", changed)
    with pytest.raises(CountedOtherwise, match="daily-plays counts by another measure"):
        await service.seed_content(database, SEOUL)
