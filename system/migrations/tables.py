"""Imports every room's tables, so that the metadata is whole."""

from casino.admin import models as admin
from casino.games import models as games
from casino.home import models as home
from casino.identity import models as identity
from casino.kit import models as kit
from casino.notifications import models as notifications
from casino.shop import models as shop
from casino.social import models as social
from casino.wallet import models as wallet

ALL = (kit, identity, wallet, games, shop, social, home, notifications, admin)
