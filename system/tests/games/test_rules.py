"""The slot's and the draws' rules, held against independent counts."""

import hashlib
import hmac
from collections import Counter
from fractions import Fraction
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casino.games.rules import fairness, slot

SEED = bytes(range(32))


def test_the_return_is_exactly_092() -> None:
    """Every combination of stops, counted one by one, pays 14,375 for 15,625 staked."""
    paid = 0
    for first in slot.SLOT.strips[0]:
        for second in slot.SLOT.strips[1]:
            for third in slot.SLOT.strips[2]:
                paid += slot.SLOT.multiplier((first, second, third))
    assert paid == 14_375
    assert slot.SLOT.exact_return() == Fraction(92, 100)


@pytest.mark.parametrize(
    ("line", "pays"),
    [
        (("neon", "neon", "neon"), 500),
        (("cherry", "cherry", "cherry"), 5),
        (("cherry", "cherry", "bell"), 3),
        (("cherry", "bell", "cherry"), 1),
        (("bell", "cherry", "cherry"), 0),
        (("lemon", "lemon", "bell"), 0),
    ],
)
def test_lines_pay_what_the_table_says(line: tuple[str, str, str], pays: int) -> None:
    """Three alike, a leading pair and a leading single pay; nothing else does."""
    assert slot.SLOT.multiplier(line) == pays


def test_words_are_hmac_blocks_in_order() -> None:
    """The stream is HMAC-SHA256 of client seed, nonce and block number, read as big-endian words."""
    first = hmac.new(SEED, b"mine:7:0", hashlib.sha256).digest()
    second = hmac.new(SEED, b"mine:7:1", hashlib.sha256).digest()
    wanted = [int.from_bytes((first + second)[i : i + 4], "big") for i in range(0, 64, 4)]
    assert list(islice(fairness.words(SEED, "mine", 7), 16)) == wanted


def test_a_draw_rejects_the_biased_tail() -> None:
    """Words in the last, incomplete run of the range are passed over."""
    limit = 25
    fair_end = 2**32 - 2**32 % limit
    assert fairness.draw_below(iter([fair_end, 2**32 - 1, 26]), limit) == 1


@given(st.integers(1, 2**32), st.integers(1, 10**9))
def test_draws_stay_below_their_limit(limit: int, nonce: int) -> None:
    """Whatever the limit and the nonce, a draw lies in [0, limit)."""
    assert 0 <= fairness.draw_below(fairness.words(SEED, "c", nonce), limit) < limit


def test_draws_are_uniform() -> None:
    """Chi-square of 50,000 draws over 25 stops stays under its 99.9 % bound (51.2 with 24 degrees)."""
    draws = Counter(fairness.draw_below(fairness.words(SEED, "c", nonce), 25) for nonce in range(1, 50_001))
    expected = 50_000 / 25
    assert sum((draws[stop] - expected) ** 2 / expected for stop in range(25)) < 51.2


def test_the_window_shows_the_line_in_the_middle() -> None:
    """The middle row of the visible window is the win line, also across the end of a strip."""
    spin = slot.spin(slot.SLOT, fairness.words(SEED, "c", 1))
    shown = slot.window(slot.SLOT, (0, 24, spin.stops[2]))
    assert [column[1] for column in shown][:2] == [slot.SLOT.strips[0][0], slot.SLOT.strips[1][24]]
    assert shown[0][0] == slot.SLOT.strips[0][24] and shown[1][2] == slot.SLOT.strips[1][0]


@pytest.mark.parametrize(("win", "word"), [(11, "win"), (10, "draw"), (9, "lose"), (0, "lose")])
def test_outcomes_compare_with_the_stake(win: int, word: str) -> None:
    """A win pays more than the stake, a draw gives it back."""
    assert slot.outcome(10, win) == word
