"""One user's events as they arrive in this process, handed to each of the user's sockets here."""

import asyncio
from typing import Protocol

from casino.realtime.envelope import Envelope


class Listener(Protocol):
    """A socket, as a feed sees it."""

    def offer(self, envelope: Envelope) -> None:
        """The next envelope; it follows on the one before."""

    def mention(self, envelope: Envelope) -> None:
        """A word about now, which has no number."""

    def fall_behind(self) -> None:
        """There is more than was offered: read on from where you are up to the feed's head."""


class Feed:
    """`head` is the last event known to exist. `fresh` is set once nothing after it can pass by unheard:

    the subscription was confirmed, and the log was asked for the head after that.
    """

    def __init__(self, user_id: int) -> None:
        self.user_id = user_id
        self.head = 0
        self.fresh = asyncio.Event()
        self.listeners: set[Listener] = set()

    def arrive(self, envelope: Envelope) -> None:
        """An envelope came by on the channel: a word, new, a repeat, or the first after some that were missed."""
        if envelope.first_id == 0:
            for listener in self.listeners:
                listener.mention(envelope)
            return
        if envelope.last_id <= self.head:
            return
        follows = envelope.first_id == self.head + 1
        self.head = envelope.last_id
        for listener in self.listeners:
            if follows:
                listener.offer(envelope)
            else:
                listener.fall_behind()

    def advance(self, head: int) -> None:
        """The log ends at `head`, whatever the channel has brought so far."""
        if head <= self.head:
            return
        self.head = head
        for listener in self.listeners:
            listener.fall_behind()
