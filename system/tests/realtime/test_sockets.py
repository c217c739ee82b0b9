"""What one socket is told when it opens, what it may send, and how it ends."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from casino.identity import repository as identity_repository
from casino.identity.service import Principal, issue_ticket
from casino.identity.sessions import log_out_everywhere
from casino.kit.database import Database
from casino.kit.ids import uuid7
from casino.kit.redis import RedisClient
from casino.kit.settings import Settings
from tests.realtime.players import (
    STORY,
    Player,
    a_token,
    address,
    how_it_ends,
    new_player,
    settle_rounds,
    until,
)
from tests.realtime.processes import HubServer, hub_servers

pytestmark = pytest.mark.usefixtures("fanout")


@pytest.fixture(scope="module")
def spare(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubServer]:
    """A server for tests that change its rules; the last of them ends it."""
    with hub_servers(settings, tmp_path_factory.mktemp("spare"), 1) as (one,):
        yield one


@pytest.fixture
def server(spare: HubServer) -> Iterator[HubServer]:
    """The spare server, its rules as usual again afterwards."""
    yield spare
    spare.change_rules()


@pytest.fixture
async def player(database: Database, settings: Settings) -> Player:
    """Somebody to whom nothing has happened yet."""
    return await new_player(database, settings)


async def test_first_connect_gets_a_snapshot_and_then_events(
    hubs: list[HubServer], player: Player, database: Database, redis: RedisClient
) -> None:
    """A client without a position gets the whole state, then each round's messages with the next numbers."""
    async with player.socket(hubs[0].port) as opened:
        state = await player.hear(opened)
        await player.hear_until(opened, await settle_rounds(database, redis, player.user_id, 2))
    connected = player.heard[0]
    assert connected["type"] == "sync_connected" and connected["data"]["resumed"] is False
    assert state["type"] == "initial_state" and state["data"] == {"profile": {"gold_balance": 0}}
    events = player.heard[2:]
    assert state["id"] == 0 and [event["id"] for event in events] == list(range(1, 9))
    assert [event["type"] for event in events] == STORY * 2
    assert {event["user_id"] for event in player.heard} == {player.user_id}


async def test_what_happens_during_the_snapshot_follows_it(
    server: HubServer, player: Player, database: Database, redis: RedisClient
) -> None:
    """The snapshot's number is the place before it was read: a round settled meanwhile is told after it."""
    server.change_rules(SNAPSHOT_SECONDS=2.0)
    async with player.socket(server.port) as opened:
        await settle_rounds(database, redis, player.user_id, 1)
        state = await player.hear(opened)
        assert state["type"] == "initial_state" and state["id"] == 0
        await player.hear_until(opened, 4)
    assert player.ids == [1, 2, 3, 4]


async def test_resume_replays_what_was_missed(
    hubs: list[HubServer], player: Player, database: Database, redis: RedisClient
) -> None:
    """A client that comes back, to another process and in the middle of a round, misses nothing."""
    async with player.socket(hubs[0].port) as opened:
        await player.hear(opened)
        await settle_rounds(database, redis, player.user_id, 1)
        for _ in range(3):
            await player.hear(opened)
    cut_at = player.last_id
    assert cut_at is not None
    last = await settle_rounds(database, redis, player.user_id, 3)
    player.heard.clear()
    async with player.socket(hubs[1].port) as opened:
        await player.hear_until(opened, last)
    assert player.heard[0]["data"]["resumed"] is True
    assert player.ids == list(range(cut_at + 1, last + 1))


@pytest.mark.parametrize("asked", ["99999", "-1", "abc", "9223372036854775808", "1e3", "%00", "²"])
async def test_unknown_position_gets_a_snapshot(hubs: list[HubServer], player: Player, asked: str) -> None:
    """A number that was never given to this user, or is none, cannot be resumed from."""
    async with connect(address(hubs[0].port, f"?token={player.token}&last_event_id={asked}")) as opened:
        connected = await player.hear(opened)
        state = await player.hear(opened)
    assert connected["data"]["resumed"] is False and state["type"] == "initial_state"


async def test_large_old_gap_gets_a_snapshot(
    hubs: list[HubServer], player: Player, server: HubServer, database: Database, redis: RedisClient
) -> None:
    """More than 500 events are replayed while they are young, and become a snapshot when they are not."""
    last = await settle_rounds(database, redis, player.user_id, 150, together=50)
    player.last_id = 0
    async with player.socket(hubs[0].port) as opened:
        await player.hear_until(opened, last)
    assert player.heard[0]["data"]["resumed"] is True and player.ids == list(range(1, last + 1))
    server.change_rules(REPLAY_SECONDS_MAX=0)
    player.last_id = 0
    async with player.socket(server.port) as opened:
        state = await player.hear(opened)
    assert state["type"] == "initial_state" and state["id"] == last


