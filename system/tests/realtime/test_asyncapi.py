"""The published description of the socket is what the socket does."""

import json
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from casino.games import sittings
from casino.kit.database import Database
from casino.kit.outbox import append_fact
from casino.kit.redis import RedisClient
from casino.kit.settings import Settings
from casino.notifications.service import Message, notify
from casino.realtime.asyncapi import asyncapi_yaml, document
from casino.realtime.schemas import EVENTS
from casino.rewards.service import Grant, grant
from casino.shop.facts import PURCHASE_UPDATED, UPDATE_MESSAGES
from casino.social.facts import FOLLOWER_TOLD
from casino.wallet.service import reserve_events
from tests.factories.engagement import engagement_consumers, live_a_day, seed_engagement
from tests.factories.play import a_round, take
from tests.realtime.players import new_player, settle_rounds
from tests.realtime.processes import FanoutWorker, HubServer

PUBLISHED = Path(__file__).parents[3] / "contracts" / "asyncapi.yaml"


def test_published_document_is_this_one() -> None:
    """Whoever changes a message changes contracts/asyncapi.yaml with it."""
    assert PUBLISHED.read_text() == asyncapi_yaml()


def test_document_is_whole() -> None:
    """It is plain JSON, and every reference in it leads somewhere."""
    whole = document()
    assert yaml.safe_load(asyncapi_yaml()) == json.loads(json.dumps(whole)) == whole
    for reference in references(whole):
        place: Any = whole
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def references(part: Any) -> list[str]:
    """Every `$ref` below."""
    if isinstance(part, dict):
        own = [part["$ref"]] if "$ref" in part else []
        return own + [found for value in part.values() for found in references(value)]
    return [found for value in part for found in references(value)] if isinstance(part, list) else []


def validators() -> dict[str, Draft202012Validator]:
    """By message type, what the document says that the server sends."""
    whole = document()
    registry: Registry[Any] = Registry().with_resource("urn:doc", Resource.opaque(whole))
    sent = [reference["$ref"] for reference in whole["operations"]["tell"]["messages"]]
    messages = [whole["components"]["messages"][reference.rpartition("/")[2]] for reference in sent]
    payloads = {message["name"]: {"$ref": "urn:doc" + message["payload"]["$ref"]} for message in messages}
    return {name: Draft202012Validator(payload, registry=registry) for name, payload in payloads.items()}


async def have_a_day(database: Database, user_id: int) -> None:
    """Brings about everything that play and rewards tell."""
    await seed_engagement(database)
    async with database.transaction() as connection:
        await grant(connection, Grant(user_id, "operator", "for the test", gold=10_000))
    await take(database, engagement_consumers(), [a_round(user_id, win=200) for _ in range(10)])
    await live_a_day(database, user_id)


async def test_every_message_is_as_described(
    hubs: list[HubServer], fanout: FanoutWorker, database: Database, redis: RedisClient, settings: Settings
) -> None:
    """All that a socket says is valid by the document, and a message with a member changed is not."""
    player = await new_player(database, settings)
    async with player.socket(hubs[0].port) as socket:
        await player.hear(socket)
        await socket.send('{"type":"ping"}')
        await socket.send("?")
        async with database.transaction() as connection:
            sat = await sittings.start(connection, player.user_id, "slot")
            await sittings.end(connection, player.user_id, sat.session_id, traceparent=None)
            await append_fact(
                connection,
                type=FOLLOWER_TOLD,
                user_id=player.user_id,
                event_no=await reserve_events(connection, player.user_id, 1),
                messages=1,
                data={"actor": 1, "kind": "big_win", "amount": 5_000, "game_type": "slot"},
            )
            await append_fact(
                connection,
                type=PURCHASE_UPDATED,
                user_id=player.user_id,
                event_no=await reserve_events(connection, player.user_id, UPDATE_MESSAGES),
                messages=UPDATE_MESSAGES,
                data={
                    "status": "failed",
                    "kind": "product",
                    "product_id": 1001,
                    "reason_code": "CARD_DECLINED",
                },
            )
        await have_a_day(database, player.user_id)
        await settle_rounds(database, redis, player.user_id, 2)
        async with database.transaction() as connection:
            hello = Message("ADMIN_NOTIFICATION", "Hello", "From the house.", {})
            await notify(connection, [player.user_id], hello, source="test")
        due = EVENTS.keys() | {"sync_connected", "initial_state", "pong", "error"}
        while {message["type"] for message in player.heard} < due:
            await player.hear(socket)
    described = validators()
    assert {message["type"] for message in player.heard} == due
    for message in player.heard:
        described[message["type"]].validate(message)
        assert not described[message["type"]].is_valid(message | {"user_id": "somebody"})
        assert not described[message["type"]].is_valid(message | {"more": 1})
