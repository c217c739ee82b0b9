"""Tombstones outside the database: what a backup from before an erasure brings back is known, and erased again."""

import os
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import orjson


class TombstonesBroken(Exception):
    """The file is not what the worker wrote; the message says where."""


class Tombstone(NamedTuple):
    """An erased account. Its number alone could be another's in another database; with its beginning it is not."""

    user_id: int
    account_created_at: datetime


class TombstoneFile:
    """The file at `path`, a JSON object a line: `{"user_id", "account_created_at"}`. One process writes at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> set[Tombstone]:
        """Every tombstone; none without a file. Raises TombstonesBroken."""
        return {stone for stone, _ in self._lines()}

    def append(self, stones: Collection[Tombstone]) -> None:
        """Adds tombstones behind the last whole line; they are on disk when it returns."""
        whole = sum(size for _, size in self._lines())
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(mode=0o600)
        with self._path.open("ab") as file:
            file.truncate(whole)
            for stone in sorted(stones):
                file.write(orjson.dumps(stone._asdict()) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _lines(self) -> Iterator[tuple[Tombstone, int]]:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                if not raw.endswith(b"\n"):
                    # A crash in the middle of a write left it; the database has it still.
                    return
                yield self._stone(number, raw), len(raw)

    def _stone(self, number: int, raw: bytes) -> Tombstone:
        try:
            line = orjson.loads(raw)
            return Tombstone(int(line["user_id"]), datetime.fromisoformat(line["account_created_at"]))
        except (ValueError, KeyError, TypeError) as error:
            raise TombstonesBroken(f"line {number} of {self._path.name} cannot be read") from error
