"""Imports every room's tables, so that the metadata is whole."""

from casino.achievements import models as achievements
from casino.admin import models as admin
from casino.analytics import models as analytics
from casino.battlepass import models as battlepass
from casino.events import models as events
from casino.games import models as games
from casino.home import models as home
from casino.identity import models as identity
from casino.kit import models as kit
from casino.notifications import models as notifications
from casino.rewards import models as rewards
from casino.shop import models as shop
from casino.social import models as social
from casino.streaks import models as streaks
from casino.vip import models as vip
from casino.wallet import models as wallet

ALL = (
    kit,
    identity,
    wallet,
    rewards,
    games,
    shop,
    social,
    streaks,
    events,
    achievements,
    battlepass,
    vip,
    home,
    notifications,
    admin,
    analytics,
)
