"""Histories are read as the clients wrote them, or refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chaos import histories
from chaos.histories import HistoryError

OP = {
    "record": "op",
    "client": "0-0",
    "user_id": 7,
    "step": "spin",
    "method": "POST",
    "path": "/api/games/slot/spin",
    "status": 200,
    "intended": 1.0,
    "started": 1.0,
    "ended": 1.1,
    "key": "k1",
    "request": {"bet_amount": 10},
    "replayed": False,
    "error": None,
    "round_id": "r1",
    "bet_amount": 10,
    "win_amount": 0,
    "balance": 990,
}


def _message(number: int | None, kind: str = "user_action") -> dict[str, Any]:
    who = {"record": "message", "client": "0-0", "user_id": 7}
    return {**who, "id": number, "type": kind, "received": 1.2}


def _write(directory: Path, *lines: dict[str, Any], tail: str = "") -> None:
    text = "".join(json.dumps(line) + "\n" for line in lines) + tail
    (directory / "history-0.jsonl").write_text(text, encoding="utf-8")


def test_each_kind_of_record_is_read(tmp_path: Path) -> None:
    """The snapshot's position is no event of its own; a message without number is outside the sequence."""
    socket = {"record": "socket", "client": "0-0", "user_id": 7, "event": "opened", "at": 0.9, "after": None}
    messages = [_message(3, "initial_state"), _message(None, "notification"), _message(4)]
    _write(tmp_path, OP, socket, *messages)
    read = histories.read(tmp_path)
    assert (read.ops[0].round_id, read.ops[0].bets, read.sockets[0].event) == ("r1", True, "opened")
    assert [message.number for message in read.messages_by_user()[7]] == [4]


def test_a_line_cut_short_at_the_end_is_left_out(tmp_path: Path) -> None:
    """A client that was killed while it wrote."""
    _write(tmp_path, OP, tail='{"record": "op", "cli')
    assert len(histories.read(tmp_path).ops) == 1


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """An auditor that skips lines proves nothing."""
    _write(tmp_path, OP, {"record": "op"})
    with pytest.raises(HistoryError, match=r"history-0\.jsonl:2"):
        histories.read(tmp_path)


def test_no_history_is_refused(tmp_path: Path) -> None:
    """Without clients there is nothing to audit."""
    with pytest.raises(HistoryError, match="no client"):
        histories.read(tmp_path)
