"""Drops and holds back a container's packets from outside, where the kernel has no netem.

The rules and the holder live in the container's own network namespace, entered as root (nsenter); nothing in the
container knows of them. Its loopback, and so its health check, is left alone.
"""

from __future__ import annotations

import argparse
import heapq
import os
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from chaos import victims

QUEUE = 7
# Beyond any fault: a holder that nobody ended must not stay.
HOLDER_SECONDS_MAX = 300.0
HOLDER_FILE = Path("packets-holder.pid")
_FILTER = ["INPUT", "!", "-i", "lo", "-p", "tcp"]

# <linux/netlink.h>, <linux/netfilter/nfnetlink.h> and nfnetlink_queue.h
NETLINK_NETFILTER = 12
SO_RCVBUFFORCE, SOL_NETLINK, NETLINK_NO_ENOBUFS = 33, 270, 5
SUBSYSTEM = 3 << 8
PACKET, VERDICT, CONFIG = 0, 1, 2
BIND, COPY_META = 1, 1
CONFIG_COMMAND, CONFIG_PARAMETERS, CONFIG_LENGTH, VERDICT_HEADER = 1, 2, 3, 2
ACCEPT = 1
PACKETS_MAX = 65_535
MESSAGE_HEADER = 16


class PacketError(Exception):
    """Packets cannot be laid hands on here; the message says what refused."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a network; `loss` is the share of packets that do not arrive at the first try."""

    delay_seconds: float = 0.0
    jitter_seconds: float = 0.0
    loss: float = 0.0
    cut: bool = False


def spoil(container: str, trouble: Trouble) -> None:
    """Treat every TCP packet that reaches `container` from outside so; raises PacketError."""
    rules = []
    if trouble.cut:
        rules.append(["-j", "DROP"])
    if trouble.loss:
        rules.append(
            ["-m", "statistic", "--mode", "random", "--probability", str(trouble.loss), "-j", "DROP"]
        )
    if trouble.delay_seconds:
        _start_holder(container, trouble)
        rules.append(["-j", "NFQUEUE", "--queue-num", str(QUEUE), "--queue-bypass"])
    for rule in rules:
        _inside(container, "iptables", "--wait", "-A", *_FILTER, *rule)


def mend(container: str) -> None:
    """Let every packet pass again; raises PacketError."""
    _inside(container, "iptables", "--wait", "-F", "INPUT")
    if HOLDER_FILE.exists():
        with suppress(ProcessLookupError):
            os.kill(int(HOLDER_FILE.read_text(encoding="utf-8")), signal.SIGTERM)
        HOLDER_FILE.unlink()


def _start_holder(container: str, trouble: Trouble) -> None:
    held = [str(trouble.delay_seconds), str(trouble.jitter_seconds)]
    command = [*_entering(container), sys.executable, "-m", "chaos.packets", *held]
    with Path("packets-holder.log").open("wb") as log:
        holder = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    HOLDER_FILE.write_text(str(holder.pid), encoding="utf-8")


def _inside(container: str, *command: str) -> None:
    done = subprocess.run([*_entering(container), *command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise PacketError(f"{' '.join(command)} in {container}: {done.stderr.strip()}")


def _entering(container: str) -> list[str]:
    pid = victims.docker("inspect", "--format", "{{.State.Pid}}", container).strip()
    return ["nsenter", "--target", pid, "--net"]


class Holder:
    """Holds back the packets of the namespace it runs in, each by a time of its own, then lets them pass."""

    def __init__(self, *, delay_seconds: float, jitter_seconds: float) -> None:
        self._delay = delay_seconds
        self._jitter = jitter_seconds
        self._held: list[tuple[float, int]] = []
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
        self._socket.setsockopt(SOL_NETLINK, NETLINK_NO_ENOBUFS, 1)
        self._socket.bind((0, 0))
        self._send(CONFIG, _attribute(CONFIG_COMMAND, struct.pack(">BxH", BIND, socket.AF_INET)))
        only_metadata = _attribute(CONFIG_PARAMETERS, struct.pack(">IB", 0, COPY_META))
        self._send(CONFIG, only_metadata + _attribute(CONFIG_LENGTH, struct.pack(">I", PACKETS_MAX)))

    def hold(self, seconds: float) -> None:
        """Work for so long."""
        deadline = time.monotonic() + seconds
        while (now := time.monotonic()) < deadline:
            wait = max(0.0, self._held[0][0] - now) if self._held else deadline - now
            if select.select([self._socket], [], [], wait)[0]:
                self._take(self._socket.recv(1 << 16))
            while self._held and self._held[0][0] <= time.monotonic():
                packet = heapq.heappop(self._held)[1]
                self._send(VERDICT, _attribute(VERDICT_HEADER, struct.pack(">II", ACCEPT, packet)))

    def _take(self, messages: bytes) -> None:
        while len(messages) >= MESSAGE_HEADER:
            length, kind = struct.unpack_from("IH", messages)
            if kind == SUBSYSTEM | PACKET:
                # Behind both headers comes the packet's own attribute first, and in it its number.
                number = struct.unpack_from(">I", messages, MESSAGE_HEADER + 8)[0]
                late = self._delay + random.uniform(-self._jitter, self._jitter)
                heapq.heappush(self._held, (time.monotonic() + max(0.0, late), number))
            messages = messages[(length + 3) & ~3 :]

    def _send(self, kind: int, body: bytes) -> None:
        message = struct.pack("BBH", 0, 0, socket.htons(QUEUE)) + body
        header = struct.pack("IHHII", MESSAGE_HEADER + len(message), SUBSYSTEM | kind, 1, 0, 0)
        self._socket.send(header + message)


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def main() -> None:
    """Hold packets back in this namespace until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("delay_seconds", type=float)
    parser.add_argument("jitter_seconds", type=float)
    arguments = parser.parse_args()
    holder = Holder(delay_seconds=arguments.delay_seconds, jitter_seconds=arguments.jitter_seconds)
    holder.hold(HOLDER_SECONDS_MAX)


if __name__ == "__main__":
    main()
