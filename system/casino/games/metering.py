"""Counts what the games settle: rounds, gold, the return, and how far it strays from what the tables promise."""

from collections import defaultdict
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

from casino.games.rules.crash import CRASH, DRAW_RANGE, POINTS_A_UNIT, payout
from casino.games.rules.gacha import GACHA
from casino.games.rules.rps import RPS
from casino.games.rules.slot import SLOT, outcome
from casino.kit.metrics import counter, gauge, histogram

# How a player leaves crash in whose place its return is watched: what players do themselves has no known spread.
CRASH_REFERENCE_POINTS = 200

_totals: dict[str, list[int]] = defaultdict(lambda: [0, 0])


@cache
def expected_return(game: str) -> float:
    """The return of a game by its table. Of crash, the same wherever one leaves."""
    returns: dict[str, Callable[[], Fraction]] = {
        "slot": SLOT.exact_return,
        "rps": RPS.exact_return,
        "gacha": GACHA.exact_return,
        "crash": lambda: CRASH.exact_return(POINTS_A_UNIT),
    }
    return float(returns[game]())


@cache
def payout_variance(game: str) -> float:
    """Variance of a round's payout, in stakes squared, by its table; of crash for leaving at the reference point."""
    reached = CRASH.reach_count(CRASH_REFERENCE_POINTS) / DRAW_RANGE
    squares: dict[str, Callable[[], Fraction]] = {
        "slot": SLOT.mean_square,
        "rps": RPS.mean_square,
        "gacha": GACHA.mean_square,
        "crash": lambda: Fraction(reached) * (CRASH_REFERENCE_POINTS // POINTS_A_UNIT) ** 2,
    }
    return float(squares[game]()) - expected_return(game) ** 2


def batch(game: str, rows: int) -> None:
    """So many requests were settled by one statement."""
    histogram("settlement_batch_rows").labels(game).observe(rows)


def settled(row: dict[str, Any]) -> None:
    """A row moved. The rows of rounds that only began have no outcome yet and are not counted."""
    if "won" not in row:
        return
    game, bet, win = row["game_type"], row["bet_amount"], row["win_amount"]
    counter("game_rounds_total").labels(game, outcome(bet, win)).inc()
    counter("game_bet_gold_total").labels(game).inc(bet)
    counter("game_win_gold_total").labels(game).inc(win)
    counter("game_reference_win_gold_total").labels(game).inc(row.get("reference_win", win))
    counter("game_expected_win_gold_total").labels(game).inc(
        row.get("expected_win", expected_return(game) * bet)
    )
    counter("game_return_variance_total").labels(game).inc(payout_variance(game) * bet * bet)
    gauge("game_rtp_expected_ratio").labels(game).set(expected_return(game))
    totals = _totals[game]
    totals[0] += bet
    totals[1] += win
    gauge("game_rtp_ratio").labels(game).set(totals[1] / totals[0])
    if game == "gacha":
        gauge("gacha_realised_return_ratio").set(totals[1] / totals[0])


def reference_win(bet_amount: int, crash_points: int) -> int:
    """What a round of crash pays whoever leaves at the reference point."""
    return payout(bet_amount, CRASH_REFERENCE_POINTS) if crash_points >= CRASH_REFERENCE_POINTS else 0
