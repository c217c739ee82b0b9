"""Matches each settled round with its socket event, and times the way from commit to socket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from loadtests.exchange import Spin

_SHOWN = ("bet_amount", "win_amount", "multiplier", "balance")


@dataclass(frozen=True, slots=True)
class Delivery:
    """A round whose event arrived. `wrong` is what the event says otherwise than the answer did."""

    stage: str
    committed: float
    received: float
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Settled:
    stage: str
    sent: float
    answered: float
    round: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Received:
    timestamp: float
    received: float
    data: Mapping[str, Any]


@dataclass(slots=True)
class Deliveries:
    """Rounds of one player between answer and event, whichever comes first."""

    _settled: dict[str, _Settled] = field(default_factory=dict)
    _received: dict[str, _Received] = field(default_factory=dict)

    def settle(self, stage: str, spin: Spin, round_: Mapping[str, Any]) -> Delivery | None:
        """Note an answered spin; returns its delivery when the event was faster."""
        if spin.sent is None or spin.answered is None:
            raise ValueError(f"spin {spin.key} is not settled")
        self._settled[round_["round_id"]] = _Settled(stage, spin.sent, spin.answered, round_)
        return self._match(round_["round_id"])

    def receive(self, message: Mapping[str, Any], at: float) -> Delivery | None:
        """Note a game_event received `at`; returns its delivery when the answer was faster."""
        stamp = datetime.fromisoformat(message["timestamp"]).timestamp()
        self._received[message["data"]["round_id"]] = _Received(stamp, at, message["data"])
        return self._match(message["data"]["round_id"])

    def undelivered(self) -> dict[str, tuple[str, float]]:
        """(stage, answered at) of the rounds that were answered and never told, by round."""
        return {round_id: (settled.stage, settled.answered) for round_id, settled in self._settled.items()}

    def _match(self, round_id: str) -> Delivery | None:
        if round_id not in self._settled or round_id not in self._received:
            return None
        settled, received = self._settled.pop(round_id), self._received.pop(round_id)
        # The commit lies between the sending and the answer; held to that bracket, the event's own timestamp
        # can be used even where the clocks of client and server differ.
        committed = min(max(received.timestamp, settled.sent), settled.answered)
        wrong = tuple(
            f"event of round {round_id} shows {name} {received.data[name]}, its answer {settled.round[name]}"
            for name in _SHOWN
            if received.data[name] != settled.round[name]
        )
        return Delivery(settled.stage, committed, max(received.received, committed), wrong)
