"""Notifications on sockets: numbered ones in their order, announcements to all who want them, the view of its own."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from casino.kit.clock import utc_now
from casino.kit.database import Database
from casino.kit.redis import OUTBOX_WAKE_CHANNEL, RedisClient
from casino.kit.settings import Settings
from casino.notifications.service import Message, change_settings, deliver_due, notify, schedule
from tests.realtime.players import HEAR_SECONDS_MAX, how_it_ends, new_player, settle_rounds
from tests.realtime.processes import FanoutWorker, HubServer, fanout_worker, hub_servers

HELLO = Message("ADMIN_NOTIFICATION", "Hello", "From the house.", {"path": "/slot"})


@pytest.fixture(scope="module")
def hubs(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[HubServer]]:
    """Two servers."""
    with hub_servers(settings, tmp_path_factory.mktemp("hubs"), 2) as servers:
        yield servers


@pytest.fixture(scope="module", autouse=True)
def fanout(settings: Settings) -> Iterator[FanoutWorker]:
    """The worker that takes facts to sockets."""
    with fanout_worker(settings) as worker:
        yield worker


def view(port: int, user_id: object, token: str) -> str:
    """Where a user's notifications are followed."""
    return f"ws://127.0.0.1:{port}/ws/notifications/{user_id}?token={token}"


async def heard(socket: ClientConnection, kind: str, *, title: str | None = None) -> dict[str, Any]:
    """The next message of a type, and of a title if given; what comes before is passed over."""
    async with asyncio.timeout(HEAR_SECONDS_MAX):
        while True:
            message: dict[str, Any] = json.loads(await socket.recv())
            if message["type"] == kind and title in (None, message["data"].get("title")):
                return message


async def tell(database: Database, redis: RedisClient, user_id: int, source: str) -> None:
    """Notifies a user."""
    async with database.transaction() as connection:
        await notify(connection, [user_id], HELLO, source=source)
    await redis.publish(OUTBOX_WAKE_CHANNEL, b"")


async def test_a_notification_has_its_place_among_the_events(
    hubs: list[HubServer], database: Database, redis: RedisClient, settings: Settings
) -> None:
    """It takes the user's next number and is replayed like any other event."""
    player = await new_player(database, settings)
    async with player.socket(hubs[0].port) as socket:
        await heard(socket, "initial_state")
        await tell(database, redis, player.user_id, "a")
        message = await heard(socket, "notification")
    assert (message["id"], message["data"]) == (1, HELLO._asdict())
    await tell(database, redis, player.user_id, "b")
    player.last_id = 1
    async with player.socket(hubs[1].port) as socket:
        assert player.heard[-1]["data"]["resumed"] is True
        assert (await heard(socket, "notification"))["id"] == 2


async def test_the_view_shows_notifications_alone(
    hubs: list[HubServer], database: Database, redis: RedisClient, settings: Settings
) -> None:
    """Rounds pass it by, a notification comes under its kind, and it starts with what is unread."""
    player = await new_player(database, settings)
    await tell(database, redis, player.user_id, "before")
    async with connect(view(hubs[0].port, player.user_id, player.token)) as socket:
        state = await heard(socket, "initial_state")
        assert [item["title"] for item in state["data"]["notifications"]["items"]] == ["Hello"]
        await settle_rounds(database, redis, player.user_id, 2)
        await tell(database, redis, player.user_id, "after")
        messages: list[dict[str, Any]] = []
        while not messages or messages[-1]["id"] < 10:
            messages.append(json.loads(await asyncio.wait_for(socket.recv(), HEAR_SECONDS_MAX)))
    for message in messages:
        assert (message["type"], message["data"]) == ("ADMIN_NOTIFICATION", HELLO._asdict())
    # What was unread at the start may follow it once more: its place among the events is the same.
    assert [message["id"] for message in messages] in ([10], [1, 10])


async def test_the_view_is_for_its_user(
    hubs: list[HubServer], database: Database, settings: Settings
) -> None:
    """Another user's is closed with 4403, a bad token with 4401, and both are accepted first."""
    player = await new_player(database, settings)
    for user_id, token, ending in [
        (player.user_id + 1, player.token, (4403, "another_user")),
        ("me", player.token, (4403, "another_user")),
        (player.user_id, "no-token", (4401, "invalid_token")),
    ]:
        async with connect(view(hubs[0].port, user_id, token)) as socket:
            assert await how_it_ends(socket) == ending


async def test_a_broadcast_reaches_every_socket_that_wants_it(
    hubs: list[HubServer], database: Database, redis: RedisClient, settings: Settings
) -> None:
    """In every process, without a number, under each user's own id; not those who switched broadcasts off."""
    first, second, deaf = [await new_player(database, settings) for _ in range(3)]
    await deliver_due(database)  # what other tests left to be sent
    async with database.transaction() as connection:
        await change_settings(connection, deaf.user_id, {"admin_broadcast": False})
    async with (
        first.socket(hubs[0].port) as one,
        connect(view(hubs[1].port, second.user_id, second.token)) as two,
        deaf.socket(hubs[1].port) as three,
    ):
        for socket in (one, two, three):
            await heard(socket, "initial_state")
        news = Message("ADMIN_BROADCAST", "News", "For everybody.", {})
        async with database.transaction() as connection:
            await schedule(connection, news, user_ids=None, send_at=utc_now(), created_by=first.user_id)
        await deliver_due(database)
        await redis.publish(OUTBOX_WAKE_CHANNEL, b"")
        message = await heard(one, "notification", title="News")
        assert (message["id"], message["user_id"]) == (None, first.user_id)
        followed = await heard(two, "ADMIN_BROADCAST", title="News")
        assert (followed["id"], followed["user_id"]) == (None, second.user_id)
        await tell(database, redis, deaf.user_id, "afterwards")
        assert (await heard(three, "notification"))["data"]["title"] == "Hello"
