"""What streaks refuse."""

from casino.kit.errors import Conflict


class AlreadyClaimed(Conflict):
    """Today's reward was given; carries ``next_claim_at``."""

    code, title = "already_claimed", "Already claimed"
