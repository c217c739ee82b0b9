"""The log of actions over HTTP: what browsers report, all or nothing, and who may read it."""

from typing import Any

import httpx
import pytest

from casino.games.service import Bet
from casino.home import facts as home
from casino.home.jobs import append_actions
from casino.kit.database import Database
from casino.kit.settings import Settings
from casino.rewards.facts import REWARD_GRANTED
from casino.rewards.service import Grant, grant
from tests.factories.access import bearer
from tests.factories.log import facts_of
from tests.factories.players import a_player
from tests.factories.tables import a_table

OPEN_SHOP = {"action_type": "OPEN_SHOP", "context": {"source": "banner", "position": 2}}


@pytest.fixture
async def player(database: Database, settings: Settings) -> tuple[int, dict[str, str]]:
    """A user and their headers."""
    user_id = await a_player(database)
    return user_id, bearer(settings, user_id)


async def recent(client: httpx.AsyncClient, user_id: int, headers: dict[str, str], **query: Any) -> Any:
    """A page of the user's actions."""
    answer = await client.get(f"/api/actions/recent/{user_id}", headers=headers, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_reported_action_is_logged_and_told(
    client: httpx.AsyncClient, database: Database, player: tuple[int, dict[str, str]]
) -> None:
    """It is in the list at once, and its fact says the same under the same event number."""
    user_id, headers = player
    body = OPEN_SHOP | {"clientTs": "2026-11-21T20:15:00+09:00"}
    answer = await client.post("/api/actions", headers=headers, json=body)
    assert answer.status_code == 201, answer.text
    logged = answer.json()
    assert logged["client_ts"] == "2026-11-21T11:15:00.000Z"
    assert (await recent(client, user_id, headers))["items"] == [logged]
    fact = (await facts_of(database, user_id))[-1]
    assert (fact.type, fact.event_no, fact.messages) == (home.ACTION_LOGGED, logged["id"], 1)
    ((kind, data),) = home.messages(fact)
    assert kind == "user_action"
    assert data == {
        "action_type": "OPEN_SHOP",
        "context": OPEN_SHOP["context"],
        "client_ts": logged["client_ts"],
        "server_ts": logged["created_at"],
    }


async def test_bulk_keeps_the_order(client: httpx.AsyncClient, player: tuple[int, dict[str, str]]) -> None:
    """Consecutive numbers in the order sent; the list shows the newest first, page by page."""
    user_id, headers = player
    kinds = ["OPEN_SHOP", "BUY_CLICK", "PAGE_VIEW", "SLOT_SPIN", "GACHA_PULL"]
    body = {"actions": [{"actionType": kind} for kind in kinds]}
    answer = await client.post("/api/actions/bulk", headers=headers, json=body)
    assert answer.status_code == 201, answer.text
    items = answer.json()["items"]
    assert [item["action_type"] for item in items] == kinds
    assert [item["id"] for item in items] == list(range(items[0]["id"], items[0]["id"] + 5))
    assert {item["source"] for item in items} == {"client"}
    seen: list[Any] = []
    cursor = None
    for pages_left in (2, 1, 0):
        page = await recent(client, user_id, headers, limit=2, **({"cursor": cursor} if cursor else {}))
        seen += page["items"]
        cursor = page["next_cursor"]
        assert (cursor is not None) == (pages_left > 0)
    assert seen == items[::-1]


async def test_bulk_is_all_or_nothing(client: httpx.AsyncClient, player: tuple[int, dict[str, str]]) -> None:
    """One bad action, or one too many, and none is logged."""
    user_id, headers = player
    for actions in ([OPEN_SHOP, {"action_type": "HACK"}], [OPEN_SHOP] * 101, []):
        answer = await client.post("/api/actions/bulk", headers=headers, json={"actions": actions})
        assert (answer.status_code, answer.json()["error"]) == (422, "validation_error")
    assert (await recent(client, user_id, headers))["items"] == []


BAD = {
    "unknown type": '{"action_type": "DROP_TABLE"}',
    "unknown member": '{"action_type": "OPEN_SHOP", "gold": 5}',
    "NUL in a text": '{"action_type": "OPEN_SHOP", "context": {"a": "x\\u0000y"}}',
    "NUL in a name": '{"action_type": "OPEN_SHOP", "context": {"a\\u0000": 1}}',
    "half a surrogate pair": '{"action_type": "OPEN_SHOP", "context": {"a": "\\ud800"}}',
    "not a number": '{"action_type": "OPEN_SHOP", "context": {"a": NaN}}',
    "infinite": '{"action_type": "OPEN_SHOP", "context": {"a": 1e999}}',
    "a number beyond every integer": '{"action_type": "OPEN_SHOP", "context": {"a": 99999999999999999999}}',
    "a list in the context": '{"action_type": "OPEN_SHOP", "context": {"a": [1]}}',
    "a context too wide": '{"action_type": "OPEN_SHOP", "context": {'
    + ",".join(f'"k{n}": 1' for n in range(21))
    + "}}",
    "a text too long": '{"action_type": "OPEN_SHOP", "context": {"a": "' + "x" * 257 + '"}}',
    "a time before computers": '{"action_type": "OPEN_SHOP", "client_ts": "0001-01-01T00:00:00+14:00"}',
    "a time without a zone": '{"action_type": "OPEN_SHOP", "client_ts": "2026-11-21T00:00:00"}',
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
async def test_bad_reports_are_refused(
    client: httpx.AsyncClient, player: tuple[int, dict[str, str]], body: str
) -> None:
    """Whatever PostgreSQL or JSON could not keep is a 422, never a 500."""
    headers = player[1] | {"Content-Type": "application/json"}
    answer = await client.post("/api/actions", headers=headers, content=body)
    assert (answer.status_code, answer.json()["error"]) == (422, "validation_error"), answer.text


async def test_every_allowed_value_comes_back(
    client: httpx.AsyncClient, player: tuple[int, dict[str, str]]
) -> None:
    """What may stand in a context is kept as it was sent."""
    context = {"text": "네온 ✨", "whole": 1 - 2**53, "part": 0.125, "yes": True, "nothing": None}
    answer = await client.post(
        "/api/actions", headers=player[1], json={"action_type": "PAGE_VIEW", "context": context}
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["context"] == context
    assert [type(value) for value in answer.json()["context"].values()] == [
        type(value) for value in context.values()
    ]


async def test_actions_are_the_players_own(
    client: httpx.AsyncClient, database: Database, settings: Settings, player: tuple[int, dict[str, str]]
) -> None:
    """Others are refused, an admin may look, and nobody is anybody without a token."""
    user_id, headers = player
    stranger = bearer(settings, await a_player(database))
    path = f"/api/actions/recent/{user_id}"
    assert (await client.get(path, headers=stranger)).status_code == 403
    assert (await client.get(path)).status_code == 401
    assert (await client.post("/api/actions", json=OPEN_SHOP)).status_code == 401
    admin = bearer(settings, await a_player(database), role="admin")
    assert (await client.get(path, headers=admin)).status_code == 200
    assert (await client.get(path, headers=headers, params={"cursor": "x"})).status_code == 422
    assert (await client.get("/api/actions/recent/0", headers=headers)).status_code == 422
    assert (await client.get(f"/api/actions/recent/{2**63}", headers=headers)).status_code == 422


async def test_a_settled_round_becomes_an_action_once(
    client: httpx.AsyncClient, database: Database, player: tuple[int, dict[str, str]]
) -> None:
    """The consumer logs it under the number of its `user_action` message; a redelivery changes nothing."""
    user_id, headers = player
    table = a_table(database)
    await table.play(Bet(user_id, 10))
    settled = (await facts_of(database, user_id))[-1]
    for _ in range(2):
        async with database.transaction() as connection:
            await append_actions(connection, [settled])
    (action,) = (await recent(client, user_id, headers))["items"]
    assert (action["action_type"], action["source"]) == ("SLOT_SPIN", "server")
    assert action["id"] == settled.event_no + settled.messages - 1
    assert action["context"]["round_id"] == settled.data["round_id"]


async def test_a_claim_is_an_action_and_a_gift_is_none(
    client: httpx.AsyncClient, database: Database, player: tuple[int, dict[str, str]]
) -> None:
    """What a player took is logged under its message's number; what came by itself is not theirs to have done."""
    user_id, headers = player
    assert (await client.post("/api/streak/claim", headers=headers)).status_code == 200
    async with database.transaction() as connection:
        await grant(connection, Grant(user_id, "achievement", "first-spin", gold=200))
    given = [fact for fact in await facts_of(database, user_id) if fact.type == REWARD_GRANTED]
    for _ in range(2):
        async with database.transaction() as connection:
            await append_actions(connection, given)
    (action,) = (await recent(client, user_id, headers))["items"]
    assert (action["action_type"], action["source"]) == ("STREAK_CLAIM", "server")
    assert action["context"]["gold"] == 150
    assert action["id"] == given[0].event_no + given[0].messages - 1


async def test_recent_actions_are_read_from_their_index(database: Database) -> None:
    """A page costs a few index entries, whatever else there is: nothing is scanned, nothing sorted."""
    async with database.transaction() as connection:
        await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = await connection.exec_driver_sql(
            "EXPLAIN SELECT * FROM user_actions WHERE user_id = 1 AND event_no < 100 ORDER BY event_no DESC LIMIT 20"
        )
        shown = "\n".join(plan.scalars())
    assert "Index Scan Backward" in shown
    assert "Sort" not in shown.replace("Sort Key", "")
    assert "Seq Scan" not in shown