async def test_every_way_to_bring_a_token_opens(hubs: list[HubServer], player: Player) -> None:
    """Header, subprotocols and query all open the same socket."""
    port = hubs[0].port
    async with connect(
        address(port), additional_headers={"Authorization": f"Bearer {player.token}"}
    ) as opened:
        assert (await player.hear(opened))["type"] == "sync_connected"
    async with connect(
        address(port), subprotocols=[Subprotocol("bearer"), Subprotocol(player.token)]
    ) as opened:
        assert opened.subprotocol == "bearer"
        assert (await player.hear(opened))["type"] == "sync_connected"
    async with connect(address(port, f"?token={player.token}")) as opened:
        assert (await player.hear(opened))["type"] == "sync_connected"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "unauthorized"),
        ("?token=nonsense", "invalid_token"),
        ("?token=%ff%00", "invalid_token"),
        ("?ticket=nonsense", "invalid_ticket"),
        ("?" + "&".join("a=1" for _ in range(100)), "unauthorized"),
    ],
)
async def test_bad_token_closes_4401(hubs: list[HubServer], query: str, reason: str) -> None:
    """The socket is accepted first, so that a browser can read the code."""
    async with connect(address(hubs[0].port, query)) as opened:
        assert await how_it_ends(opened) == (4401, reason)


async def test_a_ticket_opens_one_socket(hubs: list[HubServer], player: Player, database: Database) -> None:
    """A ticket of a living session opens a socket once; the second time it closes with 4401."""
    session_id = uuid7()
    principal = Principal(player.user_id, str(session_id), "STANDARD", "user", time.time() + 60, time.time())
    async with database.transaction() as connection:
        await identity_repository.add_session(connection, session_id, player.user_id, "tests")
        ticket = await issue_ticket(connection, principal)
    async with connect(address(hubs[1].port, f"?ticket={ticket}")) as opened:
        assert (await player.hear(opened))["type"] == "sync_connected"
    async with connect(address(hubs[1].port, f"?ticket={ticket}")) as opened:
        assert await how_it_ends(opened) == (4401, "invalid_ticket")


async def test_expired_token_closes_4401(hubs: list[HubServer], settings: Settings, player: Player) -> None:
    """A token opens nothing once it has expired, and ends what it opened when it does."""
    brief = settings.model_copy(update={"access_token_seconds": 3})
    token = a_token(brief, player.user_id)
    async with connect(address(hubs[0].port, f"?token={token}")) as opened:
        assert await how_it_ends(opened) == (4401, "token_expired")
    async with connect(address(hubs[0].port, f"?token={token}")) as opened:
        assert await how_it_ends(opened) == (4401, "token_expired")


async def test_revoked_session_closes_4401_everywhere(
    hubs: list[HubServer], settings: Settings, player: Player, database: Database
) -> None:
    """Ending all of a user's sessions ends their sockets in every process within about a second."""
    async with player.socket(hubs[0].port) as first, player.socket(hubs[1].port) as second:
        async with database.transaction() as connection:
            await log_out_everywhere(connection, player.user_id)
        started = time.monotonic()
        assert await how_it_ends(first) == (4401, "token_revoked")
        assert await how_it_ends(second) == (4401, "token_revoked")
        assert time.monotonic() - started < 1.5


async def test_frames_of_a_client(hubs: list[HubServer], player: Player) -> None:
    """A ping gets a pong, a pong gets silence, anything else an error; the fifth fault ends the socket."""
    async with player.socket(hubs[0].port) as opened:
        await player.hear(opened)
        await opened.send('{"type":"pong"}')
        await opened.send('{"type":"ping"}')
        assert (await player.hear(opened))["type"] == "pong"
        faults: list[str | bytes] = ["{", '{"type":"spin"}', b"\x00\xff", "[" * 16_000]
        for frame in faults:
            await opened.send(frame)
        errors = [await player.hear(opened) for _ in faults]
        codes = ["not_json", "unknown_type", "not_json", "not_json"]
        assert [(error["type"], error["data"]["error"]) for error in errors] == [
            ("error", code) for code in codes
        ]
        await opened.send('{"type":["ping"]}')
        assert await how_it_ends(opened) == (1008, "unknown_type")


async def test_oversized_frame_closes_1009(hubs: list[HubServer], player: Player) -> None:
    """16 KiB are taken, a byte more is not, in one frame or in fragments."""
    async with player.socket(hubs[0].port) as opened:
        await player.hear(opened)
        await opened.send('{"type":"ping"}'.ljust(16 * 1024))
        assert (await player.hear(opened))["type"] == "pong"
        await opened.send(" " * (16 * 1024 + 1))
        assert (await how_it_ends(opened))[0] == 1009
    async with player.socket(hubs[0].port) as opened:
        await opened.send(["x" * 10_000, "x" * 10_000])
        assert (await how_it_ends(opened))[0] == 1009


async def test_invalid_text_closes_1007(hubs: list[HubServer], player: Player) -> None:
    """A text frame that is not UTF-8 ends the socket, as RFC 6455 wants."""
    async with player.socket(hubs[0].port) as opened:
        await player.hear(opened)
        await opened.send(b"\xff\xfe", text=True)
        assert (await how_it_ends(opened))[0] == 1007


