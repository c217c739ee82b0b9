"""Shows how far a run has come: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

_LINE_SECONDS = 10.0


class Bar:
    """Progress towards a known number of seconds or of anything else, on standard error."""

    def __init__(self, title: str, total: float, unit: str) -> None:
        self._title = title
        self._total = total
        self._unit = unit
        self._line_due = 0.0
        self._terminal = sys.stderr.isatty()
        # Drawn only when told: a refreshing thread would compete with the load.
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[said]}"),
            console=Console(stderr=True),
            auto_refresh=False,
            disable=not self._terminal,
        )
        self._task = self._bar.add_task(title, total=total, said="")

    def at(self, done: float, said: str) -> None:
        """Show how much is done, and a few words."""
        done = min(max(done, 0.0), self._total)
        self._bar.update(self._task, completed=done, said=said, refresh=True)
        if not self._terminal and time.monotonic() >= self._line_due:
            self._line_due = time.monotonic() + _LINE_SECONDS
            sys.stderr.write(f"{self._title}: {done:.0f} of {self._total:.0f} {self._unit}, {said}\n")

    def __enter__(self) -> Bar:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
