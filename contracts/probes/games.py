"""The games besides the slot: their arithmetic, their limits, and what becomes of a round of crash."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import httpx

from contracts.probing import Bench, expect, expect_problem, expect_status, probe
from contracts.target import Player

SETTLED_SECONDS_MAX = 5.0
FOLLOWED_SECONDS_MAX = 5.0
# One ride in fourteen ends at once.
RIDES_MAX = 9
CONFIG = "/api/admin/games/config"
_BEATS = {"rock": "scissors", "paper": "rock", "scissors": "paper"}
_PAYS = {"win": 2, "draw": 1, "lose": 0}


@probe
def hands(bench: Bench) -> None:
    """Each outcome pays what is published, is shown by a hand that fits, and moves the balance by it."""
    player = bench.target.sign_up()
    before = bench.balance(player)
    for choice, beaten in _BEATS.items():
        body = {"player_move": choice.upper(), "bet_amount": 5}
        played = expect_status(bench.http.post("/api/games/rps/play", json=body, headers=player.bearer), 200)
        outcome, theirs = played["outcome"], played["server_move"]
        fits = {"win": beaten == theirs, "draw": choice == theirs, "lose": _BEATS[theirs] == choice}
        expect(fits[outcome], f"{choice} against {theirs} is no {outcome}")
        expect(played["win_amount"] == 5 * _PAYS[outcome], f"a {outcome} paid {played['win_amount']}")
        before += played["win_amount"] + played["bonus_gold"] - 5
        expect(bench.balance(player) == before, f"the balance is not {before} after {played}")


@probe
def capsules(bench: Bench) -> None:
    """The odds are public and add up; a pull that cannot be paid is 402 and counts for nothing."""
    odds = expect_status(bench.http.get("/api/games/gacha/odds"), 200)
    for share in ("chance", "effective_rate"):
        total = sum(one[share] for one in odds["rarities"])
        expect(abs(total - 1) < 1e-9, f"{share} adds up to {total}")
    player = bench.target.sign_up()
    refused = bench.http.post("/api/games/gacha/pull", json={"count": 10}, headers=player.bearer)
    problem = expect_problem(refused, 402, "insufficient_gold")
    expect(problem["needed"] == 10 * odds["cost"], f"the problem says {problem}")
    stats = expect_status(bench.http.get("/api/games/gacha/stats", headers=player.bearer), 200)
    expect((stats["plays"], stats["daily_used"], stats["pity"]) == (0, 0, 0), f"{stats}")


@probe
def pulls_that_are_paid(bench: Bench) -> None:
    """A pull costs what is published, gives what its items say, and counts for the day; one too many is 429."""
    player = bench.target.sign_up()
    odds = expect_status(bench.http.get("/api/games/gacha/odds"), 200)
    limit = odds["daily_limits"]["STANDARD"]
    _give(bench, player, (limit + 1) * odds["cost"])
    rewards = {one["rarity"]: one["reward"] for one in odds["rarities"]}
    for used in range(limit):
        before = bench.balance(player)
        pulled = expect_status(_pull(bench, player.bearer), 200)
        (item,) = pulled["items"]
        expect(item["reward"] == rewards[item["rarity"]] == pulled["win_amount"], f"{pulled}")
        expect(pulled["cost_used"] == odds["cost"], f"it cost {pulled['cost_used']}")
        expect(pulled["daily_remaining"] == limit - used - 1, f"{pulled['daily_remaining']} are left")
        after = before - odds["cost"] + item["reward"] + pulled["bonus_gold"]
        expect(bench.balance(player) == after, f"{before} became {bench.balance(player)}, not {after}")
    problem = expect_problem(_pull(bench, player.bearer), 429, "daily_gacha_limit")
    expect((problem["limit"], problem["used"]) == (limit, limit), f"{problem}")


def _give(bench: Bench, player: Player, gold: int) -> None:
    gift = {
        "user_ids": [player.user_id],
        "key": f"probe-{player.user_id}",
        "gold": gold,
        "note": "For a probe.",
    }
    expect_status(bench.http.post("/api/rewards/distribute", json=gift, headers=bench.admin.bearer), 200)


def _pull(bench: Bench, bearer: Mapping[str, str]) -> httpx.Response:
    return bench.http.post("/api/games/gacha/pull", json={"count": 1}, headers=dict(bearer))


@probe
def a_ride_that_is_left(bench: Bench) -> None:
    """A cash-out pays the stake times where it left, once: its key again has the answer, without it there is none."""
    player = bench.target.sign_up()
    for _ in range(RIDES_MAX):
        began = expect_status(
            bench.http.post("/api/games/crash/bet", json={"bet_amount": 100}, headers=player.bearer), 200
        )
        leave = {"game_id": began["game_id"]}
        keyed = player.bearer | {"Idempotency-Key": f"leave-{began['game_id']}"}
        left = bench.http.post("/api/games/crash/cashout", json=leave, headers=keyed)
        if left.status_code == 200:
            break
        expect_problem(left, 409, "already_crashed")
    paid = expect_status(left, 200)
    due = round(100 * paid["cashout_point"])
    expect((paid["win_amount"], paid["profit"]) == (due, due - 100), f"{paid}")
    expect(1 <= paid["cashout_point"] <= paid["crash_point"], f"left at {paid['cashout_point']}: {paid}")
    again = bench.http.post("/api/games/crash/cashout", json=leave, headers=keyed)
    expect(expect_status(again, 200) == paid, "the repeat has another answer")
    second = bench.http.post("/api/games/crash/cashout", json=leave, headers=player.bearer)
    expect_problem(second, 404, "no_active_round")


@probe
def a_ride_that_leaves_by_itself(bench: Bench) -> None:
    """One round at a time; its end is secret while it runs, and it is settled without its player."""
    player = bench.target.sign_up()
    before = bench.balance(player)
    bet = {"bet_amount": 100, "autoCashout": 1.01}
    began = expect_status(bench.http.post("/api/games/crash/bet", json=bet, headers=player.bearer), 200)
    expect(began["balance"] == before - 100, "the stake did not leave")
    second = bench.http.post("/api/games/crash/bet", json=bet, headers=player.bearer)
    if second.status_code != 200:
        expect_problem(second, 409, "round_active")
    ended = _ended(bench, player.bearer, began["game_id"])
    due = 101 if ended["status"] == "cashed" else 0
    expect(ended["win_amount"] == due, f"a round that {ended['status']} paid {ended['win_amount']}")
    late = bench.http.post(
        "/api/games/crash/cashout", json={"game_id": began["game_id"]}, headers=player.bearer
    )
    codes = {"cashed": (404, "no_active_round"), "crashed": (409, "already_crashed")}
    expect_problem(late, *codes[ended["status"]])


def _ended(bench: Bench, bearer: Mapping[str, str], game_id: str) -> dict[str, Any]:
    """The round once it has ended."""
    deadline = time.monotonic() + SETTLED_SECONDS_MAX
    while True:
        page = expect_status(bench.http.get("/api/games/crash/history", headers=dict(bearer)), 200)
        (shown,) = [one for one in page["items"] if one["game_id"] == game_id]
        if shown["status"] != "active":
            return dict(shown)
        expect(shown["crash_point"] is None, "the end of a running round is shown")
        expect(time.monotonic() < deadline, f"round {game_id} did not end by itself")
        time.sleep(0.1)


@probe
def receipts(bench: Bench) -> None:
    """A receipt has the round's own figures and the ledger's; another's is 404."""
    player, stranger = bench.target.sign_up(), bench.target.sign_up()
    before = bench.balance(player)
    spun = expect_status(bench.spin(player, 3), 200)
    path = f"/api/games/rounds/{spun['round_id']}/receipt"
    receipt = expect_status(bench.http.get(path, headers=player.bearer), 200)["receipt"]
    shown = (receipt["balance_before"], receipt["balance_after"], receipt["win_amount"])
    expect(shown == (before, spun["balance"], spun["win_amount"]), f"the receipt says {shown}")
    expect_problem(bench.http.get(path, headers=stranger.bearer), 404, "round_not_found")


