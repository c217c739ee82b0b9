"""Rewards over HTTP: own ones, codes, and what operators give."""

import asyncio
from typing import Any

import httpx
from sqlalchemy import insert

from casino.kit.database import Database
from casino.kit.settings import Settings
from casino.rewards.models import RedeemCode
from tests.factories.access import bearer
from tests.factories.players import a_player


async def test_a_code_gives_once(client: httpx.AsyncClient, database: Database, settings: Settings) -> None:
    """In any case of letters, once to each player; its reward is in the list."""
    user = await a_player(database, gold=1_000)
    headers = bearer(settings, user)
    first = await client.post("/api/rewards/redeem", headers=headers, json={"code": "neon-club"})
    assert (first.status_code, first.json()) == (
        200,
        {"code": "NEON-CLUB", "awarded_gold": 300, "awarded_xp": 20, "new_gold_balance": 1_300},
    )
    again = await client.post("/api/rewards/redeem", headers=headers, json={"code": "NEON-CLUB"})
    assert (again.status_code, again.json()["error"]) == (409, "already_redeemed")
    unknown = await client.post("/api/rewards/redeem", headers=headers, json={"code": "NO-SUCH"})
    assert (unknown.status_code, unknown.json()["error"]) == (404, "redeem_code_not_found")
    mine = (await client.get("/api/rewards/me", headers=headers)).json()
    assert [(item["source"], item["source_key"], item["gold"]) for item in mine["items"]] == [
        ("code", "NEON-CLUB", 300)
    ]
    assert mine["standing"] == {"level": 1, "exp": 20, "level_exp": 0, "next_level_exp": 100}


async def test_a_key_replays_the_answer(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """The same key and request get the first answer byte for byte, ten at once; another request is refused."""
    headers = bearer(settings, await a_player(database)) | {"Idempotency-Key": "one"}
    asked = [
        client.post("/api/rewards/redeem", headers=headers, json={"code": "NEON-CLUB"}) for _ in range(10)
    ]
    answers = await asyncio.gather(*asked)
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 9
    other = await client.post("/api/rewards/redeem", headers=headers, json={"code": "WEEKEND-500"})
    assert (other.status_code, other.json()["error"]) == (422, "idempotency_key_reused")


async def test_a_code_is_never_used_more_often(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """Three uses and eight players at once: three succeed."""
    async with database.transaction() as connection:
        new = {"code": "THREE-ONLY", "template_code": "welcome-club", "max_uses": 3}
        await connection.execute(insert(RedeemCode).values(**new))
    players = [bearer(settings, await a_player(database)) for _ in range(8)]
    asked = [
        client.post("/api/rewards/redeem", headers=headers, json={"code": "THREE-ONLY"})
        for headers in players
    ]
    codes = sorted(answer.status_code for answer in await asyncio.gather(*asked))
    assert codes == [200] * 3 + [409] * 5


async def audited(client: httpx.AsyncClient, operator: dict[str, str], target: str) -> list[Any]:
    """(actor, action, who was granted) of a target's audit rows, newest first."""
    rows = (await client.get("/api/admin/audit-log", headers=operator, params={"limit": 100})).json()["items"]
    return [
        (row["actor_id"], row["action"], row["after"]["granted"]) for row in rows if row["target"] == target
    ]


async def test_operators_distribute(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """A template for two players and a stranger: given once for its key, and noted each time; players may not."""
    operator = await a_player(database)
    users = [await a_player(database, gold=0) for _ in range(2)]
    body = {"user_ids": [*users, 2**40], "key": f"sorry-{operator}", "note": "The outage of last night."}
    body |= {"template_code": "our-apology"}
    headers = bearer(settings, operator, role="operator")
    outcomes = []
    for _ in range(2):
        answer = await client.post("/api/rewards/distribute", headers=headers, json=body)
        assert answer.status_code == 200, answer.text
        outcomes.append([(one["outcome"], one["new_gold_balance"]) for one in answer.json()["results"]])
    assert outcomes == [
        [("granted", 400), ("granted", 400), ("no_such_user", None)],
        [("already_granted", None), ("already_granted", None), ("no_such_user", None)],
    ]
    assert await audited(client, headers, f"gift:{body['key']}") == [
        (operator, "rewards.distribute", []),
        (operator, "rewards.distribute", users),
    ]
    refused = await client.post("/api/rewards/distribute", headers=bearer(settings, users[0]), json=body)
    assert refused.status_code == 403
    unknown = body | {"template_code": "nothing", "key": "other"}
    assert (await client.post("/api/rewards/distribute", headers=headers, json=unknown)).status_code == 404


async def test_rewards_are_private(client: httpx.AsyncClient, database: Database, settings: Settings) -> None:
    """Others' rewards are for admins."""
    user, other = await a_player(database), await a_player(database)
    path = f"/api/rewards/users/{user}/rewards"
    codes = [
        (await client.get(path, headers=headers)).status_code
        for headers in (
            bearer(settings, user),
            bearer(settings, other),
            bearer(settings, other, role="admin"),
        )
    ]
    assert codes == [200, 403, 200]
