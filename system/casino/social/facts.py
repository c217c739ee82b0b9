"""What is told to a player's followers, and how their sockets hear it."""

from typing import Any

from casino.kit.outbox import Fact

FOLLOWER_TOLD = "social.follower_told"
FOLLOWER_TOLD_MESSAGES = 1


def messages(fact: Fact) -> list[tuple[str, dict[str, Any]]]:
    """The socket message of a follower: who did what."""
    return [("feed_event", fact.data)]
