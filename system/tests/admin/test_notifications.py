"""Operators send notifications: at once, to everybody, later; each write leaves its audit row."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from casino.kit.clock import rfc3339, utc_now
from casino.kit.database import Database
from casino.kit.settings import Settings
from casino.notifications.service import deliver_due
from tests.factories.access import bearer
from tests.factories.players import a_player

SAID = {"title": "Hello", "body": "From the house.", "data": {"path": "/slot"}}


@pytest.fixture
async def operator(database: Database, settings: Settings) -> dict[str, str]:
    """Headers of an operator."""
    return bearer(settings, await a_player(database), role="operator")


async def audited(client: httpx.AsyncClient, who: dict[str, str], target: str) -> list[dict[str, Any]]:
    """The audit rows of a target, newest first."""
    answer = await client.get("/api/admin/audit-log", headers=who, params={"limit": 100})
    assert answer.status_code == 200, answer.text
    return [row for row in answer.json()["items"] if row["target"] == target]


async def unread(client: httpx.AsyncClient, who: dict[str, str]) -> list[str]:
    """The titles of what a user has not read, newest first."""
    return [item["title"] for item in (await client.get("/api/notifications", headers=who)).json()["items"]]


async def test_sending_at_once(
    client: httpx.AsyncClient, database: Database, settings: Settings, operator: dict[str, str]
) -> None:
    """It is in the inbox when the answer is; who does not exist is passed over; the row says who and what."""
    user_id = await a_player(database)
    answer = await client.post(
        "/api/admin/notifications/send",
        headers=operator,
        json=SAID | {"user_ids": [user_id, user_id, 2**50]},
    )
    assert answer.status_code == 201, answer.text
    sent = answer.json()
    assert (sent["state"], sent["targeted"], sent["delivered"]) == ("sent", 2, 1)
    assert await unread(client, bearer(settings, user_id)) == ["Hello"]
    (row,) = await audited(client, operator, f"send:{sent['id']}")
    assert (row["action"], row["actor_id"], row["address"]) == (
        "notifications.send",
        sent["created_by"],
        "127.0.0.1",
    )
    assert row["before"] is None and row["after"]["user_ids"] == [user_id, 2**50]
    assert row["trace_id"] == answer.headers["traceparent"].split("-")[1]


async def test_a_broadcast_and_a_scheduled_message(
    client: httpx.AsyncClient, database: Database, settings: Settings, operator: dict[str, str]
) -> None:
    """Both are the worker's to send; what waits can be taken back, and leaves a row for that as well."""
    user_id = await a_player(database)
    broadcast = await client.post("/api/admin/notifications/broadcast", headers=operator, json=SAID)
    assert (broadcast.status_code, broadcast.json()["targeted"]) == (202, None)
    later = rfc3339(utc_now() + timedelta(hours=1))
    scheduled = await client.post(
        "/api/admin/notifications/schedule", headers=operator, json=SAID | {"send_at": later}
    )
    assert (scheduled.status_code, scheduled.json()["send_at"]) == (201, later)
    await deliver_due(database)
    assert await unread(client, bearer(settings, user_id)) == ["Hello"]
    number = scheduled.json()["id"]
    listed = await client.get(
        "/api/admin/notifications", headers=operator, params={"state": "scheduled", "limit": 100}
    )
    assert number in [item["id"] for item in listed.json()["items"]]
    path = f"/api/admin/notifications/{number}"
    assert (await client.delete(path, headers=operator)).status_code == 204
    again = await client.delete(path, headers=operator)
    assert (again.status_code, again.json()["error"]) == (409, "send_not_pending")
    assert [row["action"] for row in await audited(client, operator, f"send:{number}")] == [
        "notifications.cancel",
        "notifications.schedule",
    ]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/admin/notifications/send"),
        ("POST", "/api/admin/notifications/broadcast"),
        ("POST", "/api/admin/notifications/schedule"),
        ("GET", "/api/admin/notifications"),
        ("DELETE", "/api/admin/notifications/1"),
        ("GET", "/api/admin/audit-log"),
    ],
)
async def test_players_are_kept_out(
    client: httpx.AsyncClient, database: Database, settings: Settings, method: str, path: str
) -> None:
    """403 for a player, 401 for nobody; a refused write leaves no row."""
    body = SAID | {"user_ids": [1], "send_at": rfc3339(utc_now())}
    asked: dict[str, Any] = {"json": body} if method == "POST" else {}
    who = bearer(settings, await a_player(database))
    assert (await client.request(method, path, **asked)).status_code == 401
    answer = await client.request(method, path, headers=who, **asked)
    assert (answer.status_code, answer.json()["error"]) in [(403, "role_too_low")]


async def test_the_audit_log_cannot_be_changed(
    client: httpx.AsyncClient, database: Database, operator: dict[str, str]
) -> None:
    """Not even by who has the database's password for everything else."""
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    await client.post("/api/admin/notifications/broadcast", headers=operator, json=SAID)
    for statement in (
        "UPDATE admin_audit_logs SET action = 'nothing.at_all'",
        "DELETE FROM admin_audit_logs",
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            async with database.transaction() as connection:
                await connection.execute(text(statement))
