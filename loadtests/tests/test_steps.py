"""Every lie that an answer can tell is caught, and nothing true is called a lie."""

from __future__ import annotations

import json
from typing import Any

import pytest

from loadtests.account import Account
from loadtests.tests.exchanges import a_round, account, answer, ask, spun


def test_a_right_spin_moves_the_balance() -> None:
    """1000 - 10 + 20 = 1010."""
    player = account()
    assert spun(player) == []
    assert player.balance == 1010
    assert player.certain


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        ({"balance": 1020}, "balance 1020 after 1000 - 10 + 20 + 0"),
        ({"balance": 1000, "win_amount": 10}, "bet 10 settled as 10 times 2 = 10"),
        ({"bet_amount": 20, "win_amount": 40, "balance": 1020}, "bet 10 settled as 20"),
        ({"reels": [["A"]] * 3}, "three columns"),
    ],
)
def test_a_spin_that_does_not_add_up_is_caught(lie: dict[str, Any], said: str) -> None:
    """Money, bet and picture are all held against what is known."""
    assert said in " ".join(spun(account(), **lie))


def test_a_spin_of_another_shape_is_caught() -> None:
    """A missing member is a wrong answer, not a crash of the player."""
    player = account()
    document = a_round()
    del document["round_id"]
    assert "another shape" in ask(player, "spin").take(answer(200, document))[0]


def test_one_round_for_two_keys_is_caught() -> None:
    """The same round must not answer two bets."""
    player = account()
    spun(player)
    assert "answered for two keys" in " ".join(spun(player, balance=1020))


def test_a_first_sending_answered_as_a_replay_is_caught() -> None:
    """Only a repeat can be a replay."""
    bet = ask(account(), "spin")
    assert bet.take(answer(200, a_round(), replayed=True)) == ["first sending of a key answered as a replay"]


def test_a_spin_without_answer_is_asked_again_with_its_key() -> None:
    """Until the repeat is answered nothing is certain; then the arithmetic still holds from before."""
    player = account()
    first = ask(player, "spin")
    silent = answer(0)
    assert first.take(silent) == []
    assert first.spin is not None
    player.leave_unsettled(first.spin, silent)
    again = ask(player, "spin")
    assert (again.key, again.body) == (first.key, first.body)
    assert ask(player, "balance").take(answer(200, {"gold_balance": 5})) == []
    assert again.take(answer(200, a_round(), replayed=True)) == []
    assert (player.balance, player.certain) == (1010, True)


def test_a_refused_first_sending_leaves_no_doubt() -> None:
    """A 4xx says that nothing was settled; so does a 402 to a repeat; a 5xx or a 409 to a repeat does not."""
    player = account()
    bet = ask(player, "spin")
    assert bet.spin is not None
    for status, certain in ((429, True), (503, False), (409, False), (402, True)):
        player.leave_unsettled(bet.spin, answer(status))
        assert player.certain is certain, status


def test_a_faithful_replay_is_right() -> None:
    """The same bytes and the mark."""
    player = account()
    spun(player)
    repeat = ask(player, "replay")
    assert repeat.replays
    assert repeat.take(answer(200, a_round(), replayed=True)) == []


def test_a_replay_that_differs_in_one_byte_or_is_not_marked_is_caught() -> None:
    """Byte for byte means bytes, not meaning."""
    player = account()
    spun(player)
    other_bytes = json.dumps(a_round(), indent=1).encode()
    repeat = ask(player, "replay")
    assert "repeat answered" in repeat.take(answer(200, content=other_bytes, replayed=True))[0]
    assert "not marked" in repeat.take(answer(200, a_round()))[0]


def test_a_key_used_for_another_bet_must_be_refused() -> None:
    """Paying it would be a doubled use; 422 with another code is wrong too."""
    player = account()
    spun(player)
    reuse = ask(player, "reuse_key")
    assert reuse.key == player.settled.key if player.settled else False
    assert reuse.take(answer(422, {"error": "idempotency_key_reused"})) == []
    assert "200 None where 422 was due" in reuse.take(answer(200, a_round()))[0]
    assert "not 'idempotency_key_reused'" in reuse.take(answer(422, {"error": "validation_error"}))[0]


def test_an_overbet_must_be_refused_for_want_of_gold() -> None:
    """402 insufficient_gold, and nothing else."""
    over = ask(account(), "overbet")
    assert over.take(answer(402, {"error": "insufficient_gold"})) == []
    assert "where 402 was due" in over.take(answer(200, a_round()))[0]


def test_a_player_without_gold_asks_to_be_refused() -> None:
    """No bet can be paid: the spin becomes an overbet, which must be refused."""
    assert ask(account(balance=3), "spin").due == frozenset({402})


