"""What rewards tell the world, and how a player's socket hears it."""

from collections.abc import Mapping
from typing import Any

from casino.kit.clock import rfc3339
from casino.kit.outbox import Fact

REWARD_GRANTED = "rewards.granted"
# What a player took by their own hand, and how the log of actions names it; achievements come by themselves.
_CLAIMED = {
    "streak": "STREAK_CLAIM",
    "mission": "MISSION_CLAIM",
    "event": "EVENT_CLAIM",
    "battlepass": "PASS_CLAIM",
    "vip": "VIP_CLAIM",
    "code": "CODE_REDEEM",
}


def messages_of(source: str) -> int:
    """How many event numbers a reward of this source takes."""
    return 3 if source in _CLAIMED else 2


def messages(fact: Fact) -> list[tuple[str, dict[str, Any]]]:
    """The socket messages of a reward, as (type, data), one for each event number it reserved."""
    data = fact.data
    reward = {
        "reward_type": "gold",
        "amount": data["gold"],
        "source": data["source"],
        "balance_after": data["balance"],
    }
    changes = {"gold_balance": data["balance"], "exp": data["exp"], "level": data["level"]}
    told: list[tuple[str, dict[str, Any]]] = [
        ("reward_granted", reward),
        ("profile_update", {"changes": changes}),
    ]
    if data["source"] in _CLAIMED:
        told.append(("user_action", _action(fact)))
    return told


def _action(fact: Fact) -> dict[str, Any]:
    return {
        "action_type": _CLAIMED[fact.data["source"]],
        "context": {"source_key": fact.data["source_key"], "gold": fact.data["gold"]},
        "server_ts": rfc3339(fact.occurred_at),
    }


def counts(fact: Fact) -> Mapping[str, int]:
    """What a reward counts for: `rewards` and, by its source, `rewards:mission`; the level it led to."""
    return {"rewards": 1, f"rewards:{fact.data['source']}": 1, "level": fact.data["level"]}
