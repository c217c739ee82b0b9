"""Shows how far a run has come: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

_LINE_SECONDS = 10.0


class Bar:
    """Progress over a known number of seconds, on standard error."""

    def __init__(self, title: str, seconds: float) -> None:
        self._title = title
        self._seconds = seconds
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
        self._task = self._bar.add_task(title, total=seconds, said="")

    def at(self, elapsed: float, said: str) -> None:
        """Show `elapsed` seconds and a few words."""
        elapsed = min(max(elapsed, 0.0), self._seconds)
        self._bar.update(self._task, completed=elapsed, said=said, refresh=True)
        if not self._terminal and elapsed >= self._line_due:
            self._line_due = elapsed + _LINE_SECONDS
            sys.stderr.write(f"{self._title}: {elapsed:.0f} of {self._seconds:.0f} s, {said}\n")

    def __enter__(self) -> Bar:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
