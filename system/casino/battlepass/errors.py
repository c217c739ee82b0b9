"""What the battle pass refuses."""

from casino.kit.errors import Conflict, NotFound


class NoSeason(NotFound):
    """No season is running."""

    code, title = "no_season", "No season"


class LevelNotFound(NotFound):
    code, title = "battlepass_level_not_found", "No such level"


class LevelNotReached(Conflict):
    """Carries ``xp`` and ``needed``."""

    code, title = "level_not_reached", "Level not reached"


class AlreadyClaimed(Conflict):
    code, title = "already_claimed", "Already claimed"


class AlreadyPremium(Conflict):
    code, title = "already_premium", "Already premium"
