"""What a client may send, and how the socket ends for one that sends anything else."""

from __future__ import annotations

import json

from contracts.probing import Bench, expect, probe
from contracts.sockets.opening import (
    expect_alive,
    expect_closed,
    expect_documented,
    expect_greeting,
    open_socket,
)
from contracts.sockets.raw_socket import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, RawSocket

ABUSE, TOO_BIG, PROTOCOL_ERROR, NOT_UTF8 = 1008, 1009, 1002, 1007
FRAME_BYTES_MAX = 16 * 1024
FRAMES_OF_A_FLOOD = 200
FAULTS_MAX = 5


def _opened(bench: Bench) -> RawSocket:
    socket = open_socket(bench, bench.reader)
    expect_greeting(bench, socket)
    return socket


@probe
def ping_gets_pong(bench: Bench) -> None:
    """A ping in a text or a binary frame, split or whole, gets a pong."""
    ping = b'{"type":"ping"}'
    with _opened(bench) as socket:
        socket.send_frame(TEXT, ping)
        expect(socket.wait_for("pong"), "no pong to a text frame")
        socket.send_frame(BINARY, ping)
        expect(socket.wait_for("pong"), "no pong to a binary frame")
        socket.send_frame(TEXT, ping[:5], fin=False)
        socket.send_frame(PING, b"between")
        socket.send_frame(CONTINUATION, ping[5:])
        expect(socket.wait_for("pong"), "no pong to a frame in two parts")
        expect_documented(bench, socket)


@probe
def nonsense_is_told_and_then_ended(bench: Bench) -> None:
    """Each frame that is no message gets an error; the fifth closes 1008."""
    frames = [
        b"",
        b"not json",
        b"[" * 8_000,
        b'{"a":' * 2_500 + b"1" + b"}" * 2_500,
        b"9" * 8_000,
        b'{"type":"spin","data":{"bet_amount":1}}',
        b'{"type":["ping"]}',
        b"\xef\xbb\xbf{}",
        json.dumps({"type": "ping"}).encode("utf-16"),
    ]
    for start in range(0, len(frames), FAULTS_MAX - 1):
        with _opened(bench) as socket:
            for frame in frames[start : start + FAULTS_MAX - 1]:
                socket.send_frame(BINARY, frame)
                expect(socket.wait_for("error"), f"no error to {frame[:40]!r}; ended {socket.ending}")
            for _ in range(FAULTS_MAX):
                socket.send_frame(TEXT, b"again")
            expect_closed(bench, socket, ABUSE)
    expect_alive(bench)


@probe
def oversized_frames(bench: Bench) -> None:
    """A frame over 16 KiB closes 1009, whole, in parts or only announced; one of 16 KiB is heard."""
    with _opened(bench) as socket:
        socket.send_frame(TEXT, b"x" * FRAME_BYTES_MAX)
        expect(socket.wait_for("error"), f"a frame of 16 KiB: {socket.ending}")
    with _opened(bench) as socket:
        socket.send_frame(TEXT, b"x" * (FRAME_BYTES_MAX + 1))
        expect_closed(bench, socket, TOO_BIG)
    with _opened(bench) as socket:
        socket.send_frame(BINARY, b"x" * (1 << 20))
        expect_closed(bench, socket, TOO_BIG)
    with _opened(bench) as socket:
        socket.send_frame(TEXT, b"x" * 8_000, fin=False)
        for _ in range(4):
            socket.send_frame(CONTINUATION, b"x" * 8_000, fin=False)
        expect_closed(bench, socket, TOO_BIG)
    with _opened(bench) as socket:
        socket.send_frame(TEXT, b"", claimed_length=1 << 62)
        expect_closed(bench, socket, TOO_BIG, PROTOCOL_ERROR)
    expect_alive(bench)


@probe
def broken_protocol(bench: Bench) -> None:
    """Unmasked, reserved, misplaced and malformed frames close 1002, text that is no UTF-8 closes 1007."""
    with _opened(bench) as socket:
        socket.send_frame(TEXT, b"\xff\xfe\x80")
        expect_closed(bench, socket, NOT_UTF8)
    with _opened(bench) as socket:
        socket.send_frame(TEXT, '{"type":"\N{GREEK SMALL LETTER PI}'.encode()[:-1])
        expect_closed(bench, socket, NOT_UTF8)
    broken: list[dict[str, object]] = [
        {"opcode": TEXT, "payload": b"{}", "masked": False},
        {"opcode": TEXT, "payload": b"{}", "reserved": 0b100},
        {"opcode": 0x3, "payload": b"{}"},
        {"opcode": 0xF},
        {"opcode": CONTINUATION, "payload": b"of nothing"},
        {"opcode": PING, "payload": b"x" * 126},
        {"opcode": PING, "payload": b"x", "fin": False},
        {"opcode": CLOSE, "payload": b"\x03"},
        {"opcode": CLOSE, "payload": (999).to_bytes(2, "big")},
    ]
    for frame in broken:
        with _opened(bench) as socket:
            socket.send_frame(**frame)  # type: ignore[arg-type]
            expect_closed(bench, socket, PROTOCOL_ERROR)
    expect_alive(bench)


@probe
def floods(bench: Bench) -> None:
    """Far more messages than allowed close 1008, whatever they say."""
    for payload in (b'{"type":"ping"}', b'{"type":"pong"}'):
        with _opened(bench) as socket:
            for _ in range(FRAMES_OF_A_FLOOD):
                socket.send_frame(TEXT, payload)
            expect_closed(bench, socket, ABUSE)
    with _opened(bench) as socket:
        for _ in range(FRAMES_OF_A_FLOOD):
            socket.send_frame(PONG, b"unasked")
        socket.send_text('{"type":"ping"}')
        expect(socket.wait_for("pong"), "control frames of the protocol ended the socket")
    expect_alive(bench)


@probe
def frames_by_chance(bench: Bench) -> None:
    """Random frames end in a documented close code or in nothing, and never in a connection just dropped."""
    for _ in range(bench.cases):
        with _opened(bench) as socket:
            echoes = {_send_by_chance(bench, socket) for _ in range(bench.rng.randint(1, 6))}
            ending = socket.wait_closed(0.3)
            expect_documented(bench, socket)
            fits = ending.code is None or bench.sockets.may_close_with(ending.code) or ending.code in echoes
            expect(fits, f"ended with {ending.code} {ending.reason!r}")
    expect_alive(bench)


def _send_by_chance(bench: Bench, socket: RawSocket) -> int | None:
    """Sends a frame; if it closes, the code the server may give back (RFC 6455, 5.5.1; 1005 stands for none)."""
    opcode = bench.rng.choice((TEXT, TEXT, BINARY, CONTINUATION, PING, PONG, CLOSE, 0x5, 0xB))
    payload = bench.rng.randbytes(bench.rng.choice((0, 1, 2, 30, 125, 126, 2_000, 17_000)))
    socket.send_frame(
        opcode,
        payload,
        fin=bench.rng.random() < 0.8,
        reserved=bench.rng.choice((0, 0, 0, 0, 1, 2, 4)),
        masked=bench.rng.random() < 0.95,
    )
    if opcode != CLOSE:
        return None
    return int.from_bytes(payload[:2], "big") if payload else 1005
