"""Who is here, and who may see it: followers, unless the player hides it."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from redis.asyncio.client import PubSub

from casino.kit.database import Database
from casino.kit.redis import RedisClient, connect, presence_key, user_channel
from casino.kit.settings import Settings
from casino.realtime.repository import mark_seen
from casino.social.jobs import Presences, consumers
from tests.factories.access import bearer
from tests.factories.players import a_player
from tests.realtime.players import new_player
from tests.realtime.processes import HubServer, hub_servers
from tests.social.test_social import YARDSTICK, settled, today


@pytest.fixture(scope="module")
def hub(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubServer]:
    """A server with sockets."""
    with hub_servers(settings, tmp_path_factory.mktemp("hubs"), 1) as (server,):
        yield server


async def follow(client: httpx.AsyncClient, who: dict[str, str], whom: int) -> None:
    """One follows the other."""
    assert (await client.post(f"/api/games/follow/{whom}", headers=who)).status_code == 200


async def seen(client: httpx.AsyncClient, who: dict[str, str], whom: int) -> tuple[Any, Any]:
    """Whether a player is here, by their page and by the viewer's list of those they follow."""
    page = (await client.get(f"/api/games/players/{whom}", headers=who)).json()["online"]
    listed = (await client.get("/api/games/follow/list", headers=who)).json()["items"]
    return page, next((one["online"] for one in listed if one["user_id"] == whom), None)


async def words(channel: PubSub) -> list[dict[str, Any]]:
    """The data of the words that came by."""
    found = []
    while (message := await channel.get_message(timeout=0.5)) is not None:
        found.append(json.loads(message["data"].decode().split("\n")[1])["data"])
    return found


async def test_followers_see_who_is_here_unless_it_is_hidden(
    client: httpx.AsyncClient, database: Database, redis: RedisClient, settings: Settings
) -> None:
    """Here and gone are seen by followers; strangers and followers of who hides it see nothing."""
    me, friend = await a_player(database), await a_player(database)
    mine, theirs = bearer(settings, me), bearer(settings, friend)
    assert await seen(client, mine, friend) == (None, None)
    await follow(client, mine, friend)
    assert await seen(client, mine, friend) == (False, False)
    await mark_seen(redis, [friend])
    assert await seen(client, mine, friend) == (True, True)
    hidden = await client.put("/api/games/follow/settings", headers=theirs, json={"showPresence": False})
    assert hidden.json() == {"show_presence": False, "show_wins": True}
    assert await seen(client, mine, friend) == (None, None)
    followers = (await client.get("/api/games/followers", headers=theirs)).json()["items"]
    assert [one["online"] for one in followers] == [None]
    assert (await client.get("/api/games/follow/settings", headers=mine)).json()["show_presence"]


async def test_followers_who_are_here_are_told(
    client: httpx.AsyncClient, database: Database, redis: RedisClient, settings: Settings
) -> None:
    """Coming and going is told once each, to followers who are here, and not of who hides it."""
    me, friend, shy = [await a_player(database) for _ in range(3)]
    mine = bearer(settings, me)
    for other in (friend, shy):
        await follow(client, mine, other)
    hide = {"show_presence": False}
    await client.put("/api/games/follow/settings", headers=bearer(settings, shy), json=hide)
    presences = Presences(database, redis)
    await mark_seen(redis, [me])
    await presences.tell()
    async with redis.pubsub(ignore_subscribe_messages=True) as channel:
        await channel.subscribe(user_channel(me))
        await channel.get_message(timeout=5)
        await mark_seen(redis, [friend, shy])
        await presences.tell()
        await presences.tell()
        assert await words(channel) == [{"user_id": friend, "online": True}]
        await redis.zrem(presence_key(), str(friend), str(shy))
        await presences.tell()
        assert await words(channel) == [{"user_id": friend, "online": False}]


async def test_a_word_reaches_the_socket_without_a_number(
    hub: HubServer, client: httpx.AsyncClient, database: Database, redis: RedisClient, settings: Settings
) -> None:
    """The message has no id, so that resuming goes on from the last event."""
    friend = await a_player(database)
    player = await new_player(database, settings)
    await follow(client, bearer(settings, player.user_id), friend)
    presences = Presences(database, redis)
    async with player.socket(hub.port) as socket:
        await player.hear(socket)
        await mark_seen(redis, [player.user_id])
        await presences.tell()
        await mark_seen(redis, [friend])
        await presences.tell()
        async with asyncio.timeout(10):
            while (await player.hear(socket))["type"] != "presence":
                pass
    told = player.heard[-1]
    assert (told["id"], told["user_id"]) == (None, player.user_id)
    assert told["data"] == {"user_id": friend, "online": True}


async def test_wins_can_be_kept_from_followers(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """A big win of who hides them is no news."""
    me, shy = await a_player(database), await a_player(database)
    mine = bearer(settings, me)
    await follow(client, mine, shy)
    await client.put("/api/games/follow/settings", headers=bearer(settings, shy), json={"showWins": False})
    async with database.transaction() as connection:
        big = settled(shy, bet=10, win=5_000, multiplier=500, day=today())
        await consumers(YARDSTICK, big_win_threshold_gold=1_000)[1].handle(connection, [big])
    assert (await client.get("/api/games/feed", headers=mine)).json()["items"] == []


async def test_without_redis_nobody_is_said_to_be_gone(database: Database) -> None:
    """The job knows nobody, and what it knew stays: nothing is told of a Redis that is away."""
    away = connect("redis://127.0.0.1:1/0")
    presences = Presences(database, away)
    await presences.tell()
    assert presences._here is None
    await away.aclose()


async def test_an_erased_player_follows_nobody_and_is_followed_by_nobody(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """Relations in both directions go with the account; others keep theirs."""
    gone, friend, other = [await a_player(database) for _ in range(3)]
    await follow(client, bearer(settings, gone), friend)
    await follow(client, bearer(settings, friend), gone)
    await follow(client, bearer(settings, friend), other)
    assert (await client.delete("/api/users/me", headers=bearer(settings, gone))).status_code == 204
    theirs = bearer(settings, friend)
    followed = (await client.get("/api/games/follow/list", headers=theirs)).json()
    assert [one["user_id"] for one in followed["items"]] == [other]
    assert (await client.get("/api/games/followers", headers=theirs)).json()["total"] == 0
