"""Where each type of fact goes: every room's own words for the sockets, and the domain whose topic carries it."""

from casino.games import facts as games
from casino.home import facts as home
from casino.identity import facts as identity
from casino.notifications import facts as notifications
from casino.realtime.service import Announcer, Expander
from casino.shop import facts as shop
from casino.social import facts as social
from casino.wallet import facts as wallet

MESSAGES: dict[str, Expander] = {
    wallet.GOLD_MOVED: wallet.messages,
    games.ROUND_SETTLED: games.messages,
    games.CRASH_STARTED: games.crash_started_messages,
    games.SESSION_ENDED: games.session_ended_messages,
    social.FOLLOWER_TOLD: social.messages,
    home.ACTION_LOGGED: home.messages,
    notifications.NOTIFIED: notifications.messages,
    shop.PURCHASE_UPDATED: shop.messages,
    shop.FRAUD_DECIDED: shop.fraud_messages,
}
ANNOUNCERS: dict[str, Announcer] = {notifications.BROADCAST: notifications.announcement}
DOMAINS: dict[str, str] = {
    wallet.GOLD_MOVED: "rewards",
    games.ROUND_SETTLED: "rounds",
    games.CRASH_STARTED: "crash",
    games.SESSION_ENDED: "sittings",
    social.FOLLOWER_TOLD: "feed",
    home.ACTION_LOGGED: "actions",
    identity.SECURITY_NOTED: "security",
    notifications.NOTIFIED: "notifications",
    notifications.BROADCAST: "broadcasts",
    shop.PURCHASE_UPDATED: "purchases",
    shop.FRAUD_DECIDED: "fraud",
}
