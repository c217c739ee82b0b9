"""The inbox over HTTP: read states, pages, settings, and nobody else's."""

from typing import Any

import httpx
import pytest

from casino.kit.database import Database
from casino.kit.settings import Settings
from casino.notifications.service import Message, notify
from tests.factories.access import bearer
from tests.factories.log import facts_of
from tests.factories.players import a_player

HELLO = Message("ADMIN_NOTIFICATION", "Hello", "From the house.", {"path": "/slot"})


async def told(database: Database, user_id: int, *sources: str, message: Message = HELLO) -> list[int]:
    """How many got the message, for each source."""
    counts = []
    for source in sources:
        async with database.transaction() as connection:
            counts.append(await notify(connection, [user_id], message, source=source))
    return counts


async def inbox(client: httpx.AsyncClient, who: dict[str, str], **query: Any) -> dict[str, Any]:
    """A page of the inbox."""
    answer = await client.get("/api/notifications", headers=who, params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_reading_one_and_all(client: httpx.AsyncClient, database: Database, settings: Settings) -> None:
    """Unread ones are counted; a second reading keeps the first one's moment."""
    user_id = await a_player(database)
    who = bearer(settings, user_id)
    assert await told(database, user_id, "a", "b", "c") == [1, 1, 1]
    page = await inbox(client, who)
    assert [item["title"] for item in page["items"]] == ["Hello"] * 3
    assert (page["unread"], page["next_cursor"]) == (3, None)
    newest = page["items"][0]["id"]
    first = await client.post(f"/api/notifications/{newest}/read", headers=who)
    again = await client.post(f"/api/notifications/{newest}/read", headers=who)
    assert first.json() == again.json() and first.json()["read_at"]
    unread = await inbox(client, who, unread=True)
    assert unread["unread"] == 2 and newest not in [item["id"] for item in unread["items"]]
    assert (await client.post("/api/notifications/read-all", headers=who)).json() == {"read": 2}
    assert (await inbox(client, who))["unread"] == 0


async def test_pages_follow_on_one_another(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """Newest first, each once, until there is no cursor."""
    user_id = await a_player(database)
    who = bearer(settings, user_id)
    await told(database, user_id, *"abcde")
    seen: list[int] = []
    cursor: dict[str, Any] = {}
    while True:
        page = await inbox(client, who, limit=2, **cursor)
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert len(seen) == 5 and seen == sorted(seen, reverse=True)


async def test_another_users_inbox_is_not_there(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """Neither to read nor to mark; and without a token nothing is."""
    owner, stranger = await a_player(database), await a_player(database)
    await told(database, owner, "a")
    number = (await inbox(client, bearer(settings, owner)))["items"][0]["id"]
    answer = await client.post(f"/api/notifications/{number}/read", headers=bearer(settings, stranger))
    assert (answer.status_code, answer.json()["error"]) == (404, "notification_not_found")
    assert (await inbox(client, bearer(settings, stranger)))["items"] == []
    assert (await inbox(client, bearer(settings, owner)))["unread"] == 1
    assert (await client.get("/api/notifications")).status_code == 401


async def test_a_source_tells_a_user_once(database: Database) -> None:
    """A repeated delivery adds neither a row nor an event."""
    user_id = await a_player(database, gold=0)
    assert await told(database, user_id, "fact:1", "fact:1") == [1, 0]
    facts = await facts_of(database, user_id)
    assert [(fact.type, fact.event_no, fact.messages) for fact in facts] == [("notifications.notified", 1, 1)]


@pytest.mark.parametrize(
    ("setting", "kind"),
    [("admin_notification", "ADMIN_NOTIFICATION"), ("campaign", "CAMPAIGN"), ("admin_broadcast", "SECURITY")],
)
async def test_what_is_switched_off_does_not_come(
    client: httpx.AsyncClient, database: Database, settings: Settings, setting: str, kind: Any
) -> None:
    """A kind that is declined is neither kept nor told; security notices cannot be declined."""
    user_id = await a_player(database)
    who = bearer(settings, user_id)
    everything = {"admin_broadcast": True, "admin_notification": True, "campaign": True}
    assert (await client.get("/api/notification/settings", headers=who)).json() == everything
    answer = await client.put("/api/notification/settings", headers=who, json={setting: False})
    assert answer.json() == everything | {setting: False}
    came = await told(database, user_id, "a", message=HELLO._replace(kind=kind))
    assert came == [1 if kind == "SECURITY" else 0]
    assert (await inbox(client, who))["unread"] == came[0]
    refused = await client.put("/api/notification/settings", headers=who, json={"security": False})
    assert refused.status_code == 422