async def test_flood_closes_1008(hubs: list[HubServer], player: Player) -> None:
    """A client that sends good frames without pause is ended, and others are not."""
    async with player.socket(hubs[0].port) as opened, player.socket(hubs[0].port) as calm:
        for _ in range(200):
            await opened.send('{"type":"pong"}')
        assert await how_it_ends(opened) == (1008, "too_many_frames")
        await calm.send('{"type":"ping"}')
        while (await player.hear(calm))["type"] != "pong":
            pass


async def test_silent_client_is_pinged_and_then_closed(server: HubServer, player: Player) -> None:
    """Who answers pings stays; who says nothing is closed after the time of silence."""
    server.change_rules(PING_SECONDS=0.5, SILENT_SECONDS_MAX=3.0)
    async with player.socket(server.port) as alive, player.socket(server.port) as mute:
        listening = asyncio.create_task(how_it_ends(mute))
        pings = 0
        while not listening.done():
            pings += (await player.hear(alive))["type"] == "ping"
        assert listening.result() == (4410, "silent")
        assert pings >= 3
        await alive.send('{"type":"ping"}')
        while (await player.hear(alive))["type"] != "pong":
            pass


async def test_pings_of_a_peer_that_does_not_read_do_not_pile_up(server: HubServer, player: Player) -> None:
    """The server stops reading a peer that takes no pongs, and ends it for its silence, read or not."""
    server.change_rules(SILENT_SECONDS_MAX=6.0)
    flooder = await asyncio.to_thread(open_by_hand, server.port, player.token)
    with flooder:
        taken = await asyncio.to_thread(push, flooder, A_PING * 10_000, times=100, patience_seconds=2)
        assert taken < 100 * 10_000 * len(A_PING)
        await until(lambda: server.metric("ws_active_connections") == 0)
        with pytest.raises(ConnectionError):
            await asyncio.to_thread(push, flooder, A_PING, times=1_000_000, patience_seconds=15)


A_PING = b"\x89\xfd" + bytes(4) + bytes(125)
"""A whole ping frame, masked with zeros, with as much in it as a ping may have (RFC 6455, 5.5)."""


def open_by_hand(port: int, token: str) -> socket.socket:
    """A socket after its handshake, with nobody to read it."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    head = [f"GET /api/realtime/sync?token={token} HTTP/1.1", "Host: hub", "Upgrade: websocket"]
    head += ["Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {'A' * 22}=="]
    connection.sendall("\r\n".join([*head, "", ""]).encode())
    assert connection.recv(12) == b"HTTP/1.1 101"
    return connection


def push(connection: socket.socket, data: bytes, *, times: int, patience_seconds: float) -> int:
    """Sends until it is all taken, or nothing is for so long; the bytes that were."""
    connection.settimeout(patience_seconds)
    taken = 0
    try:
        for _ in range(times):
            taken += connection.send(data)
    except TimeoutError:
        pass
    return taken


async def test_a_user_has_a_bounded_number_of_sockets(server: HubServer, player: Player) -> None:
    """One socket too many is turned away; when one leaves, the next may come."""
    server.change_rules(SOCKETS_A_USER_MAX=2)
    async with player.socket(server.port):
        async with (
            player.socket(server.port),
            connect(address(server.port, f"?token={player.token}")) as third,
        ):
            assert await how_it_ends(third) == (4429, "too_many_sockets")
        await until(lambda: server.metric("ws_active_connections") == 1)
        async with player.socket(server.port):
            pass
    assert server.metric('ws_dropped_total{reason="limit"}') == 1.0


async def test_drain_says_when_to_come_back(spare: HubServer, player: Player) -> None:
    """A stopping process closes with 1012 and spreads its clients' return; then it is gone."""
    async with (
        connect(address(spare.port, f"?token={player.token}")) as one,
        player.socket(spare.port) as two,
    ):
        spare.ask_to_stop()
        endings = await asyncio.gather(how_it_ends(one), how_it_ends(two))
        assert {code for code, _ in endings} == {1012}
        waits = [json.loads(reason)["retry_after"] for _, reason in endings]
        assert all(0.5 <= wait <= 1.5 for wait in waits) and waits[0] != waits[1]
    assert spare.stop() < 5.0
    assert "sockets_left_at_drain" not in spare.log.read_text()


async def test_no_secret_is_logged(hubs: list[HubServer], player: Player) -> None:
    """Tokens and tickets stand in addresses; the server's log has neither."""
    async with player.socket(hubs[0].port):
        pass
    async with connect(address(hubs[0].port, "?ticket=one-time-secret")) as opened:
        await how_it_ends(opened)
    log = hubs[0].log.read_text()
    assert "socket_opened" in log
    assert player.token not in log and "one-time-secret" not in log


async def test_nothing_a_client_did_was_our_failure(hubs: list[HubServer]) -> None:
    """After all of the above the servers have logged no error and hold no socket."""
    for hub in hubs:
        await until(lambda hub=hub: hub.metric("ws_active_connections") == 0)  # type: ignore[misc]
        lines = [line for line in hub.log.read_text().splitlines() if '"level":"error"' in line]
        assert lines == []
