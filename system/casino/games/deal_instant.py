"""The games whose rounds need nothing but a draw: the slot machine, and rock, paper, scissors."""

from collections.abc import Callable, Sequence

import asyncpg

from casino.games.dealing import Bet, Dealt, Draw, SettlementRow, round_row
from casino.games.rules import rps, slot
from casino.games.settle_rounds import SETTLE_ROUNDS


class SlotDealer:
    """Three reels."""

    game_type = "slot"
    settlement = SETTLE_ROUNDS

    def __init__(self, bonus_gold: Callable[[], int]) -> None:
        self._bonus_gold = bonus_gold

    async def read(self, connection: asyncpg.Connection, bets: Sequence[Bet]) -> None:
        """A spin depends on nothing else."""

    def deal(self, bet: Bet, draw: Draw, _: None) -> SettlementRow:
        """Spins the reels."""
        spin = slot.spin(slot.SLOT, draw.words())
        shown = {
            "reels": slot.window(slot.SLOT, spin.stops),
            "stops": spin.stops,
            "symbols": spin.symbols,
        }
        dealt = Dealt(
            win_amount=bet.bet_amount * spin.multiplier,
            multiplier=spin.multiplier,
            config_version=slot.SLOT.version,
            result={"stops": spin.stops, "symbols": spin.symbols},
            shown=shown,
            told={"symbols": spin.symbols},
        )
        return round_row(bet, draw, dealt, bonus_gold=self._bonus_gold())


class RpsDealer:
    """Two hands; `bet.asked` is the player's. `forced` makes every outcome the same, for tests of other things."""

    game_type = "rps"
    settlement = SETTLE_ROUNDS

    def __init__(self, bonus_gold: Callable[[], int], *, forced: str | None = None) -> None:
        self._bonus_gold = bonus_gold
        self._forced = forced

    async def read(self, connection: asyncpg.Connection, bets: Sequence[Bet]) -> None:
        """A showdown depends on nothing else."""

    def deal(self, bet: Bet, draw: Draw, _: None) -> SettlementRow:
        """Shows both hands."""
        if self._forced is None:
            shown = rps.play(rps.RPS, bet.asked, draw.words())
        else:
            shown = rps.showdown(rps.RPS, bet.asked, self._forced)
        hands = {"choice": bet.asked, "server_move": shown.server_move}
        dealt = Dealt(
            win_amount=bet.bet_amount * shown.multiplier,
            multiplier=shown.multiplier,
            config_version=rps.RPS.version,
            result=hands if self._forced is None else hands | {"forced": True},
            shown=hands,
            told=hands,
        )
        return round_row(bet, draw, dealt, bonus_gold=self._bonus_gold())
