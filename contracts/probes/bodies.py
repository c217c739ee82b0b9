"""Bodies: too large, of the wrong kind, broken, ambiguous, or in the other spelling."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx

from contracts.probing import Bench, expect, expect_problem, expect_status, probe

BODY_BYTES_MAX = 1 << 20
# One route behind the router, and the one that is answered before it.
ROUTED, LEAN = "/api/actions", "/api/games/slot/spin"
JSON = {"Content-Type": "application/json"}
# A body that is signed is not read before its signature holds, and what it has beyond our members is let be.
SIGNED = frozenset({"shop_webhook_v1"})
BROKEN_ANYWHERE = [b"", b"{", b"nul", b'{"\xc3\x28":1}', b"\x00" * 1_000, b"[" * 100_000]


@probe
def too_large_by_its_length(bench: Bench) -> None:
    """A body over 1 MiB is 413 wherever a body could be; one of exactly 1 MiB is read."""
    body = b'{"x":"' + b"a" * (BODY_BYTES_MAX - 8) + b'"}'
    headers = bench.reader.bearer | JSON
    for method, path in _writes(bench):
        answer = bench.http.request(method, path, content=body + b" ", headers=headers)
        expect_problem(answer, 413, "payload_too_large")
    for path in (ROUTED, LEAN, "/api/auth/login"):
        expect_problem(bench.http.post(path, content=body, headers=headers), 422)


def _writes(bench: Bench) -> list[tuple[str, str]]:
    """Method and path of every operation that is no reading."""
    nobody = "00000000-0000-4000-8000-000000000000"
    operations = [operation for operation in bench.document.operations if operation.method != "GET"]
    return [(operation.method, operation.path.replace("{session_id}", nobody)) for operation in operations]


@probe
def too_large_in_chunks(bench: Bench) -> None:
    """A body without a length is 413 as soon as it passes 1 MiB."""

    def chunks() -> Iterator[bytes]:
        for _ in range(33):
            yield b" " * (1 << 15)

    for path in (ROUTED, LEAN, "/api/auth/login"):
        answer = bench.http.post(path, content=chunks(), headers=bench.reader.bearer | JSON)
        expect_problem(answer, 413, "payload_too_large")


@probe
def in_chunks(bench: Bench) -> None:
    """A body without a length that fits is read like any other."""
    player = bench.target.sign_up()
    body = iter([b'{"bet_', b'amount":', b"1}"])
    answer = bench.http.post(LEAN, content=body, headers=player.bearer | JSON)
    expect(expect_status(answer, 200)["bet_amount"] == 1, "another bet was read")


@probe
def of_the_wrong_media_type(bench: Bench) -> None:
    """415 for anything but JSON; parameters and structured suffixes of JSON are taken."""
    wrong = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "json",
        "",
        None,
    ]
    for method, path in _writes(bench):
        for media in wrong:
            headers = bench.reader.bearer | ({} if media is None else {"Content-Type": media})
            answer = bench.http.request(method, path, content=b"{}", headers=headers)
            expect_problem(answer, 415, "unsupported_media_type")
    for media in ("application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.casino+json"):
        headers = bench.reader.bearer | {"Content-Type": media}
        answer = bench.http.post(ROUTED, content=b'{"action_type":"OPEN_SHOP"}', headers=headers)
        expect_status(answer, 201)


def _asked(bench: Bench, method: str, path: str, **body: Any) -> httpx.Response:
    """The answer to a player, or to the admin where a player is turned away before the body is looked at."""
    answer = bench.http.request(method, path, headers=bench.reader.bearer | JSON, **body)
    if answer.status_code != 403:
        return answer
    return bench.http.request(method, path, headers=bench.admin.bearer | JSON, **body)


@probe
def with_unknown_members(bench: Bench) -> None:
    """422 that names the member, on every operation that takes an object from clients."""
    for operation in bench.document.operations:
        if not operation.takes_body or operation.id in SIGNED:
            continue
        path = operation.path.replace("{session_id}", "0" * 8)
        body = {"no_such_member": 1, "noSuchMember": 2}
        answer = _asked(bench, operation.method, path, json=body)
        problem = expect_problem(answer, 422, "validation_error")
        named = {part for error in problem["errors"] for part in error["loc"]}
        expect(named >= set(body), f"{operation.label}: unknown members are not named: {named}")


@probe
def that_are_no_json(bench: Bench) -> None:
    """400 or 422 for whatever is no JSON object, however deep or long."""
    broken = [
        b"",
        b"{",
        b"nul",
        b"null",
        b"[]",
        b"1",
        b'"x"',
        b"{'a':1}",
        b'{"bet_amount":1,}',
        b'{"bet_amount":NaN}',
        b'{"bet_amount":Infinity}',
        b"\xff\xfe{\x00}\x00",
        b'\xef\xbb\xbf{"bet_amount":"x"}',
        b'{"a":' * 50_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"\xc3\x28":1}',
        b'{"bet_amount":"\\ud800"}',
        b'{"bet_amount":"\\u0000"}',
        b"\x00" * 1_000,
    ]
    takers = {operation.label: operation for operation in bench.document.operations if operation.takes_body}
    for method, path in _writes(bench):
        taker = takers.get(f"{method} {path}")
        if taker is None:
            continue
        tried = broken if path in (ROUTED, LEAN, "/api/auth/login") else BROKEN_ANYWHERE
        for body in tried if taker.needs_body else filter(None, tried):
            answer = _asked(bench, method, path, content=body)
            expect(answer.status_code in (400, 401, 422), f"{path} {body[:30]!r}: {answer.status_code}")


@probe
def with_a_member_twice(bench: Bench) -> None:
    """Of a member sent twice the last counts, and the round is settled by that alone."""
    player = bench.target.sign_up()
    before = bench.balance(player)
    answer = bench.http.post(LEAN, content=b'{"bet_amount":50,"bet_amount":2}', headers=player.bearer | JSON)
    if answer.status_code == 422:
        return
    spun = expect_status(answer, 200)
    expect(spun["bet_amount"] == 2, f"the bet was {spun['bet_amount']}")
    moved = bench.balance(player) - before
    expect(
        moved == spun["win_amount"] + spun["bonus_gold"] - 2,
        f"the balance moved by {moved}, not by the round it answered",
    )


@probe
def with_numbers_that_are_none(bench: Bench) -> None:
    """422 (or 400) for a bet that is no integer from 1 to 10,000; nothing is staked."""
    player = bench.target.sign_up()
    before = bench.balance(player)
    bets = ["0", "-1", "10001", "1.5", "1e400", "-0.0", "true", "null", '"100"', "[1]", "{}"]
    bets += [str(2**63), str(10**30), "9" * 5_000, "1e-1", "-" + "9" * 400]
    for bet in bets:
        body = b'{"bet_amount":' + bet.encode() + b"}"
        answer = bench.http.post(LEAN, content=body, headers=player.bearer | JSON)
        expect(answer.status_code in (400, 422), f"a bet of {bet[:20]}: {answer.status_code}")
    expect(bench.balance(player) == before, "gold moved")


@probe
def with_hostile_text(bench: Bench) -> None:
    """Text that cannot be seen or turns around is refused; what SQL or HTML could mistake is kept as data."""
    refused = [
        "a\u0000b",
        "a\u202eb",
        "a\u200bb",
        "  ",
        "a  b",
        " a",
        "\ufeffab",
        "a" * 21,
        "\u3164\u3164",
        "",
    ]
    player = bench.target.sign_up()
    for nickname in refused:
        answer = bench.http.put("/api/auth/me", json={"nickname": nickname}, headers=player.bearer)
        expect_problem(answer, 422, "validation_error")
    mark = f"{bench.rng.randrange(10**6):06d}"
    for nickname in (f"네온{mark}", f"🎰{mark}", f"'; -- {mark}", f"<b>{mark}", f"é\u0301{mark}", f"Ω{mark}"):
        answer = bench.http.put("/api/auth/me", json={"nickname": nickname}, headers=player.bearer)
        told = expect_status(answer, 200, 409)
        expect(answer.status_code == 409 or told["nickname"] == nickname, f"{nickname!r} was changed")


@probe
def in_either_spelling(bench: Bench) -> None:
    """camelCase and snake_case ask for the same; both at once are refused."""
    player = bench.target.sign_up()
    for body in ({"betAmount": 1}, {"bet_amount": 1}):
        answer = bench.http.post(LEAN, json=body, headers=player.bearer)
        expect(expect_status(answer, 200)["bet_amount"] == 1, f"{body} bet something else")
    key = {"Idempotency-Key": "either-spelling"}
    first = bench.http.post(LEAN, json={"betAmount": 1}, headers=player.bearer | key)
    second = bench.http.post(LEAN, content=b'{ "bet_amount" : 1 }', headers=player.bearer | key | JSON)
    expect(first.content == second.content, "the same request in the other spelling is another request")
    both = json.dumps({"betAmount": 1, "bet_amount": 2})
    answer = bench.http.post(LEAN, content=both, headers=player.bearer | JSON)
    expect_problem(answer, 422, "validation_error")
