"""Applies the faults of proofs.yaml to a running casino, sees that they are there, and takes them back."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import asyncpg
import httpx
import redis

from alerts.gate.target import Target
from alerts.proofs import Abuse, Hold, Link, Lock, Payments, Sabotage, Stall
from alerts.prove import abuse

POLL_SECONDS = 0.05
APPLIED_SECONDS_MAX = 20.0
BACK_SECONDS_MAX = 60.0
OLAP_DATABASE = "cc_olap"
SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
# What the session that holds a lock calls itself.
FORGOTTEN = "forgotten"

_LOCKED = """
    SELECT count(DISTINCT relation) FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE granted AND relation = ANY ($1::text[]::regclass[]) AND mode = $2 AND application_name = $3
"""


class InjectionError(Exception):
    """A fault could not be applied or taken back; the message says which and why."""


class Injected(Protocol):
    """A fault that is being applied; `there` is asked until it says so."""

    def apply(self) -> None:
        """Begin."""

    def there(self) -> bool:
        """Whether the fault is seen, from outside of what applies it."""

    def end(self) -> None:
        """Take it back; harmless when it is gone already."""


class Held:
    """Hold files: the supervisor kills each process and keeps it down until the file is gone."""

    def __init__(self, fault: Hold, target: Target) -> None:
        self._names = fault.processes
        self._target = target

    def apply(self) -> None:
        for name in self._names:
            self._file(name).touch()

    def there(self) -> bool:
        processes = self._target.state()["processes"]
        return all(
            processes[name]["state"] == "held" and not _listening(processes[name]["port"])
            for name in self._names
        )

    def end(self) -> None:
        for name in self._names:
            self._file(name).unlink(missing_ok=True)

    def _file(self, name: str) -> Any:
        if self._target.state_dir is None:
            raise InjectionError("only a casino on this machine can be held")
        return self._target.state_dir / "hold" / name


class _Worker:
    """Does its work in a thread until `end`; an error ends it and is kept."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.trouble: Exception | None = None

    def apply(self) -> None:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(BACK_SECONDS_MAX)

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:
            # Kept for `there`, which runs in the thread that can tell of it.
            self.trouble = error


class Locked(_Worker):
    """A transaction that locks tables or rows, for good or in turns. Whoever ends it from outside ends the fault."""

    def __init__(self, fault: Lock, target: Target) -> None:
        super().__init__(lambda: asyncio.run(self._lock()))
        self._fault = fault
        self._url = str(target.url("postgres"))

    async def _lock(self) -> None:
        fault = self._fault
        connection = await asyncpg.connect(self._url, server_settings={"application_name": FORGOTTEN})
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            while not self._stop.is_set():
                async with connection.transaction():
                    for statement in self._statements():
                        await connection.execute(statement)
                    begun = time.monotonic()
                    while not self._stop.is_set() and _within(begun, fault.on_seconds):
                        await asyncio.sleep(POLL_SECONDS)
                        await connection.execute("SELECT 1")
                await asyncio.sleep(fault.off_seconds)
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            await connection.close(timeout=2)

    def _statements(self) -> list[str]:
        if self._fault.rows is None:
            return [f"LOCK TABLE {', '.join(self._fault.tables)} IN ACCESS EXCLUSIVE MODE"]
        return [
            f"SELECT 1 FROM {table} WHERE {self._fault.rows} FOR UPDATE"  # noqa: S608 - proofs.yaml says both
            for table in self._fault.tables
        ]

    def there(self) -> bool:
        mode = "AccessExclusiveLock" if self._fault.rows is None else "RowShareLock"
        held = _value(self._url, _LOCKED, list(self._fault.tables), mode, FORGOTTEN)
        return bool(held == len(self._fault.tables))


class Delayed:
    """A file that the relay before an engine follows (`casino up --links`)."""

    def __init__(self, fault: Link, target: Target) -> None:
        self._fault = fault
        self._target = target

    def apply(self) -> None:
        self._file.write_text(json.dumps({"delay_seconds": self._fault.delay_seconds}))

    def there(self) -> bool:
        """Whether PostgreSQL's shortest question (SSLRequest) takes as long there and back."""
        begun = time.monotonic()
        port = self._target.state()["processes"][f"link-{self._fault.engine}"]["port"]
        with socket.create_connection(("127.0.0.1", port), timeout=APPLIED_SECONDS_MAX) as line:
            line.sendall(SSL_REQUEST)
            answered = bool(line.recv(1))
        return answered and time.monotonic() - begun >= 2 * self._fault.delay_seconds

    def end(self) -> None:
        self._file.unlink(missing_ok=True)

    @property
    def _file(self) -> Path:
        if self._target.state_dir is None:
            raise InjectionError("only a casino on this machine has relays before its engines")
        return self._target.state_dir / "links" / f"{self._fault.engine}.json"


class Stalled(_Worker):
    """CLIENT PAUSE: Valkey takes connections and commands, and answers none for a while."""

    def __init__(self, fault: Stall, target: Target) -> None:
        super().__init__(self._stall)
        self._fault = fault
        self._url = str(target.url("valkey"))
        self.longest = 0.0

    def _stall(self) -> None:
        with redis.Redis.from_url(self._url) as client:
            while not self._stop.is_set():
                client.execute_command("CLIENT", "PAUSE", int(self._fault.on_seconds * 1000), "ALL")
                begun = time.monotonic()
                client.ping()
                self.longest = max(self.longest, time.monotonic() - begun)
                self._stop.wait(self._fault.off_seconds)

    def there(self) -> bool:
        return self.longest >= 0.5 * self._fault.on_seconds