@pytest.mark.parametrize(
    ("step", "document", "said"),
    [
        ("balance", {"gold_balance": 1011}, "balance 1011 where 1010 was left"),
        ("slot_stats", {"plays": 2}, "2 plays where 1 were settled"),
        ("history", {"items": [{"round_id": "r0"}]}, "newest round r0, not r1"),
        ("history", {"items": []}, "newest round None, not r1"),
        ("me", {"id": 8, "nickname": "lt1", "gold_balance": 1010}, "profile of user 8, not 7"),
        ("me", {"id": 7, "nickname": "lt1", "gold_balance": 9}, "balance 9 where 1010 was left"),
        ("games", {"games": [{"game_type": "rps"}]}, "no slot among"),
    ],
)
def test_a_read_that_contradicts_what_is_known_is_caught(step: str, document: Any, said: str) -> None:
    """After one spin the player knows its balance, its count of plays and its newest round."""
    player = account()
    spun(player)
    assert said in ask(player, step).take(answer(200, document))[0]


def test_a_failure_to_serve_is_not_a_wrong_answer() -> None:
    """It is a bad event for the objectives, which count it."""
    assert ask(account(), "balance").take(answer(503, {"error": "unavailable"})) == []


def test_a_hand_is_held_to_the_same_arithmetic() -> None:
    """A showdown that pays what it says moves the balance; one gold more is caught."""
    player = account()
    assert ask(player, "hand").take(answer(200, a_round(reels=None))) == []
    assert (player.balance, player.spins) == (1010, [])
    wrong = ask(account(), "hand").take(answer(200, a_round(reels=None, balance=1011)))
    assert "balance 1011 after 1000" in " ".join(wrong)


def a_ride(player: Account) -> None:
    """Boards the curve: the stake of 100 leaves."""
    assert ask(player, "ride").take(answer(200, {"game_id": "g1", "balance": 900})) == []


def test_a_ride_takes_its_stake_and_pays_what_it_shows() -> None:
    """Boarding leaves 900; leaving at 1.37 brings 137 gold; a gold too many is caught."""
    left = {"win_amount": 137, "multiplier": 1.37, "bonus_gold": 0, "balance": 1037}
    player = account()
    a_ride(player)
    assert (player.balance, ask(player, "leave").take(answer(200, left)), player.balance) == (900, [], 1037)
    for lie in ({"balance": 1038}, {"win_amount": 138, "balance": 1038}):
        player = account()
        a_ride(player)
        assert ask(player, "leave").take(answer(200, left | lie)) != []


def test_a_ride_may_crash_and_a_stake_that_stays_is_caught() -> None:
    """409 already_crashed leaves the gold as it was; any other refusal, or a stake that did not leave, is wrong."""
    player = account()
    a_ride(player)
    assert ask(player, "leave").take(answer(409, {"error": "already_crashed"})) == []
    assert (player.balance, player.riding) == (900, None)
    player = account()
    a_ride(player)
    assert ask(player, "leave").take(answer(409, {"error": "conflict"})) != []
    for gift in (0, 200):
        free = ask(account(), "ride").take(answer(200, {"game_id": "g1", "balance": 1000 + gift}))
        assert "after a stake" in " ".join(free)
    player = account()
    assert ask(player, "ride").take(answer(200, {"game_id": "g1", "balance": 900 + 200 + 500})) == []
    assert (player.balance, player.given) == (1600, 700)


def test_the_dashboard_counts_the_spins_and_nothing_else() -> None:
    """Every settled spin is on it; a hand is no spin; gold that nobody knows of is wrong."""
    player = account()
    spun(player)
    hand = ask(player, "hand")
    assert hand.take(answer(200, a_round(round_id="h1", balance=1020) | {"outcome": "win"})) == []

    def dashboard(spins: int, gold: int) -> list[str]:
        shown = {
            "profile": {"gold_balance": gold},
            "game_stats": {
                "games": [{"game_type": "slot", "plays": spins}, {"game_type": "rps", "plays": 1}]
            },
        }
        return ask(player, "dashboard").take(answer(200, shown))

    assert dashboard(1, 1020) == []
    assert dashboard(2, 1020) == ["2 spins on the dashboard where 1 were settled"]
    assert "1025" in " ".join(dashboard(1, 1025))


def test_boarding_while_the_last_ride_still_ends_is_no_fault() -> None:
    """409 round_active costs nothing."""
    player = account()
    assert ask(player, "ride").take(answer(409, {"error": "round_active"})) == []
    assert (player.balance, player.riding) == (1000, None)


def test_capsules_one_cannot_pay_are_refused() -> None:
    """402 is right, a pull for nothing is not."""
    assert ask(account(), "pull_short").take(answer(402, {"error": "insufficient_gold"})) == []
    assert ask(account(), "pull_short").take(answer(200, {"items": []})) != []
