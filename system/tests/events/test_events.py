"""Events: joined by people, moved by what was settled, claimed once."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import insert, select, update

from casino.events import facts, repository, service
from casino.events.models import Event, EventTally
from casino.games.models import WinBonus
from casino.kit.clock import utc_now
from casino.kit.consumers import Consumer
from casino.kit.database import Database
from casino.kit.days import week_of
from casino.kit.ids import uuid7
from casino.kit.settings import Settings
from tests.events.conftest import SEOUL
from tests.factories.access import bearer
from tests.factories.play import a_round, take, told
from tests.factories.players import a_player


async def an_event(database: Database, **changed: Any) -> int:
    """An event of this test alone that runs now; returns its id."""
    now = utc_now()
    values = {
        "code": f"test-{uuid7()}",
        "title_data": {"en": "A test", "ko": "시험"},
        "description_data": {"en": "Five plays.", "ko": "다섯 판."},
        "measure": "plays",
        "target": 5,
        "gold": 1_000,
        "exp": 100,
        "flat_win_bonus": 50,
        "priority": -1,
        "starts_at": now - timedelta(hours=1),
        "ends_at": now + timedelta(hours=1),
    }
    async with database.transaction() as connection:
        row = insert(Event).values(values | changed).returning(Event.id)
        return int((await connection.execute(row)).scalar_one())


async def card(client: httpx.AsyncClient, headers: dict[str, str], event_id: int) -> Any:
    """The event as a player sees it."""
    answer = await client.get("/api/events/", headers=headers)
    assert answer.status_code == 200, answer.text
    return next(item for item in answer.json()["items"] if item["id"] == event_id)


async def test_the_weekly_event_is_the_hot_one(client: httpx.AsyncClient) -> None:
    """Anybody sees it: five plays for 1,000 gold, from Monday to Monday."""
    (hot, *_) = (await client.get("/api/public/events")).json()["items"]
    assert hot["code"].startswith("neon-week-")
    assert (hot["measure"], hot["target"], hot["mine"]) == ("plays", 5, None)
    assert hot["reward"] == {"gold": 1_000, "xp": 100, "flat_win_bonus": 50}


async def test_play_completes_an_event(
    client: httpx.AsyncClient, database: Database, settings: Settings, consumers: Sequence[Consumer]
) -> None:
    """Only what is settled after joining counts; five plays make it claimable, and thirty racers are paid once."""
    event_id = await an_event(database)
    user, other = await a_player(database, gold=0), await a_player(database)
    headers = bearer(settings, user)
    await take(database, consumers, [a_round(user) for _ in range(3)])
    early = a_round(user)
    for person in (headers, headers, bearer(settings, other)):
        joined = await client.post("/api/events/join", headers=person, json={"eventId": event_id})
        assert (joined.status_code, joined.json()["progress"]) == (200, 0), joined.text
    assert (await card(client, headers, event_id))["participants"] == 2
    await take(database, consumers, [early, *(a_round(user) for _ in range(4))])
    refused = (await client.post(f"/api/events/claim/{event_id}", headers=headers)).json()
    assert (refused["error"], refused["progress"]) == ("not_completed", 4)
    await take(database, consumers, [a_round(user), a_round(user)])
    mine = (await card(client, headers, event_id))["mine"]
    assert (mine["progress"], mine["completed"], mine["claimable"]) == (5, True, True)
    asked = (client.post(f"/api/events/claim/{event_id}", headers=headers) for _ in range(30))
    outcomes = Counter(answer.json().get("error", "given") for answer in await asyncio.gather(*asked))
    assert outcomes == {"given": 1, "already_claimed": 29}
    assert (await client.get("/api/users/balance", headers=headers)).json()["gold_balance"] == 1_000
    joined_facts = [
        data for data in await told(database, user, facts.EVENT_JOINED) if data["event_id"] == event_id
    ]
    assert [data["flat_win_bonus"] for data in joined_facts] == [50]
    heard = [one for data in await told(database, user, facts.EVENT_PROGRESSED) for one in data["progress"]]
    assert [(one["progress"], one["claimable"]) for one in heard] == [(4, False), (5, True)]


async def test_who_takes_part_is_counted_as_they_join(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """Twenty players, each joining twice at once, are twenty; a count that is changed by hand is found."""
    event_id = await an_event(database)
    people = [bearer(settings, await a_player(database)) for _ in range(20)]
    asked = {"event_id": event_id}
    joins = (client.post("/api/events/join", headers=who, json=asked) for who in people for _ in range(2))
    assert {answer.status_code for answer in await asyncio.gather(*joins)} == {200}
    assert (await card(client, people[0], event_id))["participants"] == 20
    async with database.transaction() as connection:
        before = await repository.miscounted(connection)
        mine = EventTally.event_id == event_id
        await connection.execute(update(EventTally).where(mine).values(participants=1))
        assert await repository.miscounted(connection) == before + 1
        await connection.rollback()
    async with database.snapshot() as connection:
        assert await repository.miscounted(connection) == 0


async def test_operators_add_and_never_set(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """Ten additions at once all count and are noted; players may not, and only who joined can be moved."""
    event_id = await an_event(database, target=100)
    user, operator = await a_player(database), await a_player(database)
    headers = bearer(settings, operator, role="operator")
    path, body = f"/api/events/progress/{event_id}", {"user_id": user, "amount": 3}
    missing = await client.put(path, headers=headers, json=body)
    assert (missing.status_code, missing.json()["error"]) == (404, "event_not_joined")
    await client.post("/api/events/join", headers=bearer(settings, user), json={"event_id": event_id})
    answers = await asyncio.gather(*(client.put(path, headers=headers, json=body) for _ in range(10)))
    assert sorted(answer.json()["progress"] for answer in answers) == list(range(3, 31, 3))
    assert (await client.put(path, headers=bearer(settings, user), json=body)).status_code == 403
    rows = (await client.get("/api/admin/audit-log", headers=headers, params={"limit": 100})).json()["items"]
    noted = [row["after"] for row in rows if row["target"] == f"event:{event_id}"]
    assert sorted(row["progress"] for row in noted) == list(range(3, 31, 3))
    assert {(row["user_id"], row["added"]) for row in noted} == {(user, 3)}


async def test_what_is_over_cannot_be_joined(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """Neither an event of the past, nor a withdrawn one, nor one that never was."""
    headers = bearer(settings, await a_player(database))
    over = await an_event(database, ends_at=utc_now() - timedelta(minutes=1))
    withdrawn = await an_event(database, published=False)
    outcomes = []
    for event_id in (over, withdrawn, 2**40):
        answer = await client.post("/api/events/join", headers=headers, json={"event_id": event_id})
        outcomes.append((answer.status_code, answer.json()["error"]))
    assert outcomes == [(409, "event_not_running"), (404, "event_not_found"), (404, "event_not_found")]


async def test_wins_bring_more_while_an_event_says_so(database: Database) -> None:
    """The games are told of a running event's bonus, and that it is over when the event is withdrawn."""
    event_id = await an_event(database, flat_win_bonus=70)
    without = await an_event(database, flat_win_bonus=0)

    async def bonuses() -> list[int]:
        query = select(WinBonus.flat_gold).where(
            WinBonus.source.in_([f"event:{event_id}", f"event:{without}"])
        )
        async with database.transaction() as connection:
            await service.keep_win_bonuses(connection)
            return list((await connection.execute(query)).scalars())

    assert await bonuses() == [70]
    async with database.transaction() as connection:
        await connection.execute(update(Event).where(Event.id == event_id).values(published=False))
    assert await bonuses() == []


async def test_every_week_has_its_edition(database: Database) -> None:
    """The next is there from Sunday on, like the last one, also where an operator changed that one."""
    async with database.transaction() as connection:
        monday = week_of(await SEOUL.today(connection)) + timedelta(days=7)
        last = update(Event).where(Event.series == "neon-week").values(gold=1_234)
        await connection.execute(last)
        for days in (2, 1, 1, 0):
            await service.open_due(connection, SEOUL, today=monday - timedelta(days=days))
            there = await service.running(connection, None, now=SEOUL.start_of(monday))
            editions = [one.reward.gold for one in there.items if one.code == f"neon-week-{monday}"]
            assert editions == ([] if days == 2 else [1_234])
        await connection.execute(update(Event).where(Event.series == "neon-week").values(gold=1_000))
