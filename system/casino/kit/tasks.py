"""Background loops of a process: started together, restarted when they fail, cancelled together."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any

import structlog

log = structlog.get_logger(__name__)
RESTART_SECONDS = 1.0
CANCEL_AGAIN_SECONDS = 0.2

Loop = Callable[[], Coroutine[Any, Any, None]]


@asynccontextmanager
async def running(loops: Mapping[str, Loop]) -> AsyncIterator[None]:
    """Runs the loops while the block lasts."""
    tasks = [asyncio.create_task(_kept_running(name, loop), name=name) for name, loop in loops.items()]
    try:
        yield
    finally:
        await cancel(set(tasks))


async def cancel(tasks: set[asyncio.Task[None]]) -> None:
    """Cancels until each task has ended: a client library may take a cancellation for its own timeout.

    So may one of ours that waits here for its own tasks: it is heeded once they have ended.
    """
    interrupted: asyncio.CancelledError | None = None
    while tasks:
        for task in tasks:
            task.cancel()
        try:
            await asyncio.wait(tasks, timeout=CANCEL_AGAIN_SECONDS)
        except asyncio.CancelledError as again:
            interrupted = again
        tasks = {task for task in tasks if not task.done()}
    if interrupted is not None:
        raise interrupted


async def _kept_running(name: str, loop: Loop) -> None:
    while True:
        try:
            await loop()
            return
        except Exception as error:
            # A loop outlives any dependency: it starts again, and the log says why it stopped.
            log.warning("loop_failed", loop=name, error=repr(error))
            await asyncio.sleep(RESTART_SECONDS)
