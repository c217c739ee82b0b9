"""The public figures as server-sent events: one source for all listeners, bounded, and over when the process stops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.responses import StreamingResponse

from casino.home.figures import PublicFigures
from casino.kit.errors import Unavailable
from casino.kit.metrics import gauge

STREAMS_MAX = 1_000
RETURN_MILLISECONDS = 3_000


class EventStream(StreamingResponse):
    """Server-sent events (WHATWG HTML, 9.2); nothing on the way may keep or hold them."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncIterator[str]) -> None:
        super().__init__(events, headers={"cache-control": "no-store", "x-accel-buffering": "no"})


class FigureStreams:
    """The open streams of one process."""

    def __init__(self, figures: PublicFigures) -> None:
        self._figures = figures
        self._open = 0
        self._closing = asyncio.Event()

    def open(self, interval_seconds: int) -> AsyncIterator[str]:
        """The events of one listener; Unavailable when too many listen."""
        if self._open >= STREAMS_MAX or self._closing.is_set():
            raise Unavailable(
                "Too many streams are open here; ask /api/metrics/global.", retry_after_seconds=30
            )
        return self._events(interval_seconds)

    async def close(self) -> None:
        """Ends every stream; their clients come back by themselves, to another process."""
        self._closing.set()

    async def _events(self, interval_seconds: int) -> AsyncIterator[str]:
        self._open += 1
        gauge("metrics_streams_open").set(self._open)
        try:
            yield f"retry: {RETURN_MILLISECONDS}\n\n"
            while not self._closing.is_set():
                figures = await self._figures.read()
                yield f"event: metrics\ndata: {figures.model_dump_json()}\n\n"
                with suppress(TimeoutError):
                    async with asyncio.timeout(interval_seconds):
                        await self._closing.wait()
        finally:
            self._open -= 1
            gauge("metrics_streams_open").set(self._open)
