"""The coalescer keeps each key in order, never mixes a key into two batches, and fails nobody for another."""

import asyncio
from collections.abc import Sequence

import pytest

from casino.kit.coalescer import Coalescer
from casino.kit.errors import Unavailable


async def test_what_waits_together_is_done_together() -> None:
    """Jobs submitted in one turn of the loop are one batch of distinct keys."""
    batches: list[list[str]] = []

    async def settle(jobs: Sequence[str]) -> list[str]:
        batches.append(list(jobs))
        return [job.upper() for job in jobs]

    line: Coalescer[str, str] = Coalescer(settle, rows_max=64, lanes=2)
    answers = await asyncio.gather(*(line.submit(key, f"job{key}") for key in range(5)))
    assert answers == [f"JOB{key}" for key in range(5)]
    assert len(batches) == 1


async def test_one_key_is_never_in_two_batches_at_once() -> None:
    """Jobs of a key run one after another, in order, however many lanes there are."""
    running: set[int] = set()
    order: list[int] = []

    async def settle(jobs: Sequence[tuple[int, int]]) -> list[None]:
        keys = [key for key, _ in jobs]
        assert len(set(keys)) == len(keys)
        assert not running & set(keys)
        running.update(keys)
        await asyncio.sleep(0)
        order.extend(number for key, number in jobs if key == 1)
        running.difference_update(keys)
        return [None] * len(jobs)

    line: Coalescer[tuple[int, int], None] = Coalescer(settle, rows_max=3, lanes=4)
    await asyncio.gather(*(line.submit(number % 4, (number % 4, number)) for number in range(80)))
    assert order == [number for number in range(80) if number % 4 == 1]


async def test_a_failed_batch_fails_its_own_jobs_only() -> None:
    """Jobs of another batch are answered, and the line goes on."""

    async def settle(jobs: Sequence[int]) -> list[int]:
        if 0 in jobs:
            raise RuntimeError("planted")
        return list(jobs)

    line: Coalescer[int, int] = Coalescer(settle, rows_max=1, lanes=1)
    results = await asyncio.gather(*(line.submit(key, key) for key in range(3)), return_exceptions=True)
    assert isinstance(results[0], RuntimeError)
    assert results[1:] == [1, 2]


async def test_a_full_line_sheds() -> None:
    """More waiting jobs than the bound are refused with 503 and a time to come back."""

    async def settle(jobs: Sequence[int]) -> list[int]:
        await asyncio.sleep(0.01)
        return list(jobs)

    line: Coalescer[int, int] = Coalescer(settle, rows_max=1, lanes=1, waiting_max=2)
    results = await asyncio.gather(*(line.submit(1, number) for number in range(4)), return_exceptions=True)
    shed = [result for result in results if isinstance(result, Unavailable)]
    assert len(shed) == 2 and shed[0].retry_after_seconds == 1


async def test_drain_waits_for_everything_taken() -> None:
    """After drain nothing is under way, also what had only just been submitted."""
    done: list[int] = []

    async def settle(jobs: Sequence[int]) -> list[int]:
        await asyncio.sleep(0.005)
        done.extend(jobs)
        return list(jobs)

    line: Coalescer[int, int] = Coalescer(settle, rows_max=2, lanes=1)
    waiting = [asyncio.create_task(line.submit(1, number)) for number in range(5)]
    await asyncio.sleep(0)
    await line.drain()
    assert done == list(range(5))
    await asyncio.gather(*waiting)


@pytest.mark.parametrize("lanes", [1, 3])
async def test_a_cancelled_caller_does_not_stop_its_job(lanes: int) -> None:
    """The job of a caller that went away is done all the same."""
    done: list[int] = []

    async def settle(jobs: Sequence[int]) -> list[int]:
        await asyncio.sleep(0.005)
        done.extend(jobs)
        return list(jobs)

    line: Coalescer[int, int] = Coalescer(settle, rows_max=2, lanes=lanes)
    caller = asyncio.create_task(line.submit(1, 7))
    await asyncio.sleep(0)
    caller.cancel()
    await line.drain()
    assert done == [7]
