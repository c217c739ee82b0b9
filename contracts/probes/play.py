"""Play and the log of actions: short gold, fairness, bulk writes, and a limit that bites."""

from __future__ import annotations

import secrets
from uuid import uuid4

from contracts.probing import Bench, expect, expect_problem, expect_status, probe
from contracts.raw_http import ask_many

BURST = 400


@probe
def short_gold(bench: Bench) -> None:
    """A bet over the balance is 402 with both figures, and moves nothing."""
    player = bench.target.sign_up()
    before = bench.balance(player)
    problem = expect_problem(bench.spin(player, before + 1), 402, "insufficient_gold")
    expect((problem["balance"], problem["needed"]) == (before, before + 1), f"the problem says {problem}")
    expect(bench.balance(player) == before, "gold moved")


@probe
def a_round_adds_up(bench: Bench) -> None:
    """Balance, history and statistics tell the same of a round."""
    player = bench.target.sign_up()
    before = bench.balance(player)
    spun = expect_status(bench.spin(player, 7), 200)
    moved = spun["win_amount"] + spun["bonus_gold"] - 7
    expect(spun["balance"] == before + moved, "the balance is not before − bet + win + bonus")
    expect(spun["win_amount"] == 7 * spun["multiplier"], "the win is not bet × multiplier")
    page = expect_status(bench.http.get("/api/games/history", headers=player.bearer), 200)
    listed = [item for item in page["items"] if item["round_id"] == spun["round_id"]]
    expect(listed and listed[0]["delta"] == moved, "the history tells another round")
    for path in ("/api/games/stats/me", "/api/games/slot/stats", "/api/users/stats"):
        stats = expect_status(bench.http.get(path, headers=player.bearer), 200)
        expect((stats["plays"], stats["total_bet"]) == (1, 7), f"{path}: {stats}")


@probe
def fairness(bench: Bench) -> None:
    """A round is proved once its seed is revealed: 409 before, valid after; others' rounds are 404."""
    player, stranger = bench.target.sign_up(), bench.target.sign_up()
    committed = expect_status(bench.http.get("/api/games/fairness/seed", headers=player.bearer), 200)
    spun = expect_status(bench.spin(player, 1), 200)
    expect(
        spun["fairness"]["server_seed_hash"] == committed["server_seed_hash"], "another seed was drawn from"
    )
    asked = {"round_id": spun["round_id"]}
    verify = "/api/games/fairness/verify"
    expect_problem(bench.http.post(verify, json=asked, headers=player.bearer), 409, "seed_not_revealed")
    chosen = {"client_seed": secrets.token_hex(8)}
    rotated = bench.http.post("/api/games/fairness/rotate", json=chosen, headers=player.bearer)
    expect(expect_status(rotated, 200)["next"]["client_seed"] == chosen["client_seed"], "another client seed")
    proved = expect_status(bench.http.post(verify, json=asked, headers=player.bearer), 200)
    expect(proved["valid"] is True, "the round does not verify")
    expect_problem(bench.http.post(verify, json=asked, headers=stranger.bearer), 404, "round_not_found")
    missing = {"round_id": str(uuid4())}
    expect_problem(bench.http.post(verify, json=missing, headers=player.bearer), 404, "round_not_found")


@probe
def games_on_offer(bench: Bench) -> None:
    """The limits that are published are those that are held."""
    games = expect_status(bench.http.get("/api/games/"), 200)["games"]
    slot = next(game for game in games if game["game_type"] == "slot")
    player = bench.target.sign_up()
    expect_status(bench.spin(player, slot["min_bet"]), 200)
    expect_problem(bench.spin(player, slot["min_bet"] - 1), 422, "validation_error")
    expect_problem(bench.spin(player, slot["max_bet"] + 1), 422, "validation_error")
    expect_problem(bench.spin(player, slot["max_bet"]), 402, "insufficient_gold")


@probe
def bulk_is_all_or_nothing(bench: Bench) -> None:
    """One bad action refuses them all; at most 100 are taken; what is taken keeps its order."""
    player = bench.target.sign_up()
    recent = f"/api/actions/recent/{player.user_id}"
    good, bad = {"action_type": "OPEN_SHOP"}, {"action_type": "STEAL_GOLD"}
    for actions in (
        [good, bad],
        [],
        [good] * 101,
        [good, {"action_type": "OPEN_SHOP", "context": {"a": {}}}],
    ):
        answer = bench.http.post("/api/actions/bulk", json={"actions": actions}, headers=player.bearer)
        expect_problem(answer, 422, "validation_error")
    listed = expect_status(bench.http.get(recent, headers=player.bearer), 200)
    expect(listed["items"] == [], "part of a refused bulk was logged")
    kinds = ["OPEN_SHOP", "BUY_CLICK", "OPEN_SHOP"]
    asked = {"actions": [{"actionType": kind} for kind in kinds]}
    told = expect_status(bench.http.post("/api/actions/bulk", json=asked, headers=player.bearer), 201)
    ids = [item["id"] for item in told["items"]]
    expect(ids == list(range(ids[0], ids[0] + 3)), f"ids {ids}")
    expect([item["action_type"] for item in told["items"]] == kinds, "in another order")


@probe
def public_figures(bench: Bench) -> None:
    """They need no token and count rounds, and browsers' reports are taken without one."""
    figures = expect_status(bench.http.get("/api/metrics/global"), 200)
    expect(figures["spins_last_hour"] >= 0 and figures["big_wins_last_hour"] >= 0, f"{figures}")
    report = {"events": [{"kind": "web_vital", "name": "lcp", "value_seconds": 1.5}]}
    expect_status(bench.http.post("/api/telemetry/client", json=report), 204, 429)


@probe
def a_burst_is_limited(bench: Bench) -> None:
    """Far more requests in a second than a user may make are 429 with Retry-After, and soon after all is well."""
    player = bench.target.sign_up()
    request = f"GET /api/rbac/vip HTTP/1.1\r\nHost: casino\r\nAuthorization: {player.bearer['Authorization']}\r\n\r\n"
    answers = ask_many(bench.target.url, request.encode(), BURST)
    statuses = {answer.status for answer in answers}
    expect(statuses <= {403, 429}, f"answered {statuses}")
    limited = [answer for answer in answers if answer.status == 429]
    if not limited:
        shadowed = any(answer.header("X-RateLimit-Sim") for answer in answers)
        expect(shadowed, f"{BURST} requests of one user at once were not limited")
        return
    expect(all(str(answer.header("Retry-After")).isdigit() for answer in limited), "429 without Retry-After")
    expect(b"rate_limited" in limited[0].body, f"the problem is {limited[0].body[:100]!r}")
