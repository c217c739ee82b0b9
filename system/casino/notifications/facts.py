"""What notifications tell the world, and how sockets hear it."""

from typing import Any

from casino.kit.outbox import Fact

NOTIFIED = "notifications.notified"
NOTIFIED_MESSAGES = 1
BROADCAST = "notifications.broadcast"
"""Has no number of anybody's: who is connected hears it, everybody has it in the inbox."""

_SHOWN = ("kind", "title", "body", "data")


def messages(fact: Fact) -> list[tuple[str, dict[str, Any]]]:
    """The socket message of a notification to one user, as (type, data)."""
    return [("notification", announcement(fact))]


def announcement(fact: Fact) -> dict[str, Any]:
    """What a socket is told of a notification or of a broadcast."""
    return {name: fact.data[name] for name in _SHOWN}