@probe
def sittings(bench: Bench) -> None:
    """A sitting adds up what was played in it; ended again it answers the same."""
    player = bench.target.sign_up()
    sat = bench.http.post("/api/games/session/start", json={"game_type": "slot"}, headers=player.bearer)
    session = {"session_id": expect_status(sat, 201)["session_id"]}
    spun = expect_status(bench.spin(player, 4), 200)
    left = bench.http.post("/api/games/session/end", json=session, headers=player.bearer)
    result = expect_status(left, 200)["result_data"]
    expect((result["rounds"], result["total_bet"]) == (1, 4), f"{result}")
    expect(result["net"] == spun["win_amount"] + spun["bonus_gold"] - 4, f"{result}")
    again = bench.http.post("/api/games/session/end", json=session, headers=player.bearer)
    expect(expect_status(again, 200)["result_data"] == result, "ended again it is another sitting")


@probe
def following(bench: Bench) -> None:
    """Following is idempotent both ways; oneself is 422, nobody 404."""
    player, other = bench.target.sign_up(), bench.target.sign_up()
    path = f"/api/games/follow/{other.user_id}"
    for _ in range(2):
        told = expect_status(bench.http.post(path, headers=player.bearer), 200)
        expect(told == {"following": True, "follower_count": 1}, f"{told}")
    for _ in range(2):
        told = expect_status(bench.http.delete(path, headers=player.bearer), 200)
        expect(told == {"following": False, "follower_count": 0}, f"{told}")
    oneself = bench.http.post(f"/api/games/follow/{player.user_id}", headers=player.bearer)
    expect_problem(oneself, 422, "cannot_follow_oneself")
    expect_problem(
        bench.http.post("/api/games/follow/9007199254740993", headers=player.bearer), 404, "user_not_found"
    )


