"""A user's events as they arrive: in step, doubled, with gaps."""

from collections.abc import Iterator

import pytest

from casino.realtime.backlog import unbroken
from casino.realtime.envelope import Envelope, presence
from casino.realtime.feed import Feed


class Ear:
    """Notes what a feed tells it."""

    def __init__(self) -> None:
        self.told: list[int | str] = []

    def offer(self, envelope: Envelope) -> None:
        """Notes the first number."""
        self.told.append(envelope.first_id)

    def mention(self, envelope: Envelope) -> None:
        """Notes the word."""
        self.told.append(envelope.types[0])

    def fall_behind(self) -> None:
        """Notes that it must read on by itself."""
        self.told.append("behind")


def numbered(first_id: int, messages: int = 4) -> Envelope:
    """An envelope with these numbers."""
    return Envelope(first_id, ("game_event",) * messages, ("{}",) * messages, 0.0, None)


@pytest.fixture
def feed_and_ear() -> Iterator[tuple[Feed, Ear]]:
    """A feed that ends at event 4, and one who listens to it."""
    feed, ear = Feed(7), Ear()
    feed.advance(4)
    feed.listeners.add(ear)
    yield feed, ear


def test_followers_are_offered(feed_and_ear: tuple[Feed, Ear]) -> None:
    """What follows on the last event is handed over as it is."""
    feed, ear = feed_and_ear
    feed.arrive(numbered(5))
    feed.arrive(numbered(9, messages=1))
    assert ear.told == [5, 9] and feed.head == 9


def test_a_word_without_a_number_moves_nothing(feed_and_ear: tuple[Feed, Ear]) -> None:
    """It is handed over as it is, as often as it comes, and the next event still follows on the last one."""
    feed, ear = feed_and_ear
    for _ in range(2):
        feed.arrive(presence(7, 9, online=True, at=0.0))
    feed.arrive(numbered(5))
    assert ear.told == ["presence", "presence", 5] and feed.head == 8


def test_repeats_are_silent(feed_and_ear: tuple[Feed, Ear]) -> None:
    """The fan-out may say everything twice."""
    feed, ear = feed_and_ear
    for first_id in (1, 5, 5, 1):
        feed.arrive(numbered(first_id))
    assert ear.told == [5] and feed.head == 8


def test_gap_sends_listeners_to_the_backlog(feed_and_ear: tuple[Feed, Ear]) -> None:
    """After a missing event nothing is handed over out of order: the listener reads on from where it is."""
    feed, ear = feed_and_ear
    feed.arrive(numbered(9))
    feed.arrive(numbered(13))
    assert ear.told == ["behind", 13] and feed.head == 16


def test_log_knows_better(feed_and_ear: tuple[Feed, Ear]) -> None:
    """The log's head moves the feed on, and never back."""
    feed, ear = feed_and_ear
    feed.advance(12)
    feed.advance(8)
    feed.arrive(numbered(9))
    assert ear.told == ["behind"] and feed.head == 12


def test_chain_ends_at_the_first_hole() -> None:
    """From a place in the middle of a fact on, without what comes before it and without what is cut off."""
    facts = [numbered(1), numbered(5), numbered(9), numbered(17)]
    assert [envelope.first_id for envelope in unbroken(facts, 6)] == [5, 9]
    assert [envelope.first_id for envelope in unbroken(facts, 0)] == [1, 5, 9]
    assert unbroken(facts, 12) == [] and unbroken([], 3) == []
