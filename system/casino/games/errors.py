"""What the games refuse."""

from casino.kit.errors import Conflict, NotFound, TooManyRequests, Unavailable, Unprocessable


class RoundNotFound(NotFound):
    code, title = "round_not_found", "No such round"


class SeedNotRevealed(Conflict):
    code, title = "seed_not_revealed", "Seed not revealed yet"


class DailyGachaLimit(TooManyRequests):
    code, title = "daily_gacha_limit", "No pulls left today"


class RoundActive(Conflict):
    code, title = "round_active", "A round is still running"


class AlreadyCrashed(Conflict):
    code, title = "already_crashed", "The curve had already crashed"


class NoActiveRound(NotFound):
    code, title = "no_active_round", "No such round is running"


class ClockAdrift(Unavailable):
    code, title = "clock_adrift", "The clock cannot be trusted"


class SessionNotFound(NotFound):
    code, title = "session_not_found", "No such sitting"


class GameClosed(Unavailable):
    code, title = "game_closed", "This game is closed"


class StakeOutOfLimits(Unprocessable):
    code, title = "stake_out_of_limits", "Stake out of limits"


class UnfitLimits(Unprocessable):
    code, title = "unfit_limits", "Limits the game cannot have"
