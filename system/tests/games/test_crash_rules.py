"""The curve: a constant edge, one end, and times that fit the multipliers they stand for."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casino.games.rules import fairness
from casino.games.rules.crash import (
    CRASH,
    auto_reached,
    cash_out,
    crash_points,
    microseconds_of_life,
    microseconds_until,
    payout,
    points_at,
)

SEED = bytes(range(32))
POINTS = st.integers(100, 100_000)


@given(POINTS)
def test_the_edge_is_the_same_wherever_one_leaves(points: int) -> None:
    """The return lies within 2⁻⁴⁷ of 0.93 for every multiplier."""
    assert 0 <= Fraction(93, 100) - CRASH.exact_return(points) < Fraction(1, 2**47)


@given(POINTS)
def test_draws_reach_as_often_as_they_say(points: int) -> None:
    """The last draw that reaches a multiplier reaches it, the one after it does not."""
    last = CRASH.reach_count(points) - 1
    assert crash_points(CRASH, iter(divmod(last, 2**32))) >= points
    assert crash_points(CRASH, iter(divmod(last + 1, 2**32))) < points


def test_nothing_goes_past_the_top() -> None:
    """The smallest draw ends at 1000×, and more than that is never reached."""
    assert crash_points(CRASH, iter((0, 0))) == 100_000
    assert CRASH.reach_count(100_001) == 0


@given(POINTS)
def test_a_multiplier_has_its_first_microsecond(points: int) -> None:
    """The curve is there at that microsecond and was not there one before."""
    moment = microseconds_until(CRASH, points)
    assert points_at(CRASH, moment) >= points
    assert moment == 0 or points_at(CRASH, moment - 1) < points


@given(st.integers(93, 100_000), st.none() | st.integers(101, 100_000), st.integers(0, 10**9))
def test_a_player_is_paid_only_before_the_end(crash: int, auto: int | None, elapsed: int) -> None:
    """Leaving pays at most where the curve ends, at most the automatic point, and nothing once the round is over."""
    points = cash_out(CRASH, crash=crash, auto=auto, elapsed_microseconds=elapsed)
    life = microseconds_of_life(CRASH, crash, auto)
    if points is None:
        assert elapsed >= life and auto_reached(CRASH, crash, auto) is None
    else:
        assert 100 <= points <= crash and points <= (auto or 100_000)
        assert elapsed < life or points == auto_reached(CRASH, crash, auto)


@pytest.mark.parametrize("crash", [93, 99])
def test_seven_in_a_hundred_end_before_they_begin(crash: int) -> None:
    """A draw below 1.00 pays nobody, however fast."""
    assert cash_out(CRASH, crash=crash, auto=None, elapsed_microseconds=0) is None
    assert microseconds_of_life(CRASH, crash, None) == 0


def test_the_top_pays_by_itself() -> None:
    """A round that reaches 1000× is paid there, also without an automatic point."""
    assert auto_reached(CRASH, 100_000, None) == 100_000
    assert auto_reached(CRASH, 99_999, None) is None


def test_payouts_are_floored_and_the_smallest_stake_loses_nothing() -> None:
    """A stake of 100 is paid to the gold; of 150 at 1.01 half a gold stays with the house."""
    assert payout(100, 137) == 137
    assert payout(150, 101) == 151
    assert CRASH.effective_return(137, 100) == CRASH.exact_return(137)
    assert CRASH.effective_return(101, 150) < CRASH.exact_return(101)


def test_crashes_come_as_often_as_published() -> None:
    """50,000 rounds: 1.00×, 2× and 10× are reached as often as 0.93 / x says, within four standard deviations."""
    ends = [crash_points(CRASH, fairness.words(SEED, "c", nonce)) for nonce in range(1, 50_001)]
    for points in (100, 200, 1_000):
        chance = 93 / points
        spread = (50_000 * chance * (1 - chance)) ** 0.5
        assert abs(sum(end >= points for end in ends) - 50_000 * chance) < 4 * spread
