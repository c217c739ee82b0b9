"""How sockets hear each type of fact: every room's own map, gathered for whoever delivers them."""

from casino.games import facts as games
from casino.home import facts as home
from casino.realtime.service import Expander
from casino.wallet import facts as wallet

MESSAGES: dict[str, Expander] = {
    wallet.GOLD_MOVED: wallet.messages,
    games.ROUND_SETTLED: games.messages,
    home.ACTION_LOGGED: home.messages,
}