class Sabotaged:
    """Statements behind the system's back; then a process is killed, so that it looks at once when it is back."""

    def __init__(self, fault: Sabotage, target: Target) -> None:
        self._fault = fault
        self._target = target
        self._is_done = False
        self._asleep: int | None = None

    def apply(self) -> None:
        self._is_done = True
        self._execute(self._fault.do)
        self._wake()

    def there(self) -> bool:
        """How long a killed process takes to come back is the injection's, no part of what detects the fault."""
        return self._is_seen() and self._is_awake()

    def end(self) -> None:
        if not self._is_done:
            return
        self._is_done = False
        if self._fault.undo and self._is_seen():
            self._execute(self._fault.undo)
        # What the system mended by itself it must look at again, too.
        self._wake()

    def _is_seen(self) -> bool:
        return bool(int(self._ask(self._fault.seen) or 0))

    def _wake(self) -> None:
        if self._fault.wakes is not None:
            pid = self._asleep = self._target.state()["processes"][self._fault.wakes]["pid"]
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _is_awake(self) -> bool:
        """Whether the killed process is back; once it was, it is not asked again."""
        if self._asleep is not None and self._fault.wakes is not None:
            process = self._target.state()["processes"][self._fault.wakes]
            if (
                process["state"] == "running"
                and process["pid"] != self._asleep
                and _listening(process["port"])
            ):
                self._asleep = None
        return self._asleep is None

    def _execute(self, statement: str) -> None:
        if self._fault.store == "olap":
            _ask_olap(self._target, statement)
        else:
            asyncio.run(_execute(str(self._target.url("postgres")), statement))

    def _ask(self, query: str) -> Any:
        if self._fault.store == "olap":
            return _ask_olap(self._target, query)
        return _value(str(self._target.url("postgres")), query)


class Misled:
    """A plan for the payment gateway, told to it past the casino; an empty one makes it well."""

    def __init__(self, fault: Payments, target: Target) -> None:
        self._plan = dict(fault.plan)
        self._url = urlsplit(str(target.url("paygate")))

    def apply(self) -> None:
        self._ask("PUT", self._plan)

    def there(self) -> bool:
        told = self._ask("GET", None)
        return all(told.get(name) == value for name, value in self._plan.items())

    def end(self) -> None:
        self._ask("PUT", {})

    def _ask(self, method: str, plan: dict[str, Any] | None) -> dict[str, Any]:
        answer = httpx.request(
            method,
            f"{self._url.scheme}://{self._url.hostname}:{self._url.port}/plan",
            headers={"Authorization": f"Bearer {self._url.password}"},
            json=plan,
        )
        if answer.status_code != 200:
            raise InjectionError(f"the payment gateway refused the plan {plan}: {answer.text[:300]}")
        told: dict[str, Any] = answer.json()
        return told


class Abused(_Worker):
    """A client that misbehaves until it is told to stop."""

    def __init__(self, fault: Abuse, target: Target) -> None:
        super().__init__(self._misbehave)
        self._way = abuse.WAYS[fault.way]
        self._target = target
        self._refused = 0

    def _misbehave(self) -> None:
        with httpx.Client(base_url=self._target.public_url, timeout=5.0) as client:
            for refused in self._way(client, self._target.state()["accounts"]):
                self._refused += refused
                if self._stop.is_set():
                    return

    def there(self) -> bool:
        if self.trouble is not None:
            raise InjectionError(f"the client gave up: {self.trouble!r}")
        return self._refused > 0


MAKERS: Mapping[type, Callable[[Any, Target], Injected]] = {
    Hold: Held,
    Lock: Locked,
    Link: Delayed,
    Stall: Stalled,
    Sabotage: Sabotaged,
    Payments: Misled,
    Abuse: Abused,
}


def all_running(target: Target) -> bool:
    """Whether every process runs, listens, and the API processes call themselves ready."""
    state = target.state()
    running = all(
        process["state"] == "running" and _listening(process["port"])
        for process in state["processes"].values()
    )
    return running and all(_ready(url) for name, url in state["urls"].items() if name.startswith("api-"))


def _within(begun: float, seconds: float | None) -> bool:
    return seconds is None or time.monotonic() - begun < seconds


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _listening(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return True
    except OSError:
        return False


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _value(url: str, query: str, *arguments: str | list[str]) -> Any:
    async def ask() -> Any:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(query, *arguments)
        finally:
            await connection.close()

    return asyncio.run(ask())


def _ask_olap(target: Target, statement: str) -> str:
    url = urlsplit(str(target.url("olap")))
    answer = httpx.post(
        f"{url.scheme}://{url.hostname}:{url.port}/",
        params={"database": OLAP_DATABASE},
        content=statement.encode(),
        auth=(url.username or "default", url.password or ""),
    )
    if answer.status_code != 200:
        raise InjectionError(f"the analytics store refused {statement!r}: {answer.text[:300]}")
    return answer.text.strip()
