"""One socket: greets, replays, delivers and listens, and ends on its own terms whatever its peer does."""

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from casino.identity.service import Principal
from casino.kit.http.failures import as_casino_error
from casino.kit.ids import uuid7
from casino.kit.metrics import counter, histogram
from casino.kit.tasks import cancel
from casino.kit.tracing import trace_id
from casino.realtime import rules
from casino.realtime.backlog import Backlog
from casino.realtime.envelope import Envelope, server_time
from casino.realtime.feed import Feed
from casino.realtime.rules import CloseCode, Closing, Heard
from casino.realtime.schemas import (
    Error,
    ErrorData,
    InitialState,
    MonitorSnapshot,
    Nothing,
    Notification,
    Ping,
    Pong,
    Spoken,
    SyncConnected,
    SyncConnectedData,
    Told,
)

QUEUE_ENVELOPES_MAX = 500
WORDS_MAX = 32
# Of all games; who watches and does not keep up misses the oldest.
FLOOR_EVENTS_MAX = 500
FAREWELL_SECONDS_MAX = 3.0

log = structlog.get_logger(__name__)
Snapshot = Callable[[int], Awaitable[dict[str, Any]]]


class View(NamedTuple):
    """What a socket shows of the hub: its own first state, and each event (type, text) in its own words or not.

    One that watches the floor begins with a `monitor_snapshot` at once, and shows what happens to everybody.
    """

    snapshot: Snapshot
    show: Callable[[str, str], str | None]
    watches: bool = False


def show_all(_: str, text: str) -> str:
    """The view of the hub itself."""
    return text


def show_only(*kinds: str) -> Callable[[str, str], str | None]:
    """A view of these types alone."""
    return lambda kind, text: text if kind in kinds else None


class PeerGone(Exception):
    """The other side left; there is nobody to say anything to."""


