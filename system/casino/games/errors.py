"""What the games refuse."""

from casino.kit.errors import Conflict, NotFound, Unprocessable


class BetOutOfRange(Unprocessable):
    code, title = "bet_out_of_range", "Bet out of range"


class RoundNotFound(NotFound):
    code, title = "round_not_found", "No such round"


class GameNotFound(NotFound):
    code, title = "game_not_found", "No such game"


class SeedNotRevealed(Conflict):
    code, title = "seed_not_revealed", "Seed not revealed yet"
