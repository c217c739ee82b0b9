"""What the games tell the world, and how a player's socket hears it."""

from collections.abc import Mapping
from typing import Any

from casino.kit.clock import rfc3339
from casino.kit.outbox import Fact

ROUND_SETTLED = "games.round_settled"
ROUND_MESSAGES = 4
CRASH_STARTED = "games.crash_started"
CRASH_STARTED_MESSAGES = 2
SESSION_ENDED = "games.session_ended"
SESSION_ENDED_MESSAGES = 1

_ACTION = {"slot": "SLOT_SPIN", "rps": "RPS_PLAY", "gacha": "GACHA_PULL", "crash": "CRASH_ROUND"}


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


def crash_started_messages(fact: Fact) -> list[tuple[str, dict[str, Any]]]:
    """The socket messages of a crash round that began: its stake is gone, its end is open."""
    return [
        ("game_event", fact.data),
        ("profile_update", {"changes": {"gold_balance": fact.data["balance"]}}),
    ]


def session_ended_messages(fact: Fact) -> list[tuple[str, dict[str, Any]]]:
    """The socket message of a sitting that ended."""
    return [("session_end", fact.data)]


def counts(fact: Fact) -> Mapping[str, int]:
    """What a settled round counts for: sums (`plays`, `wins`, `wagered` …), and bests (`best_win` …)."""
    data = fact.data
    game, win = data["game_type"], data["win_amount"]
    won = data["outcome"] == "win"
    return {
        "plays": 1,
        f"plays:{game}": 1,
        "wagered": data["bet_amount"],
        "best_multiplier": int(data["multiplier"]),
        **({"wins": 1, f"wins:{game}": 1, "gold_won": win, "best_win": win} if won else {}),
    }
