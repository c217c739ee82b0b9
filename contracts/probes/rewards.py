"""What brings players back: each gift is given once, by its own rules, and what was given is listed."""

from __future__ import annotations

import secrets
import time

from contracts.probing import Bench, NotShown, expect, expect_problem, expect_status, probe
from contracts.target import Player

PREMIUM = "/api/battlepass/premium"
PLAYS_MAX = 20
MOVED_SECONDS_MAX = 15.0
DISTRIBUTE = "/api/rewards/distribute"


def _give(bench: Bench, player: Player, gold: int, key: str) -> dict[str, object]:
    """An operator's gift; what came of it."""
    asked = {"user_ids": [player.user_id], "key": key, "gold": gold, "note": "From the contracts room."}
    answer = bench.http.post(DISTRIBUTE, json=asked, headers=bench.admin.bearer)
    (result,) = expect_status(answer, 200)["results"]
    return dict(result)


@probe
def the_day_is_claimed_once(bench: Bench) -> None:
    """A new player's first claim succeeds, the second is 409, and the VIP gift answers the same twice."""
    player = bench.target.sign_up()
    claimed = expect_status(bench.http.post("/api/streak/claim", headers=player.bearer), 200)
    expect((claimed["awarded_gold"], claimed["streak_count"]) == (150, 1), f"{claimed}")
    again = bench.http.post("/api/streak/claim", headers=player.bearer)
    expect_problem(again, 409, "already_claimed")
    gifts = [bench.http.post("/api/vip/claim", headers=player.bearer) for _ in range(2)]
    expect(expect_status(gifts[0], 200) == expect_status(gifts[1], 200), "the gift was answered otherwise")
    listed = expect_status(bench.http.get("/api/rewards/me", headers=player.bearer), 200)["items"]
    sources = sorted(item["source"] for item in listed)
    expect(sources == ["streak", "vip"], f"listed are {sources}")


@probe
def gifts_are_given_once_for_their_key(bench: Bench) -> None:
    """An operator's gift comes once for its key, and nobody gets what only somebody else was given."""
    player, key = bench.target.sign_up(), secrets.token_hex(8)
    outcomes = [_give(bench, player, 700, key)["outcome"] for _ in range(2)]
    expect(outcomes == ["granted", "already_granted"], f"the outcomes were {outcomes}")
    gold = expect_status(bench.http.get("/api/users/balance", headers=player.bearer), 200)["gold_balance"]
    expect(gold == 1_700, f"the balance is {gold}")
    nobody = Player("nobody", "", 2**52, "", "")
    outcome = _give(bench, nobody, 700, key)["outcome"]
    expect(outcome == "no_such_user", f"nobody's gift: {outcome}")


@probe
def the_premium_track_is_bought_once(bench: Bench) -> None:
    """402 without the gold, open once it is paid, 409 after, and the price is all that leaves."""
    player = bench.target.sign_up()
    season = bench.http.get("/api/battlepass", headers=player.bearer)
    if season.status_code == 404:
        raise NotShown("no season is running")
    price = expect_status(season, 200)["premium_price"]
    expect_problem(bench.http.post(PREMIUM, headers=player.bearer), 402, "insufficient_gold")
    _give(bench, player, price, secrets.token_hex(8))
    before = bench.balance(player)
    bought = expect_status(bench.http.post(PREMIUM, headers=player.bearer), 200)
    expect(bought["price"] == price, f"the price was {bought['price']}, not {price}")
    expect(bench.balance(player) == before - price, "another amount left")
    expect_problem(bench.http.post(PREMIUM, headers=player.bearer), 409, "already_premium")


def _operators_add(bench: Bench, player: Player, event_id: int) -> None:
    """An operator adds to a player's progress, and a player may not."""
    path, more = f"/api/events/progress/{event_id}", {"user_id": player.user_id, "amount": 1}
    expect_problem(bench.http.put(path, json=more, headers=player.bearer), 403, "role_too_low")
    added = expect_status(bench.http.put(path, json=more, headers=bench.admin.bearer), 200)
    expect(added["progress"] == 1, f"added to 0, the progress is {added['progress']}")


@probe
def an_event_is_joined_played_and_claimed_once(bench: Bench) -> None:
    """Joining again changes nothing, play moves it by itself; what is not done cannot be claimed, what is done once."""
    player = bench.target.sign_up()
    events = expect_status(bench.http.get("/api/events/", headers=player.bearer), 200)["items"]
    if not events:
        raise NotShown("no event is running")
    event_id = events[0]["id"]
    for _ in range(2):
        joined = bench.http.post("/api/events/join", json={"event_id": event_id}, headers=player.bearer)
        expect(expect_status(joined, 200)["progress"] == 0, f"joined with {joined.text}")
    _operators_add(bench, player, event_id)
    claim = f"/api/events/claim/{event_id}"
    expect_problem(bench.http.post(claim, headers=player.bearer), 409, "not_completed")
    if events[0]["measure"] != "plays" or events[0]["target"] > PLAYS_MAX:
        raise NotShown(f"the running event asks for {events[0]['target']} {events[0]['measure']}")
    for _ in range(events[0]["target"]):
        expect_status(bench.spin(player), 200)
    deadline = time.monotonic() + MOVED_SECONDS_MAX
    while (claimed := bench.http.post(claim, headers=player.bearer)).status_code == 409:
        expect(time.monotonic() < deadline, f"not completed within {MOVED_SECONDS_MAX:.0f} s of play")
        time.sleep(0.2)
    given = expect_status(claimed, 200)["awarded_gold"]
    expect(given == events[0]["reward"]["gold"], f"it gave {given}")
    expect_problem(bench.http.post(claim, headers=player.bearer), 409, "already_claimed")
