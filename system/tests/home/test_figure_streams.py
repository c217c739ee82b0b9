"""The public figures as server-sent events: at once, again, bounded, and over when the process stops."""

import asyncio
import json

import httpx
import pytest

from casino.home import figure_streams
from casino.home.figure_streams import FigureStreams
from casino.home.figures import PublicFigures
from casino.kit.database import Database
from casino.kit.errors import Unavailable
from casino.kit.metrics import REGISTRY
from casino.kit.redis import RedisClient


async def three() -> int:
    """As many are online."""
    return 3


@pytest.fixture
def streams(database: Database, redis: RedisClient) -> FigureStreams:
    """The streams of a process of its own."""
    return FigureStreams(PublicFigures(database, redis, online=three))


def open_now() -> float | None:
    """The gauge."""
    return REGISTRY.get_sample_value("metrics_streams_open")


async def test_events_come_at_once_and_again(streams: FigureStreams) -> None:
    """First how soon to come back, then the figures, each as one event named metrics."""
    events = streams.open(0)
    assert await anext(events) == "retry: 3000\n\n"
    assert open_now() == 1
    for _ in range(2):
        name, data, end = (await anext(events)).split("\n", 2)
        assert (name, end) == ("event: metrics", "\n")
        assert json.loads(data.removeprefix("data: "))["spins_last_hour"] >= 0
    await events.aclose()  # type: ignore[attr-defined]  # what is iterated is a generator
    assert open_now() == 0


async def test_a_process_that_stops_ends_its_streams(streams: FigureStreams) -> None:
    """At once, however long the interval; a new one is sent elsewhere."""
    events = streams.open(30)
    await anext(events)
    await anext(events)
    waiting = asyncio.ensure_future(anext(events, None))
    await asyncio.sleep(0.05)
    await streams.close()
    async with asyncio.timeout(2):
        assert await waiting is None
    with pytest.raises(Unavailable):
        streams.open(5)


async def test_streams_are_bounded(streams: FigureStreams, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one too many is told when to come back."""
    monkeypatch.setattr(figure_streams, "STREAMS_MAX", 1)
    events = streams.open(5)
    await anext(events)
    with pytest.raises(Unavailable) as refused:
        streams.open(5)
    assert refused.value.retry_after_seconds == 30
    await events.aclose()  # type: ignore[attr-defined]  # what is iterated is a generator
    await anext(streams.open(5))


@pytest.mark.parametrize("interval", ["1", "31", "soon"])
async def test_intervals_have_bounds(client: httpx.AsyncClient, interval: str) -> None:
    """2 to 30 seconds."""
    assert (await client.get(f"/api/metrics/stream?interval={interval}")).status_code == 422
