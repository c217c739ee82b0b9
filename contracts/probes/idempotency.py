"""Keys that make a write safe to repeat."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx

from contracts.probing import Bench, expect, expect_problem, expect_status, probe

SPIN = "/api/games/slot/spin"
REPLAYED = "idempotency-replayed"
CALLERS = 12


@probe
def replay(bench: Bench) -> None:
    """The same key and request get the first answer again, byte for byte and marked, and nothing is staked twice."""
    player = bench.target.sign_up()
    first = bench.spin(player, 3, **{"Idempotency-Key": "replay-1"})
    expect_status(first, 200)
    expect(REPLAYED not in first.headers, "the first answer says it was replayed")
    before = bench.balance(player)
    for spelling in ("Idempotency-Key", "X-Idempotency-Key"):
        again = bench.spin(player, 3, **{spelling: "replay-1"})
        expect(again.content == first.content, f"{spelling}: other bytes")
        expect(again.headers.get(REPLAYED) == "true", f"{spelling}: not marked as replayed")
    body = {"bet_amount": 3, "idempotency_key": "replay-1"}
    again = bench.http.post(SPIN, json=body, headers=player.bearer)
    expect(again.content == first.content, "key in the body: other bytes")
    expect(bench.balance(player) == before, "a replay moved gold")


@probe
def another_request(bench: Bench) -> None:
    """A key that was used for another request is 422 idempotency_key_reused."""
    player = bench.target.sign_up()
    key = {"Idempotency-Key": "reused-1"}
    expect_status(bench.spin(player, 1, **key), 200)
    expect_problem(bench.spin(player, 2, **key), 422, "idempotency_key_reused")
    seeded = {"bet_amount": 1, "client_seed": "other"}
    answer = bench.http.post(SPIN, json=seeded, headers=player.bearer | key)
    expect_problem(answer, 422, "idempotency_key_reused")


@probe
def another_player(bench: Bench) -> None:
    """Keys belong to their user: the same key of another one is theirs alone."""
    rounds = [bench.spin(bench.target.sign_up(), 1, **{"Idempotency-Key": "shared-1"}) for _ in range(2)]
    ids = {expect_status(answer, 200)["round_id"] for answer in rounds}
    expect(len(ids) == 2, "one user was given another's round")


@probe
def at_once(bench: Bench) -> None:
    """However many send it at once, one round is played, and all are told of that one."""
    player = bench.target.sign_up()
    before = bench.balance(player)

    def spin(_: int) -> httpx.Response:
        return bench.spin(player, 5, **{"Idempotency-Key": "race-1"})

    with ThreadPoolExecutor(CALLERS) as callers:
        answers = list(callers.map(spin, range(CALLERS)))
    settled = [answer for answer in answers if answer.status_code == 200]
    for answer in answers:
        expect(answer.status_code in (200, 409, 429), f"answered {answer.status_code}")
    expect(len({answer.content for answer in settled}) == 1, "callers were told of different rounds")
    first = settled[0].json()
    moved = bench.balance(player) - before
    expect(
        moved == first["win_amount"] + first["bonus_gold"] - 5, f"the balance moved by {moved}: not one round"
    )


@probe
def bad_keys(bench: Bench) -> None:
    """422 invalid_idempotency_key for what is no key, in the header, its alias or the body; nothing is staked."""
    player = bench.target.sign_up()
    before = bench.balance(player)
    bad: list[bytes] = [b"", b"a b", b"a" * 201, "é".encode(), b"a\tb", b"\x80"]
    for name in (b"Idempotency-Key", b"X-Idempotency-Key"):
        for key in bad:
            headers = [(b"Authorization", player.bearer["Authorization"].encode()), (name, key)]
            answer = bench.http.post(SPIN, json={"bet_amount": 1}, headers=headers)
            expect_problem(answer, 422, "invalid_idempotency_key")
    for text in ("", "a b", "a" * 201, "é", "\u0000"):
        body = {"bet_amount": 1, "idempotency_key": text}
        expect_problem(bench.http.post(SPIN, json=body, headers=player.bearer), 422)
    expect_status(bench.spin(player, 1, **{"Idempotency-Key": "~" * 200}), 200)
    expect(bench.balance(player) >= before - 1, "a refused key staked gold")


@probe
def a_refusal_is_not_kept(bench: Bench) -> None:
    """A key whose request was refused is free: only what was settled is answered again."""
    player = bench.target.sign_up()
    key = {"Idempotency-Key": "refused-1"}
    expect_problem(bench.spin(player, 10_000, **key), 402, "insufficient_gold")
    expect_status(bench.spin(player, 1, **key), 200)
