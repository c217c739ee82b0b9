"""Where each type of fact goes: every room's own words for the sockets, the domain whose topic carries it,
and what it counts for."""

from casino.achievements import facts as achievements
from casino.battlepass import facts as battlepass
from casino.events import facts as events
from casino.games import facts as games
from casino.home import facts as home
from casino.identity import facts as identity
from casino.kit.measures import Count
from casino.notifications import facts as notifications
from casino.realtime.service import Announcer, Expander
from casino.rewards import facts as rewards
from casino.shop import facts as shop
from casino.social import facts as social
from casino.streaks import facts as streaks
from casino.vip import facts as vip
from casino.wallet import facts as wallet

MESSAGES: dict[str, Expander] = {
    wallet.GOLD_MOVED: wallet.messages,
    games.ROUND_SETTLED: games.messages,
    games.CRASH_STARTED: games.crash_started_messages,
    games.SESSION_ENDED: games.session_ended_messages,
    social.FOLLOWER_TOLD: social.messages,
    home.ACTION_LOGGED: home.messages,
    rewards.REWARD_GRANTED: rewards.messages,
    streaks.STREAK_MOVED: streaks.messages,
    events.EVENT_JOINED: events.joined_messages,
    events.EVENT_PROGRESSED: events.event_messages,
    events.MISSION_PROGRESSED: events.mission_messages,
    achievements.ACHIEVEMENT_PROGRESSED: achievements.messages,
    battlepass.PASS_PROGRESSED: battlepass.messages,
    battlepass.PREMIUM_BOUGHT: battlepass.premium_messages,
    vip.RANK_REACHED: vip.messages,
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
    rewards.REWARD_GRANTED: "grants",
    streaks.STREAK_MOVED: "progress",
    events.EVENT_JOINED: "progress",
    events.EVENT_PROGRESSED: "progress",
    events.MISSION_PROGRESSED: "progress",
    achievements.ACHIEVEMENT_PROGRESSED: "progress",
    battlepass.PASS_PROGRESSED: "progress",
    battlepass.PREMIUM_BOUGHT: "progress",
    vip.RANK_REACHED: "progress",
    identity.SECURITY_NOTED: "security",
    notifications.NOTIFIED: "notifications",
    notifications.BROADCAST: "broadcasts",
    shop.PURCHASE_UPDATED: "purchases",
    shop.FRAUD_DECIDED: "fraud",
}
COUNTS: dict[str, Count] = {
    games.ROUND_SETTLED: games.counts,
    rewards.REWARD_GRANTED: rewards.counts,
    streaks.STREAK_MOVED: streaks.counts,
    events.EVENT_JOINED: events.joined_counts,
    achievements.ACHIEVEMENT_PROGRESSED: achievements.counts,
    shop.PURCHASE_UPDATED: shop.counts,
}
