"""Leased ports belong to one holder at a time."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from casino.embedded.errors import PortTaken
from casino.embedded.ports import FIRST_PORT, LAST_PORT, LOOPBACK, PortLeases
from casino.embedded.spawn import python_env

LEASE_TWENTY = """
import sys
from pathlib import Path
from casino.embedded.ports import PortLeases
leases = PortLeases("a neighbour", Path(sys.argv[1]))
print(*(leases.lease() for _ in range(20)), flush=True)
sys.stdin.read()
"""


def test_processes_that_lease_at_once_never_share_a_port(tmp_path: Path) -> None:
    """Four neighbours with twenty ports each hold eighty different ones, none of them ephemeral."""
    neighbours = [
        subprocess.Popen(
            [sys.executable, "-c", LEASE_TWENTY, str(tmp_path)],
            env=python_env(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    ports: list[int] = []
    for neighbour in neighbours:
        assert neighbour.stdout is not None
        ports += map(int, neighbour.stdout.readline().split())
    for neighbour in neighbours:
        neighbour.communicate()
    assert len(ports) == len(set(ports)) == 80
    assert all(FIRST_PORT <= port <= LAST_PORT for port in ports)


def test_lease_names_its_holder_until_it_is_released(tmp_path: Path) -> None:
    """The refusal says whom to stop; afterwards the port can be had again."""
    first = PortLeases("the casino in /srv/one", tmp_path)
    second = PortLeases("the casino in /srv/two", tmp_path)
    port = first.lease()
    with pytest.raises(PortTaken, match=f"port {port} is taken by the casino in /srv/one.*--port 0"):
        second.lease(port)
    first.release()
    assert second.lease(port) == port
    second.release()


def test_port_of_another_program_is_refused_and_passed_over(tmp_path: Path) -> None:
    """Asked for by number it is an error; asked for any port, the next one is given."""
    leases = PortLeases("us", tmp_path)
    port = leases.lease()
    leases.release()
    with socket.create_server((LOOPBACK, port)):
        with pytest.raises(PortTaken, match=f"port {port} is taken by another program"):
            leases.lease(port)
        assert leases.lease() > port
    leases.release()
