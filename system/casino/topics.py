"""Which domain each type of fact belongs to, and so which topic: every room's facts, gathered for the publisher."""

from casino.games import facts as games
from casino.home import facts as home
from casino.wallet import facts as wallet

DOMAINS: dict[str, str] = {
    games.ROUND_SETTLED: "rounds",
    home.ACTION_LOGGED: "actions",
    wallet.GOLD_MOVED: "rewards",
}
