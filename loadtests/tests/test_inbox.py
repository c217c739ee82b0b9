"""The promise of the socket, broken in every way it can be."""

from __future__ import annotations

from typing import Any

import pytest

from loadtests.deliveries import Deliveries
from loadtests.exchange import Spin
from loadtests.inbox import Inbox
from loadtests.tests.exchanges import a_round

STORY = ("game_event", "profile_update", "stats_update", "user_action")


def message(number: int | None, kind: str = "user_action", user_id: int = 7, **data: Any) -> dict[str, Any]:
    """A message of the hub."""
    stamp = "2026-01-01T00:00:00Z"
    return {"id": number, "type": kind, "user_id": user_id, "data": data, "timestamp": stamp}


def story(first: int, round_id: str = "r1", balance: int = 1010, shown: int = 1010) -> list[dict[str, Any]]:
    """The four messages of a settled round."""
    return [
        message(first, "game_event", **a_round(round_id=round_id, balance=balance)),
        message(first + 1, "profile_update", changes={"gold_balance": shown}),
        message(first + 2, "stats_update", stats={}),
        message(first + 3, "user_action"),
    ]


def heard(*messages: dict[str, Any], inbox: Inbox | None = None) -> list[str]:
    """Everything wrong that an inbox found in these messages."""
    inbox = inbox or Inbox(user_id=7)
    return [problem for each in messages for problem in inbox.take(each)]


def test_whole_rounds_in_order_are_right() -> None:
    """After the snapshot at event 1, two rounds of four messages each."""
    assert heard(message(1, "initial_state"), *story(2), *story(6, round_id="r2")) == []


def test_a_broadcast_has_no_number_and_breaks_no_order() -> None:
    """Messages without an id are outside the sequence."""
    assert heard(message(4), message(None, "notification"), message(5)) == []


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ([2, 3, 3], "event 3 again or late: 4 was due"),
        ([2, 4], "events 3 to 3 left out"),
        ([2, 4, 3], "event 3 again or late: 5 was due"),
    ],
)
def test_a_doubled_a_lost_and_a_late_event_are_caught(numbers: list[int], said: str) -> None:
    """Each breaks the row of consecutive numbers."""
    assert said in heard(*(message(number) for number in numbers))


def test_the_event_of_another_user_is_caught() -> None:
    """Nobody hears what is not theirs."""
    assert heard(message(1, user_id=8)) == ["user_action of user 8 sent to 7"]


def test_a_refused_resume_is_caught_and_a_granted_one_counted() -> None:
    """A player that was away for moments must get everything since."""
    inbox = Inbox(user_id=7)
    assert inbox.open() is None
    heard(message(None, "sync_connected", resumed=False), message(3), inbox=inbox)
    assert inbox.open() == 3
    assert heard(message(None, "sync_connected", resumed=True), message(4), inbox=inbox) == []
    assert inbox.resumed == 1
    inbox.open()
    refused = heard(message(None, "sync_connected", resumed=False), inbox=inbox)
    assert refused == ["resume after 4 refused"]


def test_a_snapshot_in_place_of_events_is_caught() -> None:
    """It may begin a history, and may repeat what is known, but not stand for events never told."""
    assert heard(message(3, "initial_state"), message(4)) == []
    assert heard(message(4), message(4, "initial_state"), message(5)) == []
    assert heard(message(4), message(9, "initial_state")) == ["events 5 to 9 replaced by a snapshot"]


def test_an_objection_of_the_hub_is_a_fault() -> None:
    """This client sends nothing that may be objected to."""
    assert "objects" in heard(message(None, "error", error="not_json"))[0]


def test_a_round_told_twice_is_caught() -> None:
    """Also under fresh numbers."""
    assert "game_event of round r1 twice" in heard(*story(1), *story(5))


def test_a_story_out_of_order_is_caught() -> None:
    """The four messages of a round have their places."""
    told = story(1)
    told[1]["type"], told[2]["type"] = told[2]["type"], told[1]["type"]
    told[1]["data"], told[2]["data"] = told[2]["data"], told[1]["data"]
    assert "event 2 is a stats_update, a profile_update was due" in heard(*told)


def test_gold_that_contradicts_its_round_is_caught() -> None:
    """The profile_update after a round shows what the round left."""
    assert heard(*story(1, shown=1011)) == ["profile_update shows 1011 gold after a round that left 1010"]


def _settled(deliveries: Deliveries, **changes: Any) -> Any:
    spin = Spin("k", 10, sent=1767225600.0, answered=1767225600.2, round_id="r1")
    return deliveries.settle("steady", spin, a_round(**changes))


def test_a_delivery_counts_from_the_commit_whichever_comes_first() -> None:
    """The event's timestamp lies between sending and answer and is taken as the commit."""
    event = message(1, "game_event", **a_round()) | {"timestamp": "2026-01-01T00:00:00.100Z"}
    answered_first, told_first = Deliveries(), Deliveries()
    assert _settled(answered_first) is None
    late = answered_first.receive(event, at=1767225600.5)
    assert told_first.receive(event, at=1767225600.15) is None
    early = _settled(told_first)
    assert late is not None
    assert late.received - late.committed == pytest.approx(0.4, abs=1e-3)
    assert early.received - early.committed == pytest.approx(0.05, abs=1e-3)


def test_a_clock_that_is_off_cannot_make_a_delivery_look_slow_or_fast() -> None:
    """A timestamp outside the bracket of sending and answer is held to it."""
    deliveries = Deliveries()
    _settled(deliveries)
    event = message(1, "game_event", **a_round()) | {"timestamp": "2025-12-31T23:00:00Z"}
    delivery = deliveries.receive(event, at=1767225600.3)
    assert delivery is not None
    assert delivery.committed == 1767225600.0


def test_an_event_that_tells_another_win_is_caught() -> None:
    """Event and answer must agree."""
    deliveries = Deliveries()
    _settled(deliveries)
    delivery = deliveries.receive(message(1, "game_event", **a_round(win_amount=30)), at=1767225600.3)
    assert delivery is not None
    assert delivery.wrong == ("event of round r1 shows win_amount 30, its answer 20",)


def test_a_round_never_told_stays_undelivered() -> None:
    """Whoever waits for it sees which one is missing."""
    deliveries = Deliveries()
    _settled(deliveries)
    assert list(deliveries.undelivered()) == ["r1"]


def test_a_round_that_runs_is_told_twice() -> None:
    """Its start has two messages, its end four; the same start again is a fault."""
    began = [
        message(1, "game_event", **a_round(outcome="running")),
        message(2, "profile_update", changes={"gold_balance": 1010}),
    ]
    assert heard(*began, *story(3)) == []
    assert "game_event of round r1 twice" in heard(
        *began, message(3, "game_event", **a_round(outcome="running"))
    )
