"""Counts what the games settle: rounds, gold, the return, and how far it strays from what the tables promise."""

from collections import defaultdict
from functools import cache
from typing import Any

from casino.games.rules.crash import CRASH, POINTS_A_UNIT
from casino.games.rules.gacha import GACHA
from casino.games.rules.rps import RPS
from casino.games.rules.slot import SLOT, outcome
from casino.kit.metrics import counter, gauge, histogram

_totals: dict[str, list[int]] = defaultdict(lambda: [0, 0])


@cache
def expected_return(game: str) -> float:
    """The return of a game by its table. Of crash, the same wherever one leaves."""
    returns = {
        "slot": SLOT.exact_return,
        "rps": RPS.exact_return,
        "gacha": GACHA.exact_return,
        "crash": lambda: CRASH.exact_return(POINTS_A_UNIT),
    }
    return float(returns[game]())


def batch(game: str, rows: int) -> None:
    """So many requests were settled by one statement."""
    histogram("settlement_batch_rows").labels(game).observe(rows)


def settled(row: dict[str, Any]) -> None:
    """A row moved. The rows of rounds that only began have no outcome yet and are not counted."""
    if "won" not in row:
        return
    game, bet, win = row["game_type"], row["bet_amount"], row["win_amount"]
    expected = expected_return(game)
    counter("game_rounds_total").labels(game, outcome(bet, win)).inc()
    counter("game_bet_gold_total").labels(game).inc(bet)
    counter("game_win_gold_total").labels(game).inc(win)
    counter("game_return_deviation_squared_total").labels(game).inc((win - expected * bet) ** 2)
    gauge("game_rtp_expected_ratio").labels(game).set(expected)
    totals = _totals[game]
    totals[0] += bet
    totals[1] += win
    gauge("game_rtp_ratio").labels(game).set(totals[1] / totals[0])
    if game == "gacha":
        gauge("gacha_realised_return_ratio").set(totals[1] / totals[0])
