"""Draws a past round again: the one check behind the endpoint, the command line and the published test vectors."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from casino.games.rules import crash, gacha, rps, slot


@dataclass(frozen=True, slots=True)
class PastRound:
    """A settled round as anybody may know it: its game and the table's version, its gold, and its `result_meta`."""

    game_type: str
    config_version: int
    bet_amount: int
    win_amount: int
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Redrawn:
    """What the seed comes to, in the members of `result_meta`, and whether that is what was settled and paid."""

    drawn: dict[str, Any]
    matches: bool


def redraw(past: PastRound, stream: Iterator[int]) -> Redrawn:
    """The round again, from the words of its seeds and nonce; KeyError for a table that never was."""
    again = {"slot": _slot, "rps": _rps, "gacha": _gacha, "crash": _crash}[past.game_type]
    drawn, win_amount = again(past, stream)
    same = all(past.result.get(name) == value for name, value in drawn.items())
    return Redrawn(drawn, same and win_amount == past.win_amount)


def _slot(past: PastRound, stream: Iterator[int]) -> tuple[dict[str, Any], int]:
    spin = slot.spin(slot.VERSIONS[past.config_version], stream)
    return {
        "stops": list(spin.stops),
        "symbols": list(spin.symbols),
    }, past.bet_amount * spin.multiplier


def _rps(past: PastRound, stream: Iterator[int]) -> tuple[dict[str, Any], int]:
    choice = past.result["choice"]
    shown = rps.play(rps.VERSIONS[past.config_version], choice, stream)
    return {"choice": choice, "server_move": shown.server_move}, past.bet_amount * shown.multiplier


def _gacha(past: PastRound, stream: Iterator[int]) -> tuple[dict[str, Any], int]:
    config, stock = gacha.VERSIONS[past.config_version], past.result["stock_before"]
    count, pity = past.result["count"], past.result["pity_before"]
    pulled = gacha.pull(config, stream, count=count, pity=pity, stock=stock)
    return {"rarities": [item.rarity for item in pulled.items]}, pulled.reward


def _crash(past: PastRound, stream: Iterator[int]) -> tuple[dict[str, Any], int]:
    """The curve's end is drawn; where the player left is theirs, if before it. What leaves by itself must have paid."""
    config = crash.VERSIONS[past.config_version]
    end = crash.crash_points(config, stream)
    shown = max(end, crash.POINTS_A_UNIT) / crash.POINTS_A_UNIT
    left = _points(past.result["cashout_point"])
    by_itself = crash.auto_reached(config, end, _points(past.result.get("auto_cashout")))
    if by_itself is not None and (left is None or left > by_itself):
        left = by_itself
    elif past.result["status"] == crash.Status.EXPIRED:
        return {"crash_point": shown}, past.bet_amount
    paid = crash.payout(past.bet_amount, left) if left is not None and left <= end else 0
    return {"crash_point": shown}, paid


def _points(multiplier: float | None) -> int | None:
    return None if multiplier is None else round(multiplier * crash.POINTS_A_UNIT)
