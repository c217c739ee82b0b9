"""A relay between the application and one of its engines, whose faults can be set from outside in a file.

A network between two processes of one machine never fails, so the harness could not try what happens when one
does. `casino up --links` puts one relay before each engine. While the file at `--fault` exists, it says what is
wrong with the network: `{"delay_seconds": 0.1, "jitter_seconds": 0.02, "loss": 0.05, "cut": false}`.
"""

import argparse
import asyncio
import json
import random
import signal
from dataclasses import dataclass, field
from pathlib import Path

from casino.embedded.ports import LOOPBACK

CHUNK_BYTES = 65_536
LOOK_SECONDS = 0.05
# What TCP makes of a lost segment: it comes again after the retransmission timeout, and all behind it wait.
RETRANSMISSION_SECONDS = 0.2
# What was sent and not yet delivered, in chunks; beyond it the sender is made to wait, as a full window would.
UNDER_WAY_MAX = 64
UnderWay = asyncio.Queue[tuple[float, bytes]]


@dataclass(frozen=True)
class Fault:
    """What is wrong with the network; `loss` is the share of chunks that come one retransmission later."""

    delay_seconds: float = 0.0
    jitter_seconds: float = 0.0
    loss: float = 0.0
    cut: bool = False

    def seconds(self) -> float:
        """How long the next chunk takes."""
        late = RETRANSMISSION_SECONDS if random.random() < self.loss else 0.0
        jitter = random.uniform(-self.jitter_seconds, self.jitter_seconds)
        return max(0.0, self.delay_seconds + jitter) + late


@dataclass
class Network:
    """The state of the network now. Nothing passes while it is cut; what was sent meanwhile comes afterwards."""

    fault: Fault = field(default_factory=Fault)
    whole: asyncio.Event = field(default_factory=asyncio.Event)

    async def follow(self, file: Path) -> None:
        """Keep to what `file` says; one that is missing or cannot be read means that nothing is wrong."""
        while True:
            self.fault = read_fault(file)
            if self.fault.cut:
                self.whole.clear()
            else:
                self.whole.set()
            await asyncio.sleep(LOOK_SECONDS)


def read_fault(file: Path) -> Fault:
    """The fault that a file describes."""
    try:
        return Fault(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Fault()


async def relay(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, network: Network, to: tuple[str, int]
) -> None:
    """Serve one connection until both sides have ended it, or one has gone away."""
    ends = [writer]
    try:
        await network.whole.wait()
        far_reader, far_writer = await asyncio.open_connection(*to)
        ends.append(far_writer)
        async with asyncio.TaskGroup() as tasks:
            for source, sink in ((reader, far_writer), (far_reader, writer)):
                under_way: UnderWay = asyncio.Queue(UNDER_WAY_MAX)
                tasks.create_task(_read_ahead(source, under_way, network))
                tasks.create_task(_deliver(under_way, sink, network))
    except* OSError:
        pass  # either side is gone, and closing tells the other one
    finally:
        for end in ends:
            end.close()


async def _read_ahead(reader: asyncio.StreamReader, under_way: UnderWay, network: Network) -> None:
    now = asyncio.get_running_loop().time
    while chunk := await reader.read(CHUNK_BYTES):
        await under_way.put((now() + network.fault.seconds(), chunk))
    await under_way.put((now() + network.fault.seconds(), b""))


async def _deliver(under_way: UnderWay, writer: asyncio.StreamWriter, network: Network) -> None:
    """Each chunk when its time has come, never out of order; the empty one is the end."""
    now = asyncio.get_running_loop().time
    while True:
        due, chunk = await under_way.get()
        await asyncio.sleep(max(0.0, due - now()))
        await network.whole.wait()
        if not chunk:
            writer.write_eof()
            return
        writer.write(chunk)
        await writer.drain()


async def serve(*, port: int, to: tuple[str, int], fault: Path) -> None:
    """Relay from loopback's `port` to the address `to` until SIGTERM or SIGINT; `fault` is the file to follow."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    network = Network()
    following = asyncio.create_task(network.follow(fault))
    server = await asyncio.start_server(
        lambda reader, writer: relay(reader, writer, network, to), LOOPBACK, port
    )
    await stopped.wait()
    server.close()
    following.cancel()


def main() -> None:
    """Run one relay."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True, help=f"port on {LOOPBACK} to listen at")
    parser.add_argument("--to", type=int, required=True, help=f"port on {LOOPBACK} to relay to")
    parser.add_argument("--fault", type=Path, required=True, help="file that says what is wrong")
    arguments = parser.parse_args()
    asyncio.run(serve(port=arguments.port, to=(LOOPBACK, arguments.to), fault=arguments.fault))


if __name__ == "__main__":
    main()
