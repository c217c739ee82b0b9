"""Messages are what their JSON Schemas say, for facts as the system really commits them."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource

from casino.games import facts as games
from casino.games import sittings
from casino.games.service import Bet, ServerClock
from casino.home.rules import ActionType
from casino.home.schemas import ActionAsked
from casino.home.service import log_actions
from casino.identity.security import note
from casino.kit.clock import utc_now
from casino.kit.database import Database
from casino.kit.kafka import Unreadable, fact_of_record, message_of, topic_of
from casino.kit.outbox import Fact, append_fact
from casino.kit.redis import RedisClient
from casino.kit.settings import Settings
from casino.messages import DOMAINS
from casino.notifications.service import Message, deliver_due, notify, schedule
from casino.shop.errors import VelocityLimited
from casino.shop.service import seed_catalogue, shop_with
from casino.social import facts as social
from casino.wallet.service import reserve_events
from tests.factories.engagement import engagement_consumers, live_a_day, seed_engagement
from tests.factories.gateways import a_gateway, a_paygate
from tests.factories.log import facts_of
from tests.factories.play import a_round, take
from tests.factories.players import a_player
from tests.factories.tables import a_table
from tests.kit.kafka.delivery import TRACEPARENT
from tests.shop.purchases import bought

SCHEMAS = Path(__file__).parents[4] / "contracts" / "events"


def validator(topic: str) -> Draft202012Validator:
    """Checks messages of a topic, formats included."""
    documents = {path.stem: orjson.loads(path.read_bytes()) for path in SCHEMAS.glob("*.json")}
    registry: Registry[Any] = Registry().with_resources(
        [(document["$id"], Resource.from_contents(document)) for document in documents.values()]
    )
    checker = Draft202012Validator.FORMAT_CHECKER
    return Draft202012Validator(documents[topic], registry=registry, format_checker=checker)


async def buy_too_often(settings: Settings, database: Database, redis: RedisClient, user_id: int) -> None:
    """Purchases until the fraud rules ask the buyer to wait."""
    await seed_catalogue(database)
    gateway = a_gateway(a_paygate())
    shop = shop_with(settings, gateway, database=database, redis=redis)
    with pytest.raises(VelocityLimited):
        for _ in range(50):
            await bought(shop.till, user_id)
    await gateway.close()


@pytest.fixture
async def facts(settings: Settings, database: Database, redis: RedisClient) -> dict[str, Fact]:
    """One real fact of each type, by type."""
    user_id = await a_player(database, gold=10_000)
    clock = ServerClock(database, strict=False)
    await clock.read()
    table = a_table(database, clock=clock)
    await table.play(Bet(user_id, 100, game="crash"))
    async with database.transaction() as connection:
        sat = await sittings.start(connection, user_id, "slot")
    await table.play(Bet(user_id, 10, traceparent=TRACEPARENT))
    async with database.transaction() as connection:
        await sittings.end(connection, user_id, sat.session_id, traceparent=None)
        await append_fact(
            connection,
            type=social.FOLLOWER_TOLD,
            user_id=user_id,
            event_no=await reserve_events(connection, user_id, social.FOLLOWER_TOLD_MESSAGES),
            messages=social.FOLLOWER_TOLD_MESSAGES,
            data={"actor": user_id, "kind": "big_win", "amount": 5_000, "game_type": "slot"},
        )
    asked = [
        ActionAsked.model_validate(
            {"action_type": "BUY_CLICK", "client_ts": "2026-11-21T20:00:00Z", "context": {"a": 1}}
        )
    ]
    async with database.transaction() as connection:
        await log_actions(connection, user_id, asked, traceparent=None)
        await note(connection, "NEW_DEVICE", user_id=user_id)
        hello = Message("ADMIN_BROADCAST", "Hello", "To everybody.", {"path": "/slot"})
        await notify(connection, [user_id], hello, source="test")
        await schedule(connection, hello, user_ids=None, send_at=utc_now(), created_by=user_id)
    await deliver_due(database)
    await seed_engagement(database)
    consumers = engagement_consumers()
    await take(database, consumers, [a_round(user_id, bet=100, win=200) for _ in range(10)])
    await live_a_day(database, user_id)
    await buy_too_often(settings, database, redis, user_id)
    # A million gold staked earns a rank.
    await take(database, consumers, [a_round(user_id, bet=1_000_000)])
    return {fact.type: fact for fact in await facts_of(database, user_id)}


async def test_every_type_of_fact_has_its_topic(facts: dict[str, Fact]) -> None:
    """No fact is left without a topic, no topic without a schema."""
    assert facts.keys() == DOMAINS.keys()
    assert {topic_of(domain) for domain in DOMAINS.values()} <= {path.stem for path in SCHEMAS.glob("*.json")}


async def test_messages_keep_to_their_schemas(facts: dict[str, Fact]) -> None:
    """What goes out is what is promised, and comes in as the same fact."""
    for fact in facts.values():
        message = message_of(fact)
        validator(topic_of(DOMAINS[fact.type])).validate(orjson.loads(message))
        headers = [("traceparent", TRACEPARENT.encode())] if fact.traceparent else []
        record = SimpleNamespace(
            partition=fact.partition, offset=fact.log_offset, value=message, headers=headers
        )
        assert fact_of_record(record) == fact


async def test_a_schema_can_fail(facts: dict[str, Fact]) -> None:
    """A message that says more, less or something else is noticed."""
    topic = topic_of(DOMAINS[games.ROUND_SETTLED])
    good = orjson.loads(message_of(facts[games.ROUND_SETTLED]))
    for change in (
        {"surprise": 1},
        {"type": "games.round_lost"},
        {"occurred_at": "yesterday"},
        {"data": good["data"] | {"win_amount": -1}},
        {"data": good["data"] | {"phone_number": "010"}},
    ):
        with pytest.raises(ValidationError):
            validator(topic).validate(good | change)


async def test_the_whitelist_stands_in_the_schema() -> None:
    """A new type of action is added to both or to neither."""
    document = orjson.loads((SCHEMAS / "casino.actions.v1.json").read_bytes())
    assert document["properties"]["data"]["properties"]["action_type"]["enum"] == [
        str(kind) for kind in ActionType
    ]


@pytest.mark.parametrize("value", [None, b"", b"{", b"[]", b'{"event_id": "1"}', b'"text"', b"\xff"])
def test_what_is_no_fact_is_unreadable(value: bytes | None) -> None:
    """Whatever somebody puts on our topics, it is told apart from a fact."""
    record = SimpleNamespace(partition=0, offset=0, value=value, headers=[])
    with pytest.raises(Unreadable):
        fact_of_record(record)
