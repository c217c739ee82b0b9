"""Spoils the network between the application and one engine, and measures whether it is spoilt.

The embedded runtime reaches its engines through relays when it was started with `--links`; they read what is
wrong from a file. Containers have a network of their own, whose packets are dropped or held back from outside.
"""

from __future__ import annotations

import json
import socket
import time
from dataclasses import asdict
from urllib.parse import urlsplit

from chaos import packets
from chaos.packets import Trouble
from chaos.running import Running

LINK_FOLDER = "links"
PATIENCE_SECONDS = 1.0
# The shortest question that each engine answers without a password. PostgreSQL: SSLRequest, answered by one byte.
QUESTIONS = {
    "postgres": b"\x00\x00\x00\x08\x04\xd2\x16\x2f",
    "valkey": b"PING\r\n",
    "olap": b"GET /ping HTTP/1.1\r\nHost: olap\r\nConnection: close\r\n\r\n",
}


class LinkError(Exception):
    """The network cannot be spoilt here; the message says what is missing."""


def spoil(system: Running, engine: str, trouble: Trouble) -> None:
    """Make the network to `engine` like that; raises LinkError, PacketError."""
    victim = system.process(engine)
    if victim.container is not None:
        packets.spoil(victim.container, trouble)
        return
    folder = system.directory / LINK_FOLDER
    if not folder.is_dir():
        raise LinkError("the application reaches its engines directly: start it with `casino up --links`")
    draft = folder / f"{engine}.draft"
    draft.write_text(json.dumps(asdict(trouble)), encoding="utf-8")
    draft.replace(folder / f"{engine}.json")


def mend(system: Running, engine: str) -> None:
    """Make it whole again; harmless when it is. Raises PacketError."""
    victim = system.process(engine)
    if victim.container is not None:
        packets.mend(victim.container)
    else:
        (system.directory / LINK_FOLDER / f"{engine}.json").unlink(missing_ok=True)


def round_trip(system: Running, engine: str) -> float | None:
    """Seconds that a question to `engine` and its answer take on the application's way; None: none in time."""
    began = time.monotonic()
    try:
        with socket.create_connection(("127.0.0.1", _port(system, engine)), timeout=PATIENCE_SECONDS) as line:
            line.sendall(QUESTIONS[engine])
            answered = line.recv(1)
    except OSError:
        return None
    return time.monotonic() - began if answered else None


def _port(system: Running, engine: str) -> int:
    """Where the way begins: at the relay, or at the container's published port, whose packets are spoilt too."""
    name = engine if system.process(engine).container is not None else f"link-{engine}"
    port = urlsplit(system.url(name)).port
    if port is None:
        raise LinkError(f"the address of {name} has no port")
    return port
