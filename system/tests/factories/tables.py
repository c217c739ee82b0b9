"""Tables at which the games are played, as the API makes them."""

from casino.games.deal_crash import CrashBetDealer
from casino.games.deal_gacha import GachaDealer
from casino.games.deal_instant import RpsDealer, SlotDealer
from casino.games.dealing import Dealer
from casino.games.rules.gacha import GACHA, GachaConfig
from casino.games.server_clock import ServerClock
from casino.games.service import GameConfigs, Table
from casino.kit.database import Database


def a_table(
    database: Database,
    *,
    coalesce: bool = True,
    bonus_gold: int = 0,
    clock: ServerClock | None = None,
    gacha: GachaConfig = GACHA,
    configs: GameConfigs | None = None,
) -> Table:
    """A table with every game on it, all of them open without `configs`; crash needs a clock that was read."""
    dealers: list[Dealer] = [
        SlotDealer(lambda: bonus_gold),
        RpsDealer(lambda: bonus_gold),
        GachaDealer(lambda: bonus_gold, gacha),
        CrashBetDealer(clock or ServerClock(database)),
    ]
    admit = (configs or GameConfigs(database)).admit
    return Table(database, dealers, admit=admit, rows_max=64, lanes=2, coalesce=coalesce)
