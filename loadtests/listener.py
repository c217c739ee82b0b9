"""Keeps one player's socket open for a whole run, resuming after every loss, and checks what it hears."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import gevent
import orjson
from gevent.event import Event

from loadtests.account import Account
from loadtests.clock import now
from loadtests.deliveries import Deliveries, Delivery
from loadtests.inbox import Inbox
from loadtests.objectives import Sample
from loadtests.realtime_socket import RealtimeSocket, SocketRefused
from loadtests.session import Session

SOCKET_PATH = "/api/realtime/sync"
_RETRY_SECONDS = (0.1, 2.0)
_LAST_EVENT_SECONDS = 5.0


def socket_url(target: str, last_id: int | None) -> str:
    """The address of the hub at `target`, resuming after event `last_id` unless it is None."""
    parts = urlsplit(target)
    scheme = "wss" if parts.scheme == "https" else "ws"
    query = "" if last_id is None else urlencode({"last_event_id": last_id})
    return urlunsplit((scheme, parts.netloc, SOCKET_PATH, query, ""))


class Listener:
    """The socket of one player. `stage` tells under which stage a connection counts now."""

    def __init__(self, session: Session, account: Account, rng: Random, stage: Callable[[], str]) -> None:
        self.deliveries = Deliveries()
        self._session = session
        self._account = account
        self._rng = rng
        self._stage = stage
        self._inbox = Inbox(account.user_id)
        self._socket: RealtimeSocket | None = None
        self._cut_at = float("-inf")
        self._known = Event()
        self._leaving = False
        self._greenlet = gevent.spawn(self._live)
        self._greenlet.link_exception(lambda _: session.tally.facts.update(crashed=1))

    def wait_until_known(self) -> None:
        """Wait for the first snapshot: a round settled before it may be in it, and is not told again."""
        if not self._known.wait(timeout=self._session.profile.timeout_seconds):
            seconds = self._session.profile.timeout_seconds
            self._session.fault(self._account, "socket", [f"no snapshot after {seconds} s"])

    def reconnect(self) -> None:
        """Lose the connection on purpose; it comes back by itself and resumes."""
        self._cut_at = now()
        if self._socket is not None:
            self._note("cut")
            self._socket.cut()

    def deliver(self, delivery: Delivery | None) -> None:
        """Count a delivery, unless its player had cut the connection itself meanwhile."""
        if delivery is None:
            return
        self._session.fault(self._account, "delivery", delivery.wrong)
        if self._cut_at < delivery.committed or self._cut_at > delivery.received:
            self._session.tally.record(_delivery(delivery.stage, delivery.committed, delivery.received, 200))

    def leave(self, deadline: float) -> None:
        """Wait until `deadline` for every round to be told, then close: what is missing is lost.

        The last answer may have come only now, so its event is given a while in any case.
        """
        deadline = max(deadline, now() + _LAST_EVENT_SECONDS)
        while self.deliveries.undelivered() and now() < deadline:
            gevent.sleep(0.05)
        self._leaving = True
        if self._socket is not None:
            self._note("cut")
            self._socket.cut()
        self._greenlet.join(timeout=1.0)
        self._greenlet.kill()
        for round_id, (stage, answered) in self.deliveries.undelivered().items():
            self._session.tally.record(_delivery(stage, answered, now(), 0))
            self._session.fault(self._account, "delivery", [f"no event of round {round_id}"])
        self._session.tally.facts.update(
            events=self._inbox.numbered, connections=self._inbox.connections, resumed=self._inbox.resumed
        )

    def _live(self) -> None:
        pause, pause_max = _RETRY_SECONDS
        while not self._leaving:
            asked_to_stay_away = self._connected()
            if asked_to_stay_away is None:
                gevent.sleep(pause * self._rng.uniform(0.5, 1.0))
                pause = min(2 * pause, pause_max)
            else:
                gevent.sleep(asked_to_stay_away)
                pause = _RETRY_SECONDS[0]

    def _connected(self) -> float | None:
        """Hold one connection until it ends; returns how long to stay away, None when it failed at once."""
        after = self._inbox.open()
        started = now()
        try:
            self._socket = RealtimeSocket(
                socket_url(self._session.plan.target, after),
                headers={
                    "Authorization": f"Bearer {self._account.access_token}",
                    "X-Forwarded-For": self._account.credentials.address,
                },
                timeout_seconds=self._session.profile.timeout_seconds,
            )
        except SocketRefused as refusal:
            self._count(started, refusal.status)
            self._note("refused", status=refusal.status, reason=str(refusal))
            return None
        self._note("opened", after=after)
        greeted = False
        for frame in self._socket.messages():
            if not greeted:
                greeted = True
                self._count(started, 200)
            self._hear(frame)
        if not greeted:
            self._count(started, 0)
        closed, self._socket = self._socket, None
        self._note("closed", code=closed.close_code)
        return closed.retry_after_seconds or 0.0 if greeted else None

    def _hear(self, frame: bytes) -> None:
        at = now()
        try:
            problems = self._take(orjson.loads(frame), at)
        except (KeyError, TypeError, ValueError) as error:
            problems = [f"message of another shape: {error!r}: {frame[:200]!r}"]
        self._session.fault(self._account, "socket", problems)

    def _take(self, message: Mapping[str, Any], at: float) -> list[str]:
        line = {"id": message["id"], "type": message["type"], "received": at}
        if message["type"] == "game_event":
            line["round_id"] = message["data"]["round_id"]
            self.deliver(self.deliveries.receive(message, at))
        elif message["type"] == "ping" and self._socket is not None:
            self._socket.send('{"type":"pong"}')
        self._session.note(self._account, "message", **line)
        problems = self._inbox.take(message)
        if message["type"] == "initial_state":
            self._known.set()
        return problems

    def _count(self, started: float, status: int) -> None:
        if not self._leaving:
            self._session.tally.record(
                Sample(
                    stage=self._stage(),
                    step="connect",
                    kind="stream",
                    surface="realtime",
                    intended=started,
                    started=started,
                    ended=now(),
                    status=status,
                    route=SOCKET_PATH,
                )
            )

    def _note(self, event: str, **members: Any) -> None:
        self._session.note(self._account, "socket", event=event, at=now(), **members)


def _delivery(stage: str, committed: float, received: float, status: int) -> Sample:
    return Sample(
        stage=stage,
        step="delivery",
        kind="delivery",
        surface="realtime",
        intended=committed,
        started=committed,
        ended=received,
        status=status,
    )
