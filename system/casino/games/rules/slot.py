"""The slot machine: three reels of 25 stops, integer multipliers, and a return of exactly 0.92."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Literal

from casino.games.rules.fairness import draw_below

REELS = 3
BET_MIN = 1
BET_MAX = 10_000

_LETTERS = {"C": "cherry", "L": "lemon", "B": "bell", "S": "star", "7": "seven", "N": "neon"}


def _strip(letters: str) -> tuple[str, ...]:
    return tuple(_LETTERS[letter] for letter in letters)


@dataclass(frozen=True, slots=True)
class SlotConfig:
    """One version of the machine. `triples` pay three alike; a leading pair and a leading single pay in `leader`."""

    version: int
    strips: tuple[tuple[str, ...], ...]
    triples: dict[str, int]
    leader: str
    leading_pair: int
    leading_single: int

    def multiplier(self, line: Sequence[str]) -> int:
        """What the stake is multiplied by for these symbols on the win line; 0 when they lose."""
        first, second, third = line
        if first == second == third:
            return self.triples[first]
        if first == self.leader:
            return self.leading_pair if second == self.leader else self.leading_single
        return 0

    def pay_table(self) -> list[tuple[tuple[str, ...], int]]:
        """Winning lines and their multipliers, best first; ``any`` stands for every other symbol."""
        lines: list[tuple[tuple[str, ...], int]] = [
            ((symbol,) * REELS, pay) for symbol, pay in self.triples.items()
        ]
        lines += [((self.leader, self.leader, "any"), self.leading_pair)]
        lines += [((self.leader, "any", "any"), self.leading_single)]
        return sorted(lines, key=lambda line: -line[1])

    def exact_return(self) -> Fraction:
        """Paid over staked in the long run, by enumerating every combination of stops."""
        return self._mean_power(1)

    def mean_square(self) -> Fraction:
        """The mean of the squared multiplier: with the return, what the payout's variance is made of."""
        return self._mean_power(2)

    def _mean_power(self, power: int) -> Fraction:
        paid = sum(self.multiplier(line) ** power for line in product(*self.strips))
        return Fraction(paid, len(self.strips[0]) * len(self.strips[1]) * len(self.strips[2]))


SLOT = SlotConfig(
    version=1,
    strips=(
        _strip("CLBCLSLCB7LCLSCBLNCLBSL7C"),
        _strip("BLCB7LBSCLBNCLBCSBL7CLSBC"),
        _strip("LSL7CLBL7SCLBNL7SBLCL7SCB"),
    ),
    triples={"cherry": 5, "lemon": 8, "bell": 15, "star": 30, "seven": 77, "neon": 500},
    leader="cherry",
    leading_pair=3,
    leading_single=1,
)
VERSIONS = {SLOT.version: SLOT}
"""The tables that rounds were drawn by: one that is replaced stays, so that its rounds can be drawn again."""


@dataclass(frozen=True, slots=True)
class Spin:
    """Where the reels stopped, what lies on the win line, and what it multiplies the stake by."""

    stops: tuple[int, ...]
    symbols: tuple[str, ...]
    multiplier: int


def spin(config: SlotConfig, stream: Iterator[int]) -> Spin:
    """Draws one stop a reel, in order."""
    stops = tuple(draw_below(stream, len(strip)) for strip in config.strips)
    symbols = tuple(strip[stop] for strip, stop in zip(config.strips, stops, strict=True))
    return Spin(stops, symbols, config.multiplier(symbols))


def window(config: SlotConfig, stops: Sequence[int]) -> list[list[str]]:
    """Three visible symbols a reel, top to bottom; the middle ones are the win line."""
    return [
        [strip[(stop + shift) % len(strip)] for shift in (-1, 0, 1)]
        for strip, stop in zip(config.strips, stops, strict=True)
    ]


def outcome(bet_amount: int, win_amount: int) -> Literal["win", "draw", "lose"]:
    """``win`` above the stake, ``draw`` at it, ``lose`` below."""
    if win_amount > bet_amount:
        return "win"
    return "draw" if win_amount == bet_amount else "lose"
