"""Security events become notices: for whom they concern, and for admins where they must know."""

from collections.abc import Sequence

import httpx
import pytest
from sqlalchemy import select, text

from casino.identity.facts import SECURITY_NOTED
from casino.identity.service import promote, seed_basic
from casino.kit.database import Database
from casino.kit.outbox import Fact
from casino.kit.settings import Settings
from casino.notifications.jobs import consumers
from casino.notifications.models import Notification
from tests.factories.log import facts_of
from tests.identity.people import Person, log_in, refresh, signed_up

pytestmark = pytest.mark.usefixtures("invite_code")


@pytest.fixture(scope="module")
async def invite_code(database: Database, settings: Settings) -> None:
    """The code people sign up with."""
    await seed_basic(database, settings)


async def taken(database: Database, person: Person) -> list[Fact]:
    """The security facts of a person, after the consumer has taken them twice, as a log may deliver them."""
    (consumer,) = consumers()
    facts = [fact for fact in await facts_of(database, person.id) if fact.type == SECURITY_NOTED]
    for _ in range(2):
        async with database.transaction() as connection:
            await consumer.handle(connection, facts)
    return facts


async def notices(database: Database, user_id: int) -> Sequence[tuple[str, str]]:
    """(kind, code) of what a user has been told, oldest first."""
    query = select(Notification.kind, Notification.notification_data).where(Notification.user_id == user_id)
    async with database.snapshot() as connection:
        rows = await connection.execute(query.order_by(Notification.id))
        return [(row.kind, row.notification_data["code"]) for row in rows]


async def test_a_reused_refresh_token_is_told(client: httpx.AsyncClient, database: Database) -> None:
    """The owner hears that all sessions ended, every admin that it happened, each once."""
    person, admin = await signed_up(client), await signed_up(client)
    async with database.transaction() as connection:
        await promote(connection, admin.site_id)
    second = person.holding(await refresh(client, person.refresh_token))
    await refresh(client, second.refresh_token)
    assert (await refresh(client, person.refresh_token)).json()["error"] == "refresh_token_reused"
    assert [fact.data["event"] for fact in await taken(database, person)] == ["REFRESH_TOKEN_REUSE"]
    assert await notices(database, person.id) == [("SECURITY", "refresh_token_reuse")]
    told = await notices(database, admin.id)
    assert told == [("SECURITY", "admin_refresh_token_reuse")]


async def test_a_lock_is_told_to_who_is_locked_out(client: httpx.AsyncClient, database: Database) -> None:
    """Once for the lock, and not for each refused attempt after it."""
    person = await signed_up(client)
    for _ in range(7):
        await log_in(client, person.site_id, "wrong-password-91")
    await taken(database, person)
    assert await notices(database, person.id) == [("SECURITY", "login_locked")]


async def test_a_new_device_is_told_and_a_known_one_is_not(
    client: httpx.AsyncClient, database: Database
) -> None:
    """The device of the sign-up is known; the first log-in from another is news, the second is not."""
    person = await signed_up(client)
    assert (await log_in(client, person.site_id)).status_code == 200
    for _ in range(2):
        answer = await log_in(client, person.site_id, headers={"User-Agent": "Another device"})
        assert answer.status_code == 200
    await taken(database, person)
    assert await notices(database, person.id) == [("SECURITY", "new_device")]


async def test_nothing_personal_leaves_with_the_fact(client: httpx.AsyncClient, database: Database) -> None:
    """Neither the device's name nor an address stands in the log."""
    person = await signed_up(client)
    await log_in(client, person.site_id, headers={"User-Agent": "Tell-tale/1.0"})
    (fact,) = await taken(database, person)
    assert fact.data == {"event": "NEW_DEVICE", "detail": {}}
    async with database.snapshot() as connection:
        kept = select(text("1")).select_from(text("fact_log WHERE fact_data::text LIKE '%Tell-tale%'"))
        assert (await connection.execute(kept)).first() is None
