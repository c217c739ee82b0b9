"""What events and missions tell the world, and how a player's socket hears it."""

from collections.abc import Mapping
from typing import Any

from casino.kit.outbox import Fact

EVENT_JOINED = "events.joined"
EVENT_PROGRESSED = "events.progressed"
MISSION_PROGRESSED = "events.mission_progressed"


def joined_messages(fact: Fact) -> list[tuple[str, dict[str, Any]]]:
    """The socket message of joining an event, as (type, data)."""
    data = fact.data
    told = {"event_code": data["event_code"], "progress": 0, "target": data["target"], "claimable": False}
    return [("event_progress", told)]


def event_messages(fact: Fact) -> list[tuple[str, dict[str, Any]]]:
    """A socket message for each event that moved, as (type, data)."""
    return [("event_progress", moved) for moved in fact.data["progress"]]


def mission_messages(fact: Fact) -> list[tuple[str, dict[str, Any]]]:
    """A socket message for each mission that moved, as (type, data)."""
    return [("mission_progress", moved) for moved in fact.data["progress"]]


def joined_counts(_: Fact) -> Mapping[str, int]:
    """What joining counts for."""
    return {"events_joined": 1}
