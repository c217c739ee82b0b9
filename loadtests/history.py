"""What every client asked, was answered and received, written down for whoever audits the run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson

_BUFFER_BYTES = 1 << 20


def clear(directory: Path) -> None:
    """Remove what an earlier run recorded, so that no reader takes it for this one's."""
    for path in directory.glob("history-*.jsonl"):
        path.unlink()


class History:
    """Append-only JSON lines of one generator process, `history-<generator>.jsonl`.

    Each line has `record` (op, message or socket), `client` and `user_id`; the README lists the members.
    """

    def __init__(self, directory: Path, generator: int) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.path = directory / f"history-{generator}.jsonl"
        self._file = self.path.open("wb", buffering=_BUFFER_BYTES)
        self.lines = 0

    def write(self, line: Mapping[str, Any]) -> None:
        """Append one line."""
        self._file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        self.lines += 1

    def flush(self) -> None:
        """Push what was written so far to the file, for a reader that cannot wait for the end."""
        self._file.flush()

    def close(self) -> None:
        """Write the rest and close the file."""
        self._file.close()

    def __enter__(self) -> History:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
