"""What the games refuse."""

from casino.kit.errors import Conflict, NotFound


class RoundNotFound(NotFound):
    code, title = "round_not_found", "No such round"


class SeedNotRevealed(Conflict):
    code, title = "seed_not_revealed", "Seed not revealed yet"
