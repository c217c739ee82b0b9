"""What the home page tells the world: an action that a player's browser reported."""

from typing import Any

from casino.kit.clock import rfc3339
from casino.kit.outbox import Fact

ACTION_LOGGED = "home.action_logged"
ACTION_MESSAGES = 1


def messages(fact: Fact) -> list[tuple[str, dict[str, Any]]]:
    """The socket message of a reported action, as (type, data)."""
    return [("user_action", {**fact.data, "server_ts": rfc3339(fact.occurred_at)})]
