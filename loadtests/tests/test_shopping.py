"""A player in the shop believes no answer unchecked."""

from __future__ import annotations

from typing import Any

import pytest

from loadtests.account import Account
from loadtests.exchange import Ask
from loadtests.tests.exchanges import account, answer, ask, spun


def a_sale(purchase: Any, **changes: Any) -> dict[str, Any]:
    """The 200 of a purchase that a player with 1,000 gold makes."""
    sold = {
        "success": True,
        "status": "success",
        "receipt_code": "r1",
        "gold_granted": purchase.gold,
        "new_gold_balance": 1000 + purchase.gold,
    }
    return {**sold, **changes}


def bought(player: Account, **changes: Any) -> tuple[Ask, list[str]]:
    """Make one purchase answered so; the request, and what the player found wrong."""
    request = ask(player, "buy")
    return request, request.take(answer(200, a_sale(request.purchase, **changes)))


def test_a_right_purchase_moves_the_balance() -> None:
    """Gold is what it was and what was bought."""
    player = account()
    request, wrong = bought(player)
    assert request.purchase is not None
    assert (wrong, player.balance, player.certain) == ([], 1000 + request.purchase.gold, True)


def test_an_achievement_may_come_with_a_purchase() -> None:
    """What the casino gives for a first purchase is no wrong balance, and is kept to be held against its list."""
    player = account()
    request = ask(player, "buy")
    assert request.purchase is not None
    balance = 1000 + request.purchase.gold + 200
    assert request.take(answer(200, a_sale(request.purchase, new_gold_balance=balance))) == []
    assert (player.balance, player.given) == (balance, 200)


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        ({"new_gold_balance": 1001}, "balance 1001 after"),
        ({"gold_granted": 1}, "granted 1"),
        ({"success": False}, "success is False"),
        ({"success": False, "status": "failed"}, "failed purchase of"),
    ],
)
def test_a_purchase_that_does_not_add_up_is_caught(lie: dict[str, Any], said: str) -> None:
    """Each lie is named."""
    _, wrong = bought(account(), **lie)
    assert any(said in problem for problem in wrong)


def test_a_pending_purchase_is_asked_for_again_with_its_key() -> None:
    """Until it ends, nothing is certain, and gold that comes meanwhile is no wrong answer."""
    player = account()
    first, wrong = bought(player, success=False, status="pending", gold_granted=0, new_gold_balance=1000)
    assert (wrong, player.certain, player.balance) == ([], False, None)
    assert spun(player, balance=99_999) == [] and player.balance is None
    again = ask(player, "buy")
    assert (again.key, again.body) == (first.key, first.body)
    assert again.take(answer(200, a_sale(again.purchase, new_gold_balance=5))) == []
    assert player.certain and player.balance is None
    assert player.see_balance(777) == [] and player.balance == 777


@pytest.mark.parametrize(
    ("status", "certain"), [(0, False), (503, False), (409, False), (429, True), (403, True)]
)
def test_what_is_not_answered_is_in_doubt(status: int, certain: bool) -> None:
    """A refusal says that nothing was bought; silence, a failure and `in progress` do not."""
    player = account()
    request = ask(player, "buy")
    assert request.purchase is not None
    player.leave_unpaid(request.purchase, answer(status, {"error": "x"}))
    assert player.certain is certain


def test_a_replay_must_be_the_same_bytes() -> None:
    """Another answer, or one that is not marked, is caught."""
    player = account()
    bought(player)
    assert player.bought is not None
    content = player.bought.content
    request = ask(player, "replay_purchase")
    assert request.replays and request.take(answer(200, content=content, replayed=True)) == []
    assert request.take(answer(200, content=content + b" ", replayed=True)) != []
    assert request.take(answer(200, content=content)) != []


def test_the_history_must_show_the_last_purchase() -> None:
    """As it ended."""
    player = account()
    bought(player)
    shown = {"items": [{"receipt_code": "r1", "status": "success"}]}
    assert ask(player, "purchases").take(answer(200, shown)) == []
    shown["items"][0]["status"] = "pending"
    assert ask(player, "purchases").take(answer(200, shown)) != []


def test_the_catalogue_must_sell_what_was_sold() -> None:
    """A price that moved under the player's hands is found."""
    products = [
        {"id": 1001, "gold": 1200, "price_cents": 299},
        {"id": 1002, "gold": 2400, "price_cents": 599},
        {"id": 1003, "gold": 5000, "price_cents": 1299},
    ]
    assert ask(account(), "browse").take(answer(200, {"products": products})) == []
    assert ask(account(), "browse").take(answer(200, {"products": products[:2]})) != []


def test_gold_that_was_paid_for_is_no_gift() -> None:
    """While a payment waits no balance is believed, whatever shows one; its gold is nobody's reward."""
    player = account()
    request, _ = bought(player, success=False, status="pending", gold_granted=0, new_gold_balance=1000)
    assert request.purchase is not None
    claim = ask(player, "claim_streak")
    assert claim.take(answer(200, {"awarded_gold": 150, "new_gold_balance": 1150})) == []
    assert player.balance is None
    paid = 1150 + request.purchase.gold
    assert spun(player, bet_amount=10, win_amount=20, balance=paid + 10) == []
    listed = {"items": [{"gold": 150}]}
    assert ask(player, "rewards").take(answer(200, listed)) == []
    assert player.given == 150
