"""Background loops end when their process does."""

import asyncio
import contextlib

from casino.kit.tasks import cancel, running


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


async def test_loops_within_a_loop_end_before_it() -> None:
    """A loop that is cancelled again while it ends its own loops leaves none of them behind."""
    ended = asyncio.Event()

    async def deaf_twice() -> None:
        for _ in range(2):
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(60)
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async def outer() -> None:
        async with running({"inner": deaf_twice}):
            await asyncio.sleep(60)

    task = asyncio.create_task(outer())
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await cancel({task})
    assert task.cancelled() and ended.is_set()
