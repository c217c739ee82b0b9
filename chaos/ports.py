"""Whether somebody listens."""

from __future__ import annotations

import socket

_PATIENCE_SECONDS = 1.0


def port_open(port: int | None) -> bool:
    """Whether somebody accepts connections at a loopback port; nobody does where none is published."""
    if port is None:
        return False
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_SECONDS):
            return True
    except OSError:
        return False
