"""What rewards tell the world, and how a player's socket hears it."""

from collections.abc import Mapping
from typing import Any

from casino.kit.outbox import Fact

REWARD_GRANTED = "rewards.granted"
REWARD_MESSAGES = 2


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
    return [("reward_granted", reward), ("profile_update", {"changes": changes})]


def counts(fact: Fact) -> Mapping[str, int]:
    """What a reward counts for: `rewards` and, by its source, `rewards:mission`; the level it led to."""
    return {"rewards": 1, f"rewards:{fact.data['source']}": 1, "level": fact.data["level"]}
