"""What the games tell the world, and how a player's socket hears it."""

from typing import Any

from casino.kit.clock import rfc3339
from casino.kit.outbox import Fact

ROUND_SETTLED = "games.round_settled"
ROUND_MESSAGES = 4

_ACTION = {"slot": "SLOT_SPIN"}


def messages(fact: Fact) -> list[tuple[str, dict[str, Any]]]:
    """The socket messages of a settled round, as (type, data), one for each event number it reserved."""
    data = fact.data
    action = {
        "action_type": _ACTION[data["game_type"]],
        "context": {
            "round_id": data["round_id"],
            "bet_amount": data["bet_amount"],
            "win_amount": data["win_amount"],
        },
        "server_ts": rfc3339(fact.occurred_at),
    }
    game_event = {name: value for name, value in data.items() if name != "stats"}
    return [
        ("game_event", game_event),
        ("profile_update", {"changes": {"gold_balance": data["balance"]}}),
        ("stats_update", {"stats": data["stats"]}),
        ("user_action", action),
    ]