@probe
def a_closed_game(bench: Bench) -> None:
    """What an operator closes takes no bets within seconds, says so to everybody, and opens again."""
    admin, player = bench.admin, bench.target.sign_up()
    expect_problem(_decide(bench, player.bearer, enabled=False), 403, "role_too_low")
    expect_problem(_decide(bench, admin.bearer, enabled=True, maxBet=1), 422, "unfit_limits")
    expect_problem(_decide(bench, admin.bearer, enabled="perhaps"), 422, "validation_error")
    try:
        standing = expect_status(_decide(bench, admin.bearer, enabled=False), 200)
        expect(standing["enabled"] is False, f"the operator is told {standing}")
        problem = expect_problem(_until(bench, player.bearer, 503), 503, "game_closed")
        expect(problem["game_type"] == "gacha" and problem["retry_after_seconds"] > 0, f"{problem}")
        listed = expect_status(bench.http.get(CONFIG, headers=admin.bearer), 200)["games"]
        expect(standing in listed, f"the list has {listed}")
    finally:
        expect_status(_decide(bench, admin.bearer, enabled=True), 200)
    expect_problem(_until(bench, player.bearer, 402), 402, "insufficient_gold")


def _decide(bench: Bench, bearer: Mapping[str, str], **asked: Any) -> httpx.Response:
    body = {"reason": "The contracts room tries the switch.", **asked}
    return bench.http.put(f"{CONFIG}/gacha", json=body, headers=dict(bearer))


def _until(bench: Bench, bearer: Mapping[str, str], status: int) -> httpx.Response:
    """The answer to a pull nobody can pay, once it has this status: processes follow within a second."""
    deadline = time.monotonic() + FOLLOWED_SECONDS_MAX
    while True:
        answer = bench.http.post("/api/games/gacha/pull", json={"count": 10}, headers=dict(bearer))
        if answer.status_code == status or time.monotonic() > deadline:
            return answer
        time.sleep(0.1)