class Connection:
    """An accepted socket of a known user.

    `_cursor` is the last event written to it. It either takes what the feed offers (`_queue`), or, while
    `_behind`, reads on from the backlog until it has caught up with the feed's head.
    """

    def __init__(
        self, socket: WebSocket, principal: Principal, feed: Feed, backlog: Backlog, view: View
    ) -> None:
        now = time.monotonic()
        self.principal = principal
        self.feed = feed
        self.session_id = str(uuid7())
        self._socket = socket
        self._backlog = backlog
        self._view = view
        self._opened_at = time.time()
        self._cursor = 0
        self._behind = True
        self._queue: deque[Envelope] = deque()
        self._words: deque[str] = deque()
        self._floor: deque[str] = deque(maxlen=FLOOR_EVENTS_MAX)
        self._wake = asyncio.Event()
        self._ending: asyncio.Future[Closing | None] = asyncio.get_running_loop().create_future()
        self._writing_since: float | None = None
        self._heard_at = now
        self._ping_at = now + rules.PING_SECONDS
        self._allowance = rules.Allowance(now)
        self._faults = 0

    async def run(self, resume_after: int | None) -> None:
        """Serves the socket until either side ends it."""
        tasks = {asyncio.create_task(self._speak(resume_after)), asyncio.create_task(self._listen())}
        for task in tasks:
            task.add_done_callback(self._ended)
        try:
            closing = await self._ending
        finally:
            await cancel(tasks)
        if closing is not None:
            await farewell(self._socket, closing)

    def close(self, closing: Closing) -> None:
        """Ends the socket; the first reason stands."""
        if not self._ending.done():
            self._ending.set_result(closing)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if self._ending.done():
            return
        if error is None or isinstance(error, PeerGone):
            self._ending.set_result(None)
        else:
            self.close(refusal(error))

    def offer(self, envelope: Envelope) -> None:
        """The feed's next envelope. A queue that is full is dropped: the backlog has it all."""
        if not self._behind:
            if len(self._queue) < QUEUE_ENVELOPES_MAX:
                self._queue.append(envelope)
            else:
                self.fall_behind()
        self._wake.set()

    def mention(self, envelope: Envelope) -> None:
        """A word about now; a socket with much to say yet goes without."""
        for kind, text in zip(envelope.types, envelope.texts, strict=True):
            shown = self._view.show(kind, text)
            if shown is not None and len(self._words) < WORDS_MAX // 2:
                self._queue_word(shown)

    @property
    def watches(self) -> bool:
        """Whether it shows what happens to everybody."""
        return self._view.watches

    def watch(self, texts: Sequence[str]) -> None:
        """The newest events of the floor."""
        self._floor.extend(texts)
        self._wake.set()

    def fall_behind(self) -> None:
        """Reads on from the backlog."""
        self._queue.clear()
        self._behind = True
        self._wake.set()

    def tick(self, now: float, wall: float) -> None:
        """Ends the socket if its time has come, or pings. `now` is monotonic, `wall` Unix seconds."""
        if wall >= self.principal.exp:
            self.close(Closing(CloseCode.UNAUTHENTICATED, "token_expired"))
        elif self._writing_since is not None and now - self._writing_since > rules.SLOW_SECONDS_MAX:
            self.close(Closing(CloseCode.SLOW, "slow"))
        elif now - self._heard_at > rules.SILENT_SECONDS_MAX:
            self.close(Closing(CloseCode.SILENT, "silent"))
        elif now >= self._ping_at:
            self._ping_at = now + rules.PING_SECONDS
            self._say(Ping(**self._stamp(), type="ping", data=Nothing()))

    async def _speak(self, resume_after: int | None) -> None:
        await self._greet(resume_after)
        while True:
            if self._words:
                await self._write(self._words.popleft())
            elif self._behind:
                await self._catch_up()
            elif self._queue:
                await self._deliver(self._queue.popleft())
            elif self._floor:
                await self._write(self._floor.popleft())
            else:
                self._wake.clear()
                await self._wake.wait()

    async def _greet(self, resume_after: int | None) -> None:
        """Says first whether all since `resume_after` follows, and then keeps that word: never in part."""
        if self.watches:
            await self._show_all()
            return
        missed = None if resume_after is None else await self._missed_since(resume_after)
        if resume_after is not None:
            counter("ws_resumed_total").labels("snapshot" if missed is None else "resumed").inc()
        stamp = self._stamp()
        data = SyncConnectedData(
            session_id=self.session_id, resumed=missed is not None, server_time=stamp["timestamp"]
        )
        await self._write(SyncConnected(**stamp, type="sync_connected", data=data).model_dump_json())
        if missed is None or resume_after is None:
            await self._show_all()
            return
        self._cursor = resume_after
        for envelope in missed:
            await self._deliver(envelope)

    async def _missed_since(self, event_id: int) -> Sequence[Envelope] | None:
        """The first of what followed `event_id`, if anything did; None when that cannot be replayed."""
        if event_id > self.feed.head:
            # Another process may have been told of it a moment before this one.
            self.feed.advance((await self._backlog.heads([self.feed.user_id]))[self.feed.user_id])
        missed = self.feed.head - event_id
        if not rules.is_known(event_id, head=self.feed.head):
            return None
        if not missed:
            return []
        page = await self._backlog.after(self.feed.user_id, event_id)
        if not page or not rules.may_replay(missed=missed, oldest_seconds=time.time() - page[0].committed_at):
            return None
        return page

    async def _catch_up(self) -> None:
        if self._cursor >= self.feed.head:
            self._behind = False
            return
        page = await self._backlog.after(self.feed.user_id, self._cursor)
        for envelope in page:
            await self._deliver(envelope)
        if not page:
            await self._show_all()

    async def _show_all(self) -> None:
        """The snapshot. Its position is taken first: what happens meanwhile follows, at worst again."""
        position = self.feed.head
        everything = await self._view.snapshot(self.feed.user_id)
        stamp = self._stamp()
        state: Told | Spoken = (
            MonitorSnapshot(**stamp, type="monitor_snapshot", data=everything)
            if self.watches
            else InitialState(**stamp | {"id": position}, type="initial_state", data=everything)
        )
        await self._write(state.model_dump_json())
        self._cursor = position

    async def _deliver(self, envelope: Envelope) -> None:
        told = 0
        for number, (kind, text) in enumerate(
            zip(envelope.types, envelope.texts, strict=True), envelope.first_id
        ):
            shown = self._view.show(kind, text) if number > self._cursor else None
            if shown is not None:
                await self._write(shown)
                told += 1
            self._cursor = max(self._cursor, number)
        if told and envelope.committed_at >= self._opened_at:
            _observe_lag(envelope)

    async def _write(self, text: str) -> None:
        self._writing_since = time.monotonic()
        try:
            await self._socket.send({"type": "websocket.send", "text": text})
        except (WebSocketDisconnect, OSError, RuntimeError) as error:
            # The server answers a send after its own close, as to an oversized frame, with a RuntimeError.
            raise PeerGone from error
        self._writing_since = None

    def _stamp(self) -> dict[str, Any]:
        return {"id": None, "user_id": self.principal.user_id, "timestamp": server_time(time.time())}

    def announce(self, data: dict[str, Any]) -> None:
        """Tells what is told to everybody, if this socket shows such things."""
        told = Notification.model_validate(self._stamp() | {"type": "notification", "data": data})
        shown = self._view.show("notification", told.model_dump_json())
        if shown is not None:
            self._queue_word(shown)

    def _say(self, word: Spoken) -> None:
        self._queue_word(word.model_dump_json())

    def _queue_word(self, text: str) -> None:
        if len(self._words) >= WORDS_MAX:
            self.close(Closing(CloseCode.SLOW, "slow"))
            return
        self._words.append(text)
        self._wake.set()

    async def _listen(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            self._heard_at = time.monotonic()
            frame = message.get("text")
            self._hear(message.get("bytes") or b"" if frame is None else frame)

    def _hear(self, frame: str | bytes) -> None:
        if rules.frame_bytes(frame) > rules.FRAME_BYTES_MAX:
            self.close(Closing(CloseCode.FRAME_TOO_BIG, "frame_too_big"))
            return
        if not self._allowance.take(self._heard_at):
            self.close(Closing(CloseCode.ABUSE, "too_many_frames"))
            return
        heard = rules.hear(frame)
        if heard is Heard.PING:
            self._say(Pong(**self._stamp(), type="pong", data=Nothing()))
        elif heard is not Heard.PONG:
            self._object(heard)

    def _object(self, fault: Heard) -> None:
        self._faults += 1
        if self._faults >= rules.FAULTS_MAX:
            self.close(Closing(CloseCode.ABUSE, fault))
            return
        detail = 'Only {"type": "ping"} and {"type": "pong"} are taken here; play through the HTTP API.'
        self._say(Error(**self._stamp(), type="error", data=ErrorData(error=fault, detail=detail)))


def refusal(error: BaseException) -> Closing:
    """How a socket ends when this went wrong: put off while a dependency is away, else failed, and logged."""
    known = as_casino_error(error)
    if known.status == 401:
        return Closing(CloseCode.UNAUTHENTICATED, known.code)
    if known.retry_after_seconds is not None:
        log.warning("socket_put_off", error=repr(error))
        return rules.come_back(CloseCode.TRY_LATER, known.retry_after_seconds, random.random())
    log.error("socket_failed", exc_info=error)
    return Closing(CloseCode.FAILED, "internal_error")


async def farewell(socket: WebSocket, closing: Closing) -> None:
    """Closes a socket and counts why; does not wait long for a peer that has stopped reading."""
    counter("ws_dropped_total").labels(rules.METRIC_REASON[closing.code]).inc()
    try:
        async with asyncio.timeout(FAREWELL_SECONDS_MAX):
            await socket.close(closing.code, closing.reason)
    except (WebSocketDisconnect, OSError, RuntimeError):
        # It is gone already, or the server closed it before us.
        return


def _observe_lag(envelope: Envelope) -> None:
    lag = max(0.0, time.time() - envelope.committed_at)
    exemplar = {"trace_id": trace_id(envelope.traceparent)} if envelope.traceparent else None
    histogram("realtime_event_lag_seconds").observe(lag, exemplar)
    if "stats_update" in envelope.types:
        histogram("game_stats_update_latency_seconds").observe(lag, exemplar)
