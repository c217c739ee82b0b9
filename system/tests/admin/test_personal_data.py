"""Export and erasure: everything that is kept, readable; and afterwards nobody, with the ledger whole."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from casino.admin import personal_data
from casino.identity.jobs import purge
from casino.identity.service import seed_basic
from casino.kit.clock import rfc3339, utc_now
from casino.kit.database import Database
from casino.kit.settings import Settings
from casino.notifications.service import Message, notify
from casino.wallet.service import balance_of
from tests.identity.people import Person, application, log_in, refused, signed_up

EXPORT = "/api/users/me/export"
PHONE = "821077770001"
HELLO = Message("ADMIN_NOTIFICATION", "Hello", "From the house.", {})


@pytest.fixture(autouse=True)
async def invite_code(database: Database, settings: Settings) -> None:
    """The code people sign up with."""
    await seed_basic(database, settings)


async def lived(client: httpx.AsyncClient, database: Database, **given: Any) -> Person:
    """Somebody who played, acted, set a limit, gave their age, and was told something."""
    person = await signed_up(client, **given)
    who = person.bearer
    await client.post("/api/games/slot/spin", headers=who, json={"bet_amount": 10})
    await client.post("/api/actions", headers=who, json={"action_type": "OPEN_SHOP"})
    await client.put("/api/users/me/limits", headers=who, json={"daily_loss_limit": 500})
    await client.post("/api/users/me/age-verification", headers=who, json={"date_of_birth": "1994-05-17"})
    async with database.transaction() as connection:
        await notify(connection, [person.id], HELLO, source="test")
    return person


async def test_the_export_has_everything(client: httpx.AsyncClient, database: Database) -> None:
    """In the clear, for its owner alone."""
    person = await lived(client, database, phone_number=PHONE)
    claimed = await client.post("/api/streak/claim", headers=person.bearer)
    assert claimed.status_code == 200
    await log_in(client, person.site_id, "wrong-password-91")
    answer = await client.get(EXPORT, headers=person.bearer)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    account = told["account"]
    assert (account["phone_number"], account["date_of_birth"]) == (PHONE, "1994-05-17")
    assert [transfer["kind"] for transfer in told["transfers"]] == [
        "reward",
        "game_round",
        "signup_gift",
    ]
    given = (await client.get("/api/rewards/me", headers=person.bearer)).json()
    assert (told["rewards"], told["standing"]) == (given["items"], given["standing"])
    (day,) = told["attendance"]
    assert (day["streak_count"], day["forgiven"], "user_id" in day) == (1, False, False)
    assert [len(told[name]) for name in ("rounds", "actions", "notifications", "sessions")] == [1, 1, 1, 1]
    assert told["play_limits"]["daily_loss_limit"] == 500
    assert told["login_attempts"][0]["outcome"] == "failed"
    assert "password" not in answer.text and "seed" not in answer.text.replace("client_seed", "")
    assert (await client.get(EXPORT)).status_code == 401


async def test_the_export_is_of_one_moment(
    client: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reward that is granted while the lists are read is in none of them: not the transfer without the reward."""
    person = await signed_up(client)

    class Meanwhile:
        """Keeps nothing; when it is asked, half of the lists were read."""

        @staticmethod
        async def everything_of(*_: object, rows_max: int) -> dict[str, list[Any]]:
            claimed = await client.post("/api/streak/claim", headers=person.bearer)
            assert claimed.status_code == 200
            return {}

    monkeypatch.setattr(personal_data, "_ROOMS", (*personal_data._ROOMS, Meanwhile))
    told = (await client.get(EXPORT, headers=person.bearer)).json()
    assert [transfer["kind"] for transfer in told["transfers"]] == ["signup_gift"]
    assert told["rewards"] == []


async def test_erasure_leaves_nobody(client: httpx.AsyncClient, database: Database) -> None:
    """Tokens die, the name is free, nothing personal is left in any table; gold and ledger are as they were."""
    given = {"site_id": "leaving_fox", "nickname": "LeavingFox", "phone_number": "821077770002"}
    person = await lived(client, database, **given)
    async with database.snapshot() as connection:
        before = await balance_of(connection, person.id)
    answer = await client.delete("/api/users/me", headers=person.bearer)
    assert (answer.status_code, answer.content) == (204, b"")
    refused(await client.get("/api/auth/me", headers=person.bearer), 401, "token_revoked")
    refused(await log_in(client, person.site_id), 401, "invalid_credentials")
    async with database.snapshot() as connection:
        assert await balance_of(connection, person.id) == before
        for table in await _tables(connection):
            for word in ("leaving_fox", "LeavingFox", "leavingfox", "821077770002"):
                query = text(f"SELECT count(*) FROM {table} AS row WHERE row::text LIKE '%{word}%'")
                found = (await connection.execute(query)).scalar_one()
                # The attempt above was made on a name that is nobody's by then.
                assert found == 0 or table == "login_attempts", f"{word} in {table}"
        rows = text("SELECT count(*) FROM ledger_transfers WHERE user_id = :id")
        assert (await connection.execute(rows, {"id": person.id})).scalar_one() == 2
    stranger = await signed_up(client)
    refused(await client.get(f"/api/users/{person.id}", headers=stranger.bearer), 404, "user_not_found")
    assert (await signed_up(client, **given)).id != person.id


async def test_leaving_does_not_end_a_self_exclusion(client: httpx.AsyncClient, database: Database) -> None:
    """Who excluded themselves and erases the account cannot sign up again with their phone until that is over."""
    person = await signed_up(client, phone_number="821077770003")
    until = rfc3339(utc_now() + timedelta(days=2))
    limits = {"self_excluded_until": until}
    assert (await client.put("/api/users/me/limits", headers=person.bearer, json=limits)).status_code == 200
    again = (await log_in(client, person.site_id)).json()["access_token"]
    gone = await client.delete("/api/users/me", headers={"Authorization": f"Bearer {again}"})
    assert gone.status_code == 204
    await purge(database, token_seconds=900)
    taken = await client.post("/api/auth/signup", json=application(phone_number="821077770003"))
    refused(taken, 409, "phone_number_taken")
    async with database.transaction() as connection:
        over = text("UPDATE wallets SET excluded_until = now() WHERE user_id = :id")
        await connection.execute(over, {"id": person.id})
    await purge(database, token_seconds=900)
    await signed_up(client, phone_number="821077770003")


async def _tables(connection: Any) -> list[str]:
    query = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return list((await connection.execute(query)).scalars())


async def test_exports_are_limited(client: httpx.AsyncClient, database: Database, settings: Settings) -> None:
    """Reading everything costs; in shadow mode, as here, the sixth in a minute is only marked."""
    person = await signed_up(client)
    marks = [
        (await client.get(EXPORT, headers=person.bearer)).headers.get("x-ratelimit-sim") for _ in range(6)
    ]
    assert marks[:5] == [None] * 5 and marks[5] == "would-block"
