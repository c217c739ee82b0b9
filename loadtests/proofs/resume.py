"""A socket cut a hundred times in ten thousand events, resuming at another process each time, misses none."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlencode, urlsplit

import asyncpg
import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from alerts.verdict import Check, Verdict
from loadtests.inbox import Inbox
from loadtests.proofs.client import Player, ProofError, sign_up, spin
from loadtests.proofs.running import Running

BET = 1
EVENTS_A_ROUND = 4
_TIMEOUT_SECONDS = 30.0
_LAST_EVENT = "SELECT event_seq FROM wallets WHERE user_id = $1"


@dataclass(frozen=True, slots=True)
class Ordeal:
    """`events` events while the socket is cut `cuts` times; `lanes` spins are under way at any moment."""

    events: int
    cuts: int
    lanes: int
    seed: int


@dataclass(slots=True)
class Outcome:
    """What the client heard. `last_event` is the last number that the database gave out, None if unknown.

    `refused` counts connections that were not opened or were ended by the other side.
    """

    inbox: Inbox
    first: int | None = None
    problems: list[str] = field(default_factory=list)
    cuts: int = 0
    refused: int = 0
    processes: set[str] = field(default_factory=set)
    unsettled: int = 0
    last_event: int | None = None


async def run(system: Running, ordeal: Ordeal, progress: Callable[[Inbox], None]) -> Outcome:
    """Go through it, telling `progress` at every new connection.

    Raises ProofError when there are not two API processes or nobody can sign up.
    """
    if len(system.private_urls) < 2:
        raise ProofError("resuming at another process needs two API processes with private addresses")
    async with httpx.AsyncClient(base_url=system.public_url, timeout=_TIMEOUT_SECONDS) as http:
        player = await sign_up(http)
        outcome = Outcome(Inbox(player.user_id))
        reader = _Reader(system.private_urls, player, outcome, ordeal)
        listening = asyncio.create_task(reader.listen(progress))
        await reader.connected.wait()
        await _play(http, player, ordeal, outcome)
        outcome.last_event = reader.last_due = await _last_event(system, player)
        try:
            await asyncio.wait_for(listening, timeout=_TIMEOUT_SECONDS)
        except TimeoutError:
            outcome.problems.append(f"nothing after event {outcome.inbox.last_id} of {outcome.last_event}")
    return outcome


async def _play(http: httpx.AsyncClient, player: Player, ordeal: Ordeal, outcome: Outcome) -> None:
    numbers = iter(range(-(-ordeal.events // EVENTS_A_ROUND)))

    async def lane() -> None:
        for number in numbers:
            answer = await spin(http, player, f"resume-{number}", BET)
            outcome.unsettled += answer.status != 200

    await asyncio.gather(*(lane() for _ in range(ordeal.lanes)))


async def _last_event(system: Running, player: Player) -> int:
    connection = await asyncpg.connect(system.urls["postgres"])
    try:
        return int(await connection.fetchval(_LAST_EVENT, player.user_id))
    finally:
        await connection.close()


class _Reader:
    """Listens at one process after the other, dropping each connection at an event drawn beforehand."""

    def __init__(self, urls: Sequence[str], player: Player, outcome: Outcome, ordeal: Ordeal) -> None:
        self._urls = itertools.cycle(urls)
        self._player = player
        self._outcome = outcome
        self._cuts = iter(sorted(Random(ordeal.seed).sample(range(10, ordeal.events - 10), ordeal.cuts)))
        self._next_cut = next(self._cuts)
        self.connected = asyncio.Event()
        self.last_due: int | None = None

    async def listen(self, progress: Callable[[Inbox], None]) -> None:
        """Until every cut was made and the last event heard."""
        while not self._complete():
            progress(self._outcome.inbox)
            url = next(self._urls)
            try:
                await self._listen_at(url)
            except (OSError, WebSocketException, TimeoutError):
                # A process that is away, or goes away, is no lost event: the other one must have them all.
                self._outcome.refused += 1
                await asyncio.sleep(0.1)

    async def _listen_at(self, url: str) -> None:
        after = self._outcome.inbox.open()
        query = "" if after is None else "?" + urlencode({"last_event_id": after})
        address = f"ws://{urlsplit(url).netloc}/api/realtime/sync{query}"
        async with connect(address, additional_headers=self._player.headers, compression=None) as socket:
            self._outcome.processes.add(url)
            while not self._complete():
                try:
                    text = await asyncio.wait_for(socket.recv(), timeout=1.0)
                except TimeoutError:
                    continue
                if await self._take(socket, json.loads(text)):
                    return

    async def _take(self, socket: ClientConnection, message: dict[str, object]) -> bool:
        """Account for one message; True when the connection was cut at it."""
        inbox = self._outcome.inbox
        self._outcome.problems += inbox.take(message)
        if message["type"] == "ping":
            await socket.send('{"type":"pong"}')
        if message["type"] == "initial_state":
            self._outcome.first = inbox.last_id
            self.connected.set()
        if inbox.numbered < self._next_cut:
            return False
        self._next_cut = next(self._cuts, 2**63)
        self._outcome.cuts += 1
        # No closing handshake: this is how a lost network looks to the server.
        socket.transport.abort()
        return True

    def _complete(self) -> bool:
        return self.last_due is not None and self._outcome.inbox.last_id == self.last_due


def judge(outcome: Outcome, ordeal: Ordeal) -> list[Check]:
    """Each event once, in order, and enough of them, cuts and processes for the claim."""
    return [
        _check("each event once, in order", iter(outcome.problems), outcome.inbox.numbered),
        _check("nothing is missing at the end", _missing(outcome), outcome.inbox.numbered),
        _check("the ordeal was as hard as claimed", _easier(outcome, ordeal), outcome.cuts),
    ]


def _check(name: str, findings: Iterator[str], size: int) -> Check:
    found = list(findings)
    detail = f"{len(found)} findings: {found[0]}" if found else f"{size} checked"
    return Check(
        name=name,
        verdict=Verdict.FAIL if found else Verdict.PASS,
        detail=detail,
        data={"findings": found[:20]},
    )


def _missing(outcome: Outcome) -> Iterator[str]:
    if outcome.first is None or outcome.last_event is None:
        yield "the client never knew where it began or where it should end"
    elif outcome.inbox.numbered != outcome.last_event - outcome.first:
        yield f"{outcome.inbox.numbered} events heard from {outcome.first} to {outcome.last_event}"


def _easier(outcome: Outcome, ordeal: Ordeal) -> Iterator[str]:
    if outcome.unsettled:
        yield f"{outcome.unsettled} spins were not settled"
    if outcome.inbox.numbered < ordeal.events:
        yield f"{outcome.inbox.numbered} events, not {ordeal.events}"
    if outcome.cuts != ordeal.cuts or outcome.inbox.resumed < ordeal.cuts:
        yield f"{outcome.cuts} cuts and {outcome.inbox.resumed} resumptions, not {ordeal.cuts}"
    if len(outcome.processes) < 2:
        yield f"only {', '.join(outcome.processes)} was used"
