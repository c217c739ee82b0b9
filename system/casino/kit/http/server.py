"""Runs an application on one public port shared by all its processes and one private port of its own."""

import asyncio
import gc
import socket
from collections.abc import Awaitable, Callable

import uvicorn
from starlette.types import ASGIApp

from casino.kit.http.socket_protocol import SocketProtocol

BACKLOG = 2_048
# Requests leave few cycles behind; the default (700, 10, 10) would look for them many times a second.
COLLECTION_THRESHOLDS = (20_000, 20, 20)


def bind(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A listening socket. A shared port may be bound by several processes: the kernel spreads connections."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((host, port))
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


class DrainingServer(uvicorn.Server):
    """Lets `drain` say goodbye to open sockets before the connections are closed."""

    def __init__(self, config: uvicorn.Config, drain: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._drain = drain

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stops accepting, drains, then closes."""
        for listener in sockets or []:
            listener.close()
        await self._drain()
        await super().shutdown(sockets)


def serve(
    app: ASGIApp, listeners: list[socket.socket], *, drain: Callable[[], Awaitable[None]], grace_seconds: int
) -> None:
    """Serves until SIGTERM or SIGINT, then drains for at most `grace_seconds`."""
    config = uvicorn.Config(
        app,
        http="httptools",
        loop="uvloop",
        ws=SocketProtocol,
        ws_max_size=16 * 1024,
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        lifespan="on",
        backlog=BACKLOG,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=grace_seconds,
        proxy_headers=False,
    )
    _spare_the_collector()
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(DrainingServer(config, drain).serve(listeners))


def _spare_the_collector() -> None:
    """What is loaded by now stays: a full collection would walk it again and again, each time with requests waiting."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTION_THRESHOLDS)
    gc.enable()
