"""Rock, paper, scissors: the edge counted draw by draw, and hands that show what was drawn."""

from fractions import Fraction

import pytest

from casino.games.rules import fairness, rps

SEED = bytes(range(32))
BEATS = {"rock": "scissors", "paper": "rock", "scissors": "paper"}


def test_the_edge_is_exactly_a_twentieth() -> None:
    """Of 20 equally likely draws 6 win twice the stake, 7 give it back and 7 take it."""
    outcomes = [rps.RPS.outcome_of(drawn) for drawn in range(20)]
    assert [outcomes.count(outcome) for outcome in ("win", "draw", "lose")] == [6, 7, 7]
    assert Fraction(sum(rps.RPS.pays[outcome] for outcome in outcomes), 20) == Fraction(95, 100)
    assert rps.RPS.exact_return() == Fraction(95, 100)


@pytest.mark.parametrize("choice", rps.HANDS)
def test_the_hand_shows_the_outcome(choice: str) -> None:
    """A player wins exactly against the hand that theirs beats."""
    assert rps.showdown(rps.RPS, choice, "win").server_move == BEATS[choice]
    assert rps.showdown(rps.RPS, choice, "draw").server_move == choice
    assert BEATS[rps.showdown(rps.RPS, choice, "lose").server_move] == choice


def test_no_hand_is_better_than_another() -> None:
    """The same words come to the same outcome whatever hand is shown."""
    for nonce in range(1, 200):
        played = {rps.play(rps.RPS, hand, fairness.words(SEED, "c", nonce)).outcome for hand in rps.HANDS}
        assert len(played) == 1
