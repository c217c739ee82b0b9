"""Ports are leased here, so that two casinos on one machine never reach for the same one."""

import fcntl
import os
import socket
import tempfile
from pathlib import Path

from casino.embedded.errors import EmbeddedError, PortTaken

LOOPBACK = "127.0.0.1"
# Below the ephemeral ranges of Linux (from 32768) and macOS (from 49152): no outgoing connection, and nobody
# who asks the kernel for any free port, is given one of these between our look and our child's bind.
FIRST_PORT = 20_000
LAST_PORT = 29_999
HOLDER_BYTES_MAX = 1_000


class PortLeases:
    """Ports held against every other process of this user that leases here, until `release`.

    A lease is a lock on a small file named after the port; the kernel drops it when its holder dies, however
    it dies. `holder` is shown to whoever is refused the port.
    """

    def __init__(self, holder: str, directory: Path | None = None) -> None:
        self._holder = holder
        self._directory = directory or Path(tempfile.gettempdir()) / f"casino-ports-{os.getuid()}"
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._directory.lstat().st_uid != os.getuid():
            raise EmbeddedError(f"{self._directory} belongs to somebody else, who could misuse it: remove it")
        self._locks: list[int] = []

    def lease(self, port: int = 0) -> int:
        """Hold `port`, or any free one for 0, and return it; raises PortTaken."""
        if port:
            self._take(port)
            return port
        for candidate in range(FIRST_PORT, LAST_PORT + 1):
            try:
                self._take(candidate)
            except PortTaken:
                continue
            return candidate
        raise PortTaken(
            f"no port from {FIRST_PORT} to {LAST_PORT} is free: stop something that listens there"
        )

    def release(self) -> None:
        """Give every leased port back."""
        for lock in self._locks:
            os.close(lock)
        self._locks.clear()

    def _take(self, port: int) -> None:
        lock = os.open(self._directory / str(port), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock_or_refuse(lock, port)
            if not _is_free(port):
                raise PortTaken(_refusal(port, "another program"))
        except PortTaken:
            os.close(lock)
            raise
        os.truncate(lock, 0)
        os.pwrite(lock, self._holder.encode(), 0)
        self._locks.append(lock)


def _lock_or_refuse(lock: int, port: int) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(lock, HOLDER_BYTES_MAX, 0).decode(errors="replace")
        raise PortTaken(_refusal(port, holder or "another casino")) from None


def _refusal(port: int, holder: str) -> str:
    return f"port {port} is taken by {holder}: stop it, or ask for another port (--port 0: any)"


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
