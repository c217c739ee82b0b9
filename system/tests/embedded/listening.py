"""Which addresses are listened on, as the kernel tells (proc(5), /proc/net/tcp)."""

import socket
import struct
from collections.abc import Collection
from pathlib import Path

LISTEN = "0A"


def listening_addresses(ports: Collection[int]) -> set[tuple[str, int]]:
    """Address and port of every listening TCP socket on one of `ports`, IPv4 and IPv6."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            address, port = local.split(":")
            if state == LISTEN and int(port, 16) in ports:
                found.add((_readable(address), int(port, 16)))
    return found


def _readable(address: str) -> str:
    words = [struct.pack("=I", int(address[start : start + 8], 16)) for start in range(0, len(address), 8)]
    return socket.inet_ntop(socket.AF_INET if len(words) == 1 else socket.AF_INET6, b"".join(words))
