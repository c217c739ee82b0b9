"""What the clients say happened: their own records of every request, answer and socket message."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HISTORY_FILES = "history-*.jsonl"
BALANCE = "balance"
_FIGURES = ("bet_amount", "win_amount", "bonus_gold", "balance")


class HistoryError(Exception):
    """The recorded histories are missing or cannot be read."""


@dataclass(frozen=True, slots=True)
class Op:
    """One request. `status` 0: no answer came. The round's members are None unless it was settled.

    `balance` is what a settled round left, or what a look at the own balance showed.
    """

    client: str
    user_id: int | None
    step: str
    status: int
    started: float
    ended: float
    key: str | None = None
    request: Mapping[str, Any] | None = None
    replayed: bool = False
    round_id: str | None = None
    bet_amount: int | None = None
    win_amount: int | None = None
    bonus_gold: int | None = None
    balance: int | None = None

    @property
    def served(self) -> bool:
        """Answered, and not by a server error."""
        return 0 < self.status < 500

    @property
    def bets(self) -> bool:
        """Whether the request asked for a round."""
        return self.key is not None and self.request is not None and "bet_amount" in self.request

    @property
    def buys(self) -> bool:
        """Whether the request asked for a payment."""
        return self.key is not None and self.request is not None and "product_id" in self.request

    @property
    def shows_balance(self) -> bool:
        """Whether it was a look at the own balance."""
        return self.step == BALANCE and self.status == 200


@dataclass(frozen=True, slots=True)
class Message:
    """One socket message; `number` is the user's event number, None for what is outside the sequence."""

    client: str
    user_id: int
    number: int | None
    type: str
    received: float
    round_id: str | None = None


@dataclass(frozen=True, slots=True)
class SocketChange:
    """A socket that was opened, closed (by the other side), cut (by its own client) or refused.

    `code` is the one that a close came with, None where none came.
    """

    client: str
    user_id: int | None
    event: str
    at: float
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Histories:
    """All clients' records, each kind in the order in which it was written."""

    ops: tuple[Op, ...] = ()
    messages: tuple[Message, ...] = ()
    sockets: tuple[SocketChange, ...] = ()

    def messages_by_user(self) -> dict[int, list[Message]]:
        """Numbered messages of each user that had a socket, in the order in which they came."""
        heard: dict[int, list[Message]] = {
            change.user_id: [] for change in self.sockets if change.user_id is not None
        }
        for message in self.messages:
            if message.number is not None:
                heard.setdefault(message.user_id, []).append(message)
        return heard


@dataclass(slots=True)
class _Reader:
    ops: list[Op] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    sockets: list[SocketChange] = field(default_factory=list)

    def take(self, line: Mapping[str, Any]) -> None:
        who = {"client": line["client"], "user_id": line["user_id"]}
        if line["record"] == "op":
            plain = {name: line[name] for name in ("step", "status", "started", "ended")}
            names = ("key", "request", "replayed", "round_id", *_FIGURES)
            self.ops.append(Op(**who, **plain, **{name: line[name] for name in names if name in line}))
        elif line["record"] == "message":
            told = {"number": line["id"], "type": line["type"], "received": line["received"]}
            # The snapshot carries the position it was taken at, not an event of its own.
            if told["type"] == "initial_state":
                told["number"] = None
            self.messages.append(Message(**who, **told, round_id=line.get("round_id")))
        else:
            self.sockets.append(
                SocketChange(**who, event=line["event"], at=line["at"], code=line.get("code"))
            )


def read(directory: Path) -> Histories:
    """Every `history-*.jsonl` of `directory`; raises HistoryError when there is nothing to read."""
    reader = _Reader()
    for path in sorted(directory.glob(HISTORY_FILES)):
        _read_file(path, reader)
    if not reader.ops:
        raise HistoryError(f"no client wrote any request in {directory}/{HISTORY_FILES}")
    return Histories(tuple(reader.ops), tuple(reader.messages), tuple(reader.sockets))


def _read_file(path: Path, reader: _Reader) -> None:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(_whole(lines), start=1):
            try:
                reader.take(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise HistoryError(f"{path}:{number} cannot be read: {error!r}") from error


def _whole(lines: Iterable[str]) -> Iterable[str]:
    return (line for line in lines if line.endswith("\n"))
