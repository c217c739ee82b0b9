"""The hub's decisions, each on both sides of its bound."""

import json

from hypothesis import given
from hypothesis import strategies as any_of

from casino.realtime import rules
from casino.realtime.rules import Allowance, CloseCode, Heard


@given(any_of.one_of(any_of.text(), any_of.binary()))
def test_any_frame_is_judged(frame: str | bytes) -> None:
    """Nothing that can come over a socket is raised on."""
    assert rules.hear(frame) in Heard


def test_frames_that_mean_something() -> None:
    """A ping is a ping with or without more members; everything else is a fault of its kind."""
    assert rules.hear('{"type":"ping","n":1}') is Heard.PING
    assert rules.hear(b'{"type":"pong"}') is Heard.PONG
    assert rules.hear('{"type":"spin"}') is Heard.UNKNOWN_TYPE
    assert rules.hear('{"type":{}}') is Heard.UNKNOWN_TYPE
    assert rules.hear('["ping"]') is Heard.UNKNOWN_TYPE
    assert rules.hear("ping") is Heard.NOT_JSON


@given(any_of.one_of(any_of.none(), any_of.text()))
def test_any_position_is_read(text: str | None) -> None:
    """Whatever stands in the address is a number somebody may have, no number, or nothing."""
    number = rules.read_event_id(text)
    assert number is None if not text else number is not None
    assert number is None or -1 <= number <= rules.EVENT_ID_MAX


def test_positions_at_the_bounds() -> None:
    """The largest number that PostgreSQL holds is one, the next is not."""
    assert rules.read_event_id("0") == 0
    assert rules.read_event_id("9223372036854775807") == 2**63 - 1
    assert rules.read_event_id("9223372036854775808") == -1
    assert rules.is_known(0, head=0) and rules.is_known(7, head=7)
    assert not rules.is_known(8, head=7) and not rules.is_known(-1, head=7)


def test_what_is_replayed() -> None:
    """500 events of any age, or any number of the last ten minutes; only old and many is too much."""
    assert rules.may_replay(missed=500, oldest_seconds=1e9)
    assert rules.may_replay(missed=1_000_000, oldest_seconds=600.0)
    assert not rules.may_replay(missed=501, oldest_seconds=600.1)


def test_allowance_runs_out_and_fills() -> None:
    """30 frames at once, then two a second, and never more than 30 saved up."""
    allowance = Allowance(now=0.0)
    assert [allowance.take(0.0) for _ in range(31)] == [True] * 30 + [False]
    assert allowance.take(0.5) and not allowance.take(0.5)
    assert [allowance.take(1_000.0) for _ in range(31)] == [True] * 30 + [False]


@given(any_of.floats(0, 1, exclude_max=True), any_of.integers(0, 10_000))
def test_return_is_spread(chance: float, sockets: int) -> None:
    """Clients come back over a time that grows with their number; the reason fits in a close frame."""
    seconds = rules.return_seconds(sockets)
    closing = rules.come_back(CloseCode.RESTARTING, seconds, chance)
    wait = json.loads(closing.reason)["retry_after"]
    assert seconds >= max(1.0, sockets / 200)
    assert 0.5 * seconds - 0.01 <= wait <= 1.5 * seconds + 0.01
    assert len(closing.reason.encode()) <= 123


def test_every_close_is_explained_and_counted() -> None:
    """A code without a meaning or a metric would be found out only when it is used."""
    assert set(rules.MEANING) == set(rules.METRIC_REASON) == set(CloseCode)
