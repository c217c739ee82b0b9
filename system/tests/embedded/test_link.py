"""A relay passes everything on in order, and fails the way it is told to."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from casino.embedded.link import RETRANSMISSION_SECONDS, Fault, Network, read_fault, relay

LINES = [f"line {number}\n".encode() for number in range(200)]
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def linked(fault: Fault) -> AsyncIterator[tuple[Line, Network]]:
    """A client connected through a relay to a server that sends back what it hears."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while heard := await reader.read(1_000):
            writer.write(heard)
        writer.close()

    network = Network(fault)
    network.whole.set()
    far = await asyncio.start_server(echo, "127.0.0.1", 0)
    to = far.sockets[0].getsockname()
    near = await asyncio.start_server(lambda r, w: relay(r, w, network, to), "127.0.0.1", 0)
    client = await asyncio.open_connection(*near.sockets[0].getsockname())
    try:
        yield client, network
    finally:
        client[1].close()
        await client[1].wait_closed()
        near.close()
        far.close()


async def echoed(line: Line) -> float:
    """Seconds that every line takes there and back; they must come whole and in order."""
    reader, writer = line
    begun = asyncio.get_running_loop().time()
    for each in LINES:
        writer.write(each)
    assert await asyncio.wait_for(reader.readexactly(sum(map(len, LINES))), 10) == b"".join(LINES)
    return asyncio.get_running_loop().time() - begun


async def test_a_whole_network_delivers_everything() -> None:
    """Also the end of what one side has to say."""
    async with linked(Fault()) as ((reader, writer), _):
        await echoed((reader, writer))
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), 5) == b""


async def test_delay_is_felt_in_both_directions_and_keeps_the_order() -> None:
    """Chunks overlap on their way: many of them are not late many times."""
    async with linked(Fault(delay_seconds=0.1, jitter_seconds=0.05)) as (line, _):
        assert 0.1 <= await echoed(line) < 2.0


async def test_loss_is_a_retransmission() -> None:
    """Everything arrives, one timeout later."""
    async with linked(Fault(loss=1.0)) as (line, _):
        assert await echoed(line) >= 2 * RETRANSMISSION_SECONDS


async def test_nothing_passes_a_cut_and_nothing_is_lost_by_it() -> None:
    """What was under way arrives once the network is whole again."""
    async with linked(Fault()) as ((reader, writer), network):
        network.whole.clear()
        writer.write(b"are you there?")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(100), 0.3)
        network.whole.set()
        assert await asyncio.wait_for(reader.readexactly(14), 5) == b"are you there?"


def test_a_file_says_what_is_wrong(tmp_path: Path) -> None:
    """No file, half a file and an unknown member mean that nothing is wrong."""
    file = tmp_path / "postgres.json"
    assert read_fault(file) == Fault()
    file.write_text(json.dumps({"delay_seconds": 0.5, "cut": True}))
    assert read_fault(file) == Fault(delay_seconds=0.5, cut=True)
    for spoilt in ('{"delay_sec', '{"magic": 1}'):
        file.write_text(spoilt)
        assert read_fault(file) == Fault()
