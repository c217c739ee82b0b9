"""How each kind of process is asked whether it serves."""

import http.client
import socket
from urllib.parse import urlsplit

from casino.embedded.ports import LOOPBACK

PROBE_TIMEOUT_SECONDS = 0.5


def http_ok(url: str) -> bool:
    """Whether a GET of `url` is answered 200."""
    parts = urlsplit(url)
    host = parts.hostname or LOOPBACK
    connection = http.client.HTTPConnection(host, parts.port, timeout=PROBE_TIMEOUT_SECONDS)
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def port_open(port: int) -> bool:
    """Whether somebody accepts connections at a loopback port."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=PROBE_TIMEOUT_SECONDS):
            return True
    except OSError:
        return False


def valkey_answers(port: int, password: str) -> bool:
    """Whether the server lets us in and has loaded its data (it answers -LOADING until then)."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=PROBE_TIMEOUT_SECONDS) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\nQUIT\r\n".encode())
            return connection.makefile("rb").read() == b"+OK\r\n+PONG\r\n+OK\r\n"
    except OSError:
        return False
