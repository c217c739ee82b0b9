"""Jobs that wait at the same moment are done by one call, without one job ever failing another."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from casino.kit.errors import Unavailable

Job = TypeVar("Job")
Answer = TypeVar("Answer")
Settle = Callable[[Sequence[Job]], Awaitable[Sequence[Answer]]]

# Two seconds in all: longer than a consumer that catches up holds a wallet.
TRIES_MAX = 14
PAUSE_SECONDS_MAX = 0.25


class Coalescer(Generic[Job, Answer]):
    """Gathers jobs by key and hands them to `settle` in batches of distinct keys.

    At most `lanes` batches run at a time, each of at most `rows_max` jobs; jobs of one key run one after another, in
    order of arrival, and never in two batches at once. A job whose caller went away is still done. More than
    `waiting_max` jobs waiting is answered 503.
    """

    def __init__(
        self, settle: Settle[Job, Answer], *, rows_max: int, lanes: int, waiting_max: int = 10_000
    ) -> None:
        self._settle = settle
        self._rows_max = rows_max
        self._free_lanes = lanes
        self._waiting_max = waiting_max
        self._waiting_count = 0
        self._queues: dict[int, deque[tuple[Job, asyncio.Future[Answer]]]] = {}
        self._ready: deque[int] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._woken = False

    async def submit(self, key: int, job: Job) -> Answer:
        """The answer to this job; raises what `settle` raised when the whole batch failed."""
        if self._waiting_count >= self._waiting_max:
            raise Unavailable("Too many requests are waiting; try again in a second.", retry_after_seconds=1)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        queue = self._queues.get(key)
        if queue is None:
            self._queues[key] = queue = deque()
            self._ready.append(key)
        queue.append((job, answer))
        self._waiting_count += 1
        if not self._woken and self._free_lanes:
            # Jobs that arrive in this turn of the loop still join the batch.
            self._woken = True
            loop.call_soon(self._start_lanes)
        return await answer

    def _start_lanes(self) -> None:
        self._woken = False
        while self._ready and self._free_lanes:
            self._free_lanes -= 1
            task = asyncio.create_task(self._run_lane())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run_lane(self) -> None:
        try:
            while self._ready:
                keys = [self._ready.popleft() for _ in range(min(self._rows_max, len(self._ready)))]
                batch = [self._queues[key].popleft() for key in keys]
                self._waiting_count -= len(batch)
                await self._run_batch(batch)
                for key in keys:
                    if self._queues[key]:
                        self._ready.append(key)
                    else:
                        del self._queues[key]
        finally:
            self._free_lanes += 1

    async def _run_batch(self, batch: list[tuple[Job, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._settle([job for job, _ in batch])
            assert len(answers) == len(batch), "settle answers each job"
        except Exception as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            if not future.done():
                future.set_result(answer)

    async def drain(self) -> None:
        """Waits until every job taken so far is done."""
        while self._queues or self._tasks:
            # A lane that was only just called for has no task yet: let it start.
            await asyncio.sleep(0)
            if self._tasks:
                await asyncio.wait(set(self._tasks))


async def tries() -> AsyncIterator[None]:
    """The tries of a job whose row may be locked by another; they stop, with ever longer pauses, at `TRIES_MAX`."""
    yield
    for number in range(1, TRIES_MAX):
        await asyncio.sleep(min(PAUSE_SECONDS_MAX, 0.002 * 2**number))
        yield
