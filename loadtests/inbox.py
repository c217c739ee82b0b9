"""Socket messages of one player, held against the promise: each once, in order, none left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# A settled round reserves four event numbers and tells its story in this order.
_ROUND_STORY = ("game_event", "profile_update", "stats_update", "user_action")
# One that only begins, two: its end is told when it comes.
_START_STORY = ("game_event", "profile_update")


@dataclass(slots=True)
class Inbox:
    """What one player received. `last_id` is the resume token, None before the first position is known."""

    user_id: int | None
    last_id: int | None = None
    numbered: int = 0
    connections: int = 0
    resumed: int = 0
    _resuming: bool = False
    _story: dict[int, str] = field(default_factory=dict)
    _balance: Any = None
    _rounds: set[str] = field(default_factory=set)

    def open(self) -> int | None:
        """Begin a connection; returns the event number to resume after, None for a first connection."""
        self._resuming = self.last_id is not None
        self.connections += 1
        return self.last_id

    def take(self, message: Mapping[str, Any]) -> list[str]:
        """Account for one message; returns what is wrong with it (KeyError or TypeError: its shape)."""
        kind, number = message["type"], message["id"]
        if message["user_id"] not in (None, self.user_id):
            return [f"{kind} of user {message['user_id']} sent to {self.user_id}"]
        if kind == "sync_connected":
            return self._connected(message["data"])
        if kind == "initial_state":
            return self._snapshot(number)
        if kind == "error":
            return [f"the hub objects: {message['data']}"]
        if number is None:
            return []
        return self._numbered(number) + self._told(number, kind, message["data"])

    def _connected(self, data: Mapping[str, Any]) -> list[str]:
        if self._resuming and data["resumed"] is not True:
            return [f"resume after {self.last_id} refused"]
        self.resumed += self._resuming
        return []

    def _snapshot(self, position: int) -> list[str]:
        """A snapshot begins a history; in the midst of one it stands for events that were not replayed."""
        before, self.last_id = self.last_id, position
        if before is not None and position > before:
            return [f"events {before + 1} to {position} replaced by a snapshot"]
        return []

    def _numbered(self, number: int) -> list[str]:
        due = number if self.last_id is None else self.last_id + 1
        self.numbered += 1
        if number < due:
            return [f"event {number} again or late: {due} was due"]
        self.last_id = number
        return [] if number == due else [f"events {due} to {number - 1} left out"]

    def _told(self, number: int, kind: str, data: Mapping[str, Any]) -> list[str]:
        wrong = []
        due = self._story.pop(number, kind)
        if kind != due:
            wrong.append(f"event {number} is a {kind}, a {due} was due")
        if kind == "game_event":
            running = data.get("outcome") == "running"
            told = f"{data['round_id']} {'start' if running else 'end'}"
            if told in self._rounds:
                wrong.append(f"game_event of round {data['round_id']} twice")
            self._rounds.add(told)
            self._balance = data["balance"]
            story = _START_STORY if running else _ROUND_STORY
            self._story = {number + place: name for place, name in enumerate(story)}
            self._story.pop(number)
        elif kind == "profile_update" and number + 1 in self._story:
            shown = data["changes"]["gold_balance"]
            if shown != self._balance:
                wrong.append(f"profile_update shows {shown} gold after a round that left {self._balance}")
        return wrong
