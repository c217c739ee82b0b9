"""Rewards are held against what is known: given once, adding up, and every gift listed."""

from __future__ import annotations

from typing import Any

import pytest

from loadtests.account import Account
from loadtests.tests.exchanges import account, answer, ask, spun

GIVEN = {"awarded_gold": 150, "awarded_xp": 30, "streak_count": 1, "new_gold_balance": 1_150}
REFUSED = {"error": "already_claimed"}


def listed(player: Account, *gold: int) -> list[str]:
    """What the player finds wrong with a list of rewards of these amounts."""
    return ask(player, "rewards").take(answer(200, {"items": [{"gold": amount} for amount in gold]}))


def test_a_claim_moves_the_balance_once() -> None:
    """Given, then refused; a second giving is caught."""
    player = account()
    assert ask(player, "claim_streak").take(answer(200, GIVEN)) == []
    assert (player.balance, player.given) == (1_150, 150)
    assert ask(player, "claim_streak").take(answer(409, REFUSED)) == []
    assert ask(player, "claim_streak").take(answer(200, GIVEN)) == ["streak was given twice"]


@pytest.mark.parametrize("shown", [1_149, 1_151, 1_000])
def test_a_claim_that_does_not_add_up_is_caught(shown: int) -> None:
    """The balance after it is the one before and what was awarded."""
    wrong = ask(account(), "claim_streak").take(answer(200, GIVEN | {"new_gold_balance": shown}))
    assert wrong == [f"balance {shown} after a reward of 150 where 1150 was due"]


def test_what_the_casino_gives_of_its_own_accord_must_be_listed() -> None:
    """An achievement may come with a round; gold that no reward explains is caught at the next look."""
    player = account()
    assert spun(player, balance=1_210) == []
    assert (player.balance, player.given) == (1_210, 200)
    assert listed(player, 200) == []
    assert listed(player) == ["200 gold was given where rewards of 0 are listed"]


@pytest.mark.parametrize(("shown", "right"), [(1_000, True), (1_200, True), (1_020, False), (900, False)])
def test_a_balance_shown_may_only_have_grown_by_gifts(shown: int, right: bool) -> None:
    """Neither less than was left, nor more by what no achievement is worth."""
    assert (ask(account(), "balance").take(answer(200, {"gold_balance": shown})) == []) is right


def test_a_lost_claim_is_awaited() -> None:
    """Its answer never came: the balance may hold it, until the list has explained it."""
    player = account()
    assert ask(player, "claim_streak").take(answer(0)) == []
    assert ask(player, "balance").take(answer(200, {"gold_balance": 1_150})) == []
    assert listed(player, 150) == []
    assert ask(player, "balance").take(answer(200, {"gold_balance": 1_200})) != []


def test_the_vip_gift_is_answered_the_same() -> None:
    """The second asking gives the first answer and no gold."""
    player = account()
    gift: dict[str, Any] = {"awarded_gold": 50, "new_gold_balance": 1_050}
    assert ask(player, "vip_gift").take(answer(200, gift)) == []
    assert ask(player, "vip_gift").take(answer(200, gift)) == []
    assert player.balance == 1_050
    assert ask(player, "vip_gift").take(answer(200, gift | {"new_gold_balance": 1_100})) != []


def test_a_level_may_not_be_refused_for_another_reason() -> None:
    """Not reached, or taken before; nothing else."""
    player = account()
    assert ask(player, "claim_level").take(answer(409, {"error": "level_not_reached"})) == []
    assert ask(player, "claim_level").take(answer(409, {"error": "conflict"})) == [
        "level refused as 'conflict'"
    ]


def test_nothing_is_claimable_before_its_target() -> None:
    """Missions and achievements that are ahead of their progress are caught."""
    card = {"code": "m", "progress": 3, "target": 5, "claimable": True}
    assert ask(account(), "missions").take(answer(200, {"daily": [card], "weekly": []})) != []
    item = {"code": "a", "progress": 3, "target": 5, "unlocked": True}
    assert ask(account(), "achievements").take(answer(200, {"items": [item]})) != []
