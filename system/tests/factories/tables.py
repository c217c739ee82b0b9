"""Tables at which the games are played, as the API makes them."""

from casino.games.deal_crash import CrashBetDealer
from casino.games.deal_gacha import GachaDealer
from casino.games.deal_instant import RpsDealer, SlotDealer
from casino.games.dealing import Dealer
from casino.games.rules.gacha import GACHA, GachaConfig
from casino.games.server_clock import ServerClock
from casino.games.service import Table
from casino.kit.database import Database


def a_table(
    database: Database,
    *,
    coalesce: bool = True,
    bonus_gold: int = 0,
    clock: ServerClock | None = None,
    gacha: GachaConfig = GACHA,
) -> Table:
    """A table with every game on it; crash needs a clock that was read."""
    dealers: list[Dealer] = [
        SlotDealer(lambda: bonus_gold),
        RpsDealer(lambda: bonus_gold),
        GachaDealer(lambda: bonus_gold, gacha),
        CrashBetDealer(clock or ServerClock(database)),
    ]
    return Table(database, dealers, rows_max=64, lanes=2, coalesce=coalesce)
