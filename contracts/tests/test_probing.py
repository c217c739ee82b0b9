"""Probes: a broken promise is FAIL, a question that cannot be asked UNKNOWN; sockets are held to their codes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from websockets.sync.server import ServerConnection, serve

from alerts.verdict import RESULT_FILE
from contracts import cli
from contracts.asyncapi import SocketContract
from contracts.probing import Bench, Broken, NotShown, Probe, expect_problem, run_probe
from contracts.sockets import frames, tokens
from contracts.sockets.opening import expect_closed, expect_greeting, open_socket
from contracts.sockets.raw_socket import RawSocket


def raising(error: Exception) -> Probe:
    """A probe that ends with this error."""

    def ask(_: Bench) -> None:
        raise error

    return Probe("a probe", "something is promised", ask)


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (Broken("it did not"), "FAIL"),
        (httpx.ReadTimeout("nothing came"), "FAIL"),
        (NotShown("no password"), "UNKNOWN"),
        (KeyError("a fault of the probe"), "UNKNOWN"),
    ],
)
def test_what_a_probe_meets_decides(error: Exception, verdict: str) -> None:
    """Only a probe that comes to its end is PASS."""
    bench = cast(Bench, None)
    assert run_probe(raising(error), bench).verdict == verdict
    assert run_probe(Probe("a probe", "", lambda _: None), bench).verdict == "PASS"


def test_another_code_is_another_promise() -> None:
    """The status alone does not satisfy a probe that asked for a code."""
    request = httpx.Request("GET", "http://casino.test/api")
    answer = httpx.Response(422, json={"error": "validation_error"}, request=request)
    assert expect_problem(answer, 422, "validation_error")
    with pytest.raises(Broken):
        expect_problem(answer, 422, "invalid_cursor")
    with pytest.raises(Broken):
        expect_problem(answer, 409)


def test_a_casino_that_is_not_there_is_unknown(tmp_path: Path) -> None:
    """Exit code 2, and the result file says why."""
    assert cli.main(["--target", "http://127.0.0.1:9", "--out", str(tmp_path)]) == 2
    result = json.loads((tmp_path / RESULT_FILE).read_text())
    assert result["verdict"] == "UNKNOWN"
    assert result["checks"][0]["detail"]


GREETING = {
    "id": None,
    "type": "sync_connected",
    "user_id": 1,
    "timestamp": "2026-11-21T20:15:00.000Z",
    "data": {"session_id": "x", "resumed": False, "server_time": "2026-11-21T20:15:00.000Z"},
}
Behaviour = Callable[[ServerConnection], None]


@contextmanager
def socket_bench(behave: Behaviour) -> Iterator[Bench]:
    """What socket probes need, in front of a server that behaves so."""
    with serve(behave, "127.0.0.1", 0, subprotocols=None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        bench = SimpleNamespace(target=SimpleNamespace(url=url), sockets=SocketContract.load(), cases=3)
        try:
            yield cast(Bench, bench)
        finally:
            server.shutdown()
            thread.join(10)


def closing(code: int) -> Behaviour:
    """Closes at once with this code."""
    return lambda connection: connection.close(code)


def vanishing(connection: ServerConnection) -> None:
    """Drops the connection without a word."""
    connection.socket.close()


def greeting(**changes: Any) -> Behaviour:
    """Greets, with these members changed, and then closes as one who saw no token."""

    def behave(connection: ServerConnection) -> None:
        connection.send(json.dumps(GREETING | changes))
        connection.close(4401)

    return behave


def test_a_documented_end_is_taken() -> None:
    """The code that was promised, after a message as documented."""
    with socket_bench(greeting()) as bench, open_socket(bench, None) as socket:
        expect_greeting(bench, socket, resumed=False)
        expect_closed(bench, socket, tokens.UNAUTHENTICATED)


@pytest.mark.parametrize("behave", [closing(1000), closing(1011), closing(4000), vanishing])
def test_another_end_is_noticed(behave: Behaviour) -> None:
    """Another code, an undocumented one, and a connection that just ends."""
    with socket_bench(behave) as bench, open_socket(bench, None) as socket, pytest.raises(Broken):
        expect_closed(bench, socket, tokens.UNAUTHENTICATED)


@pytest.mark.parametrize("changes", [{"type": "surprise"}, {"id": "one"}, {"data": {}}, {"secret": 1}])
def test_an_undocumented_message_is_noticed(changes: dict[str, Any]) -> None:
    """An unknown type, a member of the wrong kind, one that lacks and one too many."""
    with socket_bench(greeting(**changes)) as bench, open_socket(bench, None) as socket:
        socket.wait_closed()
        with pytest.raises(Broken):
            expect_greeting(bench, socket)


def test_a_server_that_lets_frames_pass_is_noticed() -> None:
    """One that greets and then never closes breaks the promise about floods."""

    def patient(connection: ServerConnection) -> None:
        connection.send(json.dumps(GREETING))
        for _ in connection:
            pass

    with socket_bench(patient) as bench, open_socket(bench, None) as socket:
        for _ in range(frames.FRAMES_OF_A_FLOOD):
            socket.send_text('{"type":"ping"}')
        with pytest.raises(Broken, match="ended with None"):
            expect_closed(bench, socket, frames.ABUSE, seconds=0.5)


def test_http_instead_of_a_socket_is_broken(tmp_path: Path) -> None:
    """A refused handshake is told with its status."""
    with pytest.raises(OSError, match="refused"):
        RawSocket("http://127.0.0.1:9/x")
