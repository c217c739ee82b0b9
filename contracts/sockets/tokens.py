"""Who may open the socket: every good way in, and every bad token."""

from __future__ import annotations

import base64
import json
import time

from contracts.probing import Bench, expect, expect_status, probe
from contracts.sockets.opening import (
    connect,
    expect_alive,
    expect_closed,
    expect_greeting,
    open_socket,
    socket_url,
)
from contracts.target import Player

UNAUTHENTICATED = 4401
REVOKED_SECONDS_MAX = 5.0


@probe
def every_way_in(bench: Bench) -> None:
    """A token opens the socket as header, subprotocol and query, and a ticket does once."""
    player = bench.reader
    with open_socket(bench, player) as socket:
        expect_greeting(bench, socket, resumed=False)
    with connect(socket_url(bench), subprotocols=("bearer", player.access_token)) as socket:
        expect_greeting(bench, socket)
    with open_socket(bench, None, token=player.access_token) as socket:
        expect_greeting(bench, socket)
    with open_socket(bench, None, ticket=_ticket(bench, player)) as socket:
        expect_greeting(bench, socket)


@probe
def a_ticket_opens_once(bench: Bench) -> None:
    """A spent ticket closes 4401."""
    ticket = _ticket(bench, bench.reader)
    with open_socket(bench, None, ticket=ticket) as socket:
        expect_greeting(bench, socket)
    with open_socket(bench, None, ticket=ticket) as socket:
        expect_closed(bench, socket, UNAUTHENTICATED)


@probe
def bad_tokens(bench: Bench) -> None:
    """Missing, malformed, tampered, unsigned and foreign tokens are accepted and then closed 4401."""
    for token in [None, *_bad_tokens(bench.reader)]:
        with open_socket(bench, None, **({} if token is None else {"token": token})) as socket:
            expect_closed(bench, socket, UNAUTHENTICATED)
    for header in ("Bearer", "Bearer ", "Basic dXNlcjpwdw==", "bearer x.y.z", "Bearer \t"):
        with connect(socket_url(bench), headers={"Authorization": header}) as socket:
            expect_closed(bench, socket, UNAUTHENTICATED)
    with connect(socket_url(bench), subprotocols=("bearer",)) as socket:
        expect_closed(bench, socket, UNAUTHENTICATED)
    expect_alive(bench)


@probe
def bad_tickets(bench: Bench) -> None:
    """Unknown tickets close 4401, whatever they are made of."""
    for ticket in ("", "x", "0" * 4_000, "\N{FULLWIDTH DIGIT ONE}\x00'--", bench.reader.access_token):
        with open_socket(bench, None, ticket=ticket) as socket:
            expect_closed(bench, socket, UNAUTHENTICATED)


@probe
def the_first_credential_counts(bench: Bench) -> None:
    """A bad header is not made good by a good token in the address."""
    url = socket_url(bench, token=bench.reader.access_token)
    with connect(url, headers={"Authorization": "Bearer no"}) as socket:
        expect_closed(bench, socket, UNAUTHENTICATED)


@probe
def ending_the_session_ends_its_socket(bench: Bench) -> None:
    """Logging out closes the session's open socket with 4401 within seconds."""
    player = bench.target.sign_up()
    with open_socket(bench, player) as socket:
        expect_greeting(bench, socket)
        begun = time.monotonic()
        expect_status(bench.http.post("/api/auth/logout", headers=player.bearer), 204)
        expect_closed(bench, socket, UNAUTHENTICATED, seconds=REVOKED_SECONDS_MAX)
        expect(time.monotonic() - begun < REVOKED_SECONDS_MAX, "it took too long")
    with open_socket(bench, player) as socket:
        expect_closed(bench, socket, UNAUTHENTICATED)


def _ticket(bench: Bench, player: Player) -> str:
    answer = bench.http.post("/api/auth/ws-ticket", headers=player.bearer)
    return str(expect_status(answer, 201)["ticket"])


def _bad_tokens(player: Player) -> list[str]:
    head, claims, signature = player.access_token.split(".")
    told = _decoded(claims)
    return [
        "",
        "x",
        ".",
        "..",
        "null",
        "\x00",
        "\N{PILE OF POO}" * 50,
        "A" * 6_000,
        player.refresh_token,
        f"{head}.{claims}.",
        f"{head}.{claims}",
        f"{head}.{claims}.{signature[:-4]}AAAA",
        f"{head}.{_encoded(told | {'role': 'admin'})}.{signature}",
        f"{head}.{_encoded(told | {'exp': 4_102_444_800})}.{signature}",
        f"{head}.{_encoded(told | {'sub': '1'})}.{signature}",
        f"{_encoded({'alg': 'none', 'typ': 'JWT'})}.{claims}.",
        f"{_encoded({'alg': 'HS256', 'kid': 5})}.{claims}.{signature}",
        f"{_encoded({'alg': 'HS256', 'kid': '../../dev/null'})}.{claims}.{signature}",
        f"{_encoded([])}.{_encoded([])}.{signature}",
    ]


def _decoded(part: str) -> dict[str, object]:
    told: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return told


def _encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
