"""Rock, paper, scissors: the draw decides the outcome with an exact edge, the server's hand only shows it."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from casino.games.rules.fairness import draw_below

BET_MIN = 1
BET_MAX = 10_000
HANDS = ("rock", "paper", "scissors")
OUTCOMES = ("win", "draw", "lose")


@dataclass(frozen=True, slots=True)
class RpsConfig:
    """One version of the odds: how many of the equally likely draws are which outcome, and what each pays."""

    version: int
    weights: dict[str, int]
    pays: dict[str, int]

    @property
    def draws(self) -> int:
        """How many equally likely draws there are."""
        return sum(self.weights.values())

    def outcome_of(self, drawn: int) -> str:
        """The outcome of one of the draws, numbered from 0 in the order of `OUTCOMES`."""
        assert 0 <= drawn < self.draws
        for outcome in OUTCOMES:
            drawn -= self.weights[outcome]
            if drawn < 0:
                return outcome
        raise AssertionError("the weights add up to the number of draws")

    def exact_return(self) -> Fraction:
        """Paid over staked in the long run, whatever hands are shown."""
        paid = sum(self.weights[outcome] * self.pays[outcome] for outcome in OUTCOMES)
        return Fraction(paid, self.draws)

    def mean_square(self) -> Fraction:
        """The mean of the squared multiplier."""
        paid = sum(self.weights[outcome] * self.pays[outcome] ** 2 for outcome in OUTCOMES)
        return Fraction(paid, self.draws)


RPS = RpsConfig(version=1, weights={"win": 6, "draw": 7, "lose": 7}, pays={"win": 2, "draw": 1, "lose": 0})
VERSIONS = {RPS.version: RPS}
"""The tables that rounds were drawn by: one that is replaced stays, so that its rounds can be drawn again."""


@dataclass(frozen=True, slots=True)
class Showdown:
    """What was drawn, and the hand the server shows for it."""

    outcome: str
    server_move: str
    multiplier: int


def play(config: RpsConfig, choice: str, stream: Iterator[int]) -> Showdown:
    """Draws the outcome of a round against the player's hand."""
    return showdown(config, choice, config.outcome_of(draw_below(stream, config.draws)))


def showdown(config: RpsConfig, choice: str, outcome: str) -> Showdown:
    """The round with this outcome: each hand beats the one before it in `HANDS`, and rock beats scissors."""
    shift = {"draw": 0, "lose": 1, "win": 2}[outcome]
    server_move = HANDS[(HANDS.index(choice) + shift) % len(HANDS)]
    return Showdown(outcome, server_move, config.pays[outcome])
