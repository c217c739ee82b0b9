"""Peers that say nothing, vanish, or come in crowds: none may cost anybody else the casino."""

from __future__ import annotations

import socket as sockets
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

from contracts.probing import Bench, expect, probe
from contracts.raw_http import ask
from contracts.sockets.opening import (
    connect,
    expect_alive,
    expect_closed,
    expect_greeting,
    open_socket,
    socket_url,
)
from contracts.sockets.raw_socket import TEXT

TOO_MANY = 4429
SOCKETS_A_USER_MAX = 20
HALF_OPEN = 30


@probe
def half_open_peers(bench: Bench) -> None:
    """Peers that stop in the middle of a handshake, of a frame, or without a word leave the casino as it was."""
    parts = urlsplit(bench.target.url)
    address = (parts.hostname or "", parts.port or 80)
    start = f"GET {bench.sockets.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n".encode()
    with ExitStack() as stack:
        for number in range(HALF_OPEN):
            peer = stack.enter_context(sockets.create_connection(address, 10.0))
            peer.sendall(start[: 1 + number * 3])
        for _ in range(HALF_OPEN // 3):
            silent = stack.enter_context(connect(socket_url(bench)))
            silent.send_frame(TEXT, b"x", claimed_length=5_000)
        expect_alive(bench)
        with open_socket(bench, bench.reader) as other:
            expect_greeting(bench, other)
    for _ in range(HALF_OPEN // 3):
        with open_socket(bench, bench.reader) as cut:
            cut.send_frame(TEXT, b'{"type":"ping"}')
    expect_alive(bench)


@probe
def one_user_has_few_sockets(bench: Bench) -> None:
    """Sockets of one user beyond 20 in a process close 4429; the first ones stay."""
    player = bench.target.sign_up()
    processes = sum(name.startswith("api") for name in bench.target.process_marks()) or 4
    with ExitStack() as stack:
        first = stack.enter_context(open_socket(bench, player))
        expect_greeting(bench, first)
        codes = []
        for _ in range(SOCKETS_A_USER_MAX * processes + 5):
            socket = stack.enter_context(open_socket(bench, player))
            if socket.wait_for("sync_connected") is None:
                codes.append(expect_closed(bench, socket, TOO_MANY).code)
        expect(codes, f"{SOCKETS_A_USER_MAX * processes + 6} sockets of one user were all let in")
        first.send_text('{"type":"ping"}')
        expect(first.wait_for("pong"), "the first socket was lost to the crowd")


@probe
def broken_handshakes(bench: Bench) -> None:
    """A handshake that is none gets an answer in HTTP below 500."""
    parts = urlsplit(bench.target.url)
    good = {
        "Host": parts.netloc,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    changes: list[dict[str, str]] = [
        {"Sec-WebSocket-Version": "12"},
        {"Sec-WebSocket-Version": "thirteen"},
        {"Sec-WebSocket-Key": ""},
        {"Sec-WebSocket-Key": "short"},
        {"Upgrade": "h2c"},
        {"Connection": "close"},
        {"Sec-WebSocket-Extensions": "permessage-deflate; server_max_window_bits=99, ;;="},
        {"Sec-WebSocket-Protocol": "bearer,,\x01"},
    ]
    for change in changes:
        lines = "".join(f"{name}: {value}\r\n" for name, value in (good | change).items() if value)
        with suppress(TimeoutError):
            answer = ask(bench.target.url, f"GET {bench.sockets.path} HTTP/1.1\r\n{lines}\r\n".encode())
            expect(answer is not None, f"{change}: no answer")
            expect(answer is None or answer.status < 500, f"{change}: {answer and answer.status}")
    expect_alive(bench)
