"""The home page's one call: whole, at one moment, and in at most two round trips to the database."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import event, text

from casino.games.service import Bet
from casino.home import dashboard
from casino.home.dashboard import HomePage
from casino.home.figures import PublicFigures
from casino.identity.errors import UserNotFound
from casino.kit.database import Database
from casino.kit.metrics import REGISTRY
from casino.kit.redis import GLOBAL_METRICS_KEY, RedisClient, connect
from casino.kit.settings import Settings
from casino.notifications.service import Message, notify
from tests.factories.access import bearer
from tests.factories.engagement import SEOUL, seed_engagement
from tests.factories.players import a_player
from tests.factories.tables import a_table

OWN_ROUTES = {
    "streak": "/api/streak/status",
    "vip": "/api/vip/status",
    "missions": "/api/events/missions/all",
    "achievements": "/api/achievements/me",
    "battle_pass": "/api/battlepass",
}
HELLO = Message("ADMIN_NOTIFICATION", "Hello", "From the house.", {})


async def three() -> int:
    """As many are online."""
    return 3


def without_clock(section: dict[str, Any]) -> dict[str, Any]:
    """A section but for what runs down by the second."""
    return {name: value for name, value in section.items() if name != "ttl_seconds"}


def a_home(database: Database, redis: RedisClient) -> HomePage:
    """The home page as the API makes it."""
    return HomePage(database, PublicFigures(database, redis, online=three), SEOUL)


@pytest.fixture
async def counted(settings: Settings) -> AsyncIterator[tuple[Database, list[str]]]:
    """A pool of one connection, and every statement that it is sent.

    What goes straight to the driver is told by the driver; of what SQLAlchemy prepares first it tells nothing.
    """
    pool = Database(settings.database_url.get_secret_value(), pool_size=1, instance="counted")
    statements: list[str] = []

    @event.listens_for(pool.engine.sync_engine, "connect")
    def watch(connection: Any, _: object) -> None:
        connection.driver_connection.add_query_logger(lambda query: statements.append(query.query))

    @event.listens_for(pool.engine.sync_engine, "before_cursor_execute")
    def watch_adapter(*told: Any) -> None:
        statements.append(told[2])

    yield pool, statements
    await pool.close()


async def test_a_dashboard_is_two_round_trips_at_most(
    counted: tuple[Database, list[str]], redis: RedisClient
) -> None:
    """One when the public figures are known, one more when they are due; nothing else, no BEGIN, no COMMIT."""
    database, statements = counted
    user_id = await a_player(database)
    home = a_home(database, redis)
    await redis.delete(GLOBAL_METRICS_KEY)
    trips = []
    for _ in range(3):
        statements.clear()
        found = await home.dashboard(user_id)
        trips.append(len(statements))
        assert found.community is not None and found.community.online_users == 3
    assert trips == [2, 1, 1], statements


async def test_the_count_would_notice_another_trip(
    counted: tuple[Database, list[str]], redis: RedisClient
) -> None:
    """Two statements are counted as two: the check above can fail."""
    database, statements = counted
    user_id = await a_player(database)
    statements.clear()
    await a_home(database, redis).snapshot(user_id)
    async with database.snapshot() as connection:
        await connection.execute(text("SELECT 1"))
    assert len(statements) == 2


async def test_every_section_is_there(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """Each as its own route tells it: profile, rewards, totals, what is unread, the last ten actions."""
    await seed_engagement(database)
    user_id = await a_player(database, gold=1_000)
    who = bearer(settings, user_id)
    assert (await client.post("/api/streak/claim", headers=who)).status_code == 200
    assert (await client.post("/api/vip/claim", headers=who)).status_code == 200
    await a_table(database).play(Bet(user_id, 10))
    for number in range(12):
        action = {"action_type": "OPEN_SHOP", "context": {"n": number}}
        assert (await client.post("/api/actions", headers=who, json=action)).status_code == 201
    async with database.transaction() as connection:
        await notify(connection, [user_id], HELLO, source="a")
    answer = await client.get("/api/dashboard", headers=who)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    balance = (await client.get("/api/users/balance", headers=who)).json()["gold_balance"]
    assert (shown["profile"]["id"], shown["profile"]["gold_balance"]) == (user_id, balance)
    assert shown["game_stats"] == (await client.get("/api/games/stats/me", headers=who)).json()
    recent = (await client.get(f"/api/actions/recent/{user_id}?limit=10", headers=who)).json()["items"]
    assert shown["recent_actions"] == recent and len(recent) == 10
    inbox = (await client.get("/api/notifications", headers=who)).json()
    assert shown["notifications"] == {"unread": 1, "items": inbox["items"]}
    assert shown["community"]["generated_at"]
    events = (await client.get("/api/events/", headers=who)).json()["items"]
    assert shown["hot_event"] == events[0]
    assert shown["standing"] == (await client.get("/api/rewards/me", headers=who)).json()["standing"]
    for section, path in OWN_ROUTES.items():
        own = (await client.get(path, headers=who)).json()
        # Seconds pass between the two questions.
        assert without_clock(shown[section]) == without_clock(own), section


async def test_a_new_users_dashboard_is_empty_and_whole(database: Database, redis: RedisClient) -> None:
    """Zeros and empty lists, never nulls; a socket is told the same."""
    user_id = await a_player(database, gold=0)
    told = await a_home(database, redis).snapshot(user_id)
    assert told["game_stats"]["plays"] == 0 and told["game_stats"]["games"] == []
    assert told["recent_actions"] == [] and told["notifications"] == {"unread": 0, "items": []}
    assert (told["streak"]["count"], told["vip"]["vip_points"], told["standing"]["level"]) == (0, 0, 1)
    assert "community" not in told


async def test_nobody_has_no_dashboard(
    client: httpx.AsyncClient, database: Database, redis: RedisClient
) -> None:
    """401 without a token; a user who is gone is not found."""
    assert (await client.get("/api/dashboard")).status_code == 401
    with pytest.raises(UserNotFound):
        await a_home(database, redis).dashboard(2**60)


async def test_a_slow_redis_holds_up_no_dashboard(
    database: Database, redis: RedisClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The community is left out, the rest comes; the figures are there as soon as they have been read."""
    gate = asyncio.Event()

    async def slow() -> int:
        await gate.wait()
        return 5

    monkeypatch.setattr(dashboard, "COMMUNITY_SECONDS_MAX", 0.02)
    await redis.delete(GLOBAL_METRICS_KEY)
    figures = PublicFigures(database, redis, online=slow)
    home = HomePage(database, figures, SEOUL)
    user_id = await a_player(database)
    before = REGISTRY.get_sample_value("dashboard_cache_requests_total", {"outcome": "away"}) or 0.0
    found = await home.dashboard(user_id)
    assert found.community is None and found.profile.id == user_id
    assert REGISTRY.get_sample_value("dashboard_cache_requests_total", {"outcome": "away"}) == before + 1
    gate.set()
    assert (await figures.read()).online_users == 5
    again = await home.dashboard(user_id)
    assert again.community is not None and again.community.online_users == 5


async def test_without_redis_the_dashboard_comes_whole(database: Database) -> None:
    """Losing the cache costs a round trip, nothing else."""
    nowhere = connect("redis://127.0.0.1:1/0")
    found = await a_home(database, nowhere).dashboard(await a_player(database))
    assert found.community is not None
    await nowhere.aclose()
