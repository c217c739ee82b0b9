"""Facts become messages by their models, and cross Redis unchanged."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as any_of
from pydantic import ValidationError

from casino.games import facts as games_facts
from casino.kit.outbox import Fact
from casino.realtime.envelope import Envelope, pack, seal, unpack
from casino.wallet import facts as wallet_facts
from tests.realtime.players import STORY, a_round

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def a_fact(data: dict[str, Any], *, type: str = games_facts.ROUND_SETTLED, messages: int = 4) -> Fact:
    """A fact of user 7 with event number 101."""
    return Fact(uuid4(), type, 7, 101, messages, NOON, None, data, 0, 0)


def test_round_becomes_its_four_messages() -> None:
    """Numbers follow on one another, and each message says whose it is and when it happened."""
    envelope = seal(a_fact(a_round(0)), games_facts.messages)
    told = [orjson.loads(text) for text in envelope.texts]
    assert [message["id"] for message in told] == [101, 102, 103, 104] and envelope.last_id == 104
    assert [message["type"] for message in told] == STORY == list(envelope.types)
    assert {message["timestamp"] for message in told} == {"2026-11-21T12:00:00.000Z"}
    assert all(list(message) == ["id", "type", "user_id", "data", "timestamp"] for message in told)
    assert told[0]["data"]["symbols"] == ["cherry", "lemon", "bell"] and "stats" not in told[0]["data"]


def test_only_what_changed_is_told() -> None:
    """A profile update names the balance and no member that did not change."""
    fact = a_fact({"balance": 42}, type=wallet_facts.GOLD_MOVED, messages=1)
    (text,) = seal(fact, wallet_facts.messages).texts
    assert orjson.loads(text)["data"] == {"changes": {"gold_balance": 42}}


@pytest.mark.parametrize(
    ("messages", "error"),
    [
        ([("stats_update", {"stats": {}})], ValidationError),
        ([("profile_update", {"changes": {"gold_balance": 1}, "secret": 1})], ValidationError),
        ([("unheard_of", {})], KeyError),
        ([], AssertionError),
    ],
)
def test_fact_that_breaks_the_contract_is_not_sent(messages: list[Any], error: type[Exception]) -> None:
    """A missing member, one too many, an unknown type and a wrong count are refused before they leave."""
    with pytest.raises(error):
        seal(a_fact({}, messages=1), lambda _: messages)


any_name = any_of.text("abcdefghijklmnopqrstuvwxyz_", min_size=1)
any_message = any_of.tuples(any_name, any_of.text().map(lambda text: orjson.dumps(text).decode()))


@given(
    any_of.integers(1, 2**62),
    any_of.lists(any_message, min_size=1, max_size=16),
    any_of.integers(0, 2**40),
    any_of.one_of(any_of.none(), any_of.just("00-" + "a" * 32 + "-" + "b" * 16 + "-01")),
)
def test_envelope_survives_redis(
    first_id: int, messages: list[tuple[str, str]], milliseconds: int, traceparent: str | None
) -> None:
    """What is unpacked is what was packed, whatever text the messages hold."""
    types, texts = zip(*messages, strict=True)
    envelope = Envelope(first_id, types, texts, milliseconds / 1_000, traceparent)
    again = unpack(pack(envelope))
    assert again._replace(committed_at=0.0) == envelope._replace(committed_at=0.0)
    assert abs(again.committed_at - envelope.committed_at) < 1e-6


@pytest.mark.parametrize("packed", [b"", b"x", b"1 2 - a,b\n{}", b"x 2 - a\n{}", b"\xff"])
def test_what_is_no_envelope_is_refused(packed: bytes) -> None:
    """Bytes of another shape are a ValueError, which the hub answers by asking the log."""
    with pytest.raises(ValueError):  # which part was unreadable does not matter
        unpack(packed)
