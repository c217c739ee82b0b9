"""Background loops end when their process does."""

import asyncio
import contextlib

from casino.kit.tasks import running


async def test_a_swallowed_cancellation_does_not_keep_a_process_alive() -> None:
    """A loop that takes the first cancellation for a timeout of its own is cancelled again."""
    ended = asyncio.Event()

    async def deaf_once() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async with asyncio.timeout(5), running({"deaf": deaf_once}):
        await asyncio.sleep(0)
    assert ended.is_set()
