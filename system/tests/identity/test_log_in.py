"""Logging in: right and wrong passwords, lock-outs, upgrades, and a door that stays open when a record fails."""

import asyncio
import re
import time
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher, extract_parameters
from sqlalchemy import func, select, text, update

from casino.identity.models import LoginAttempt, SecurityEvent, User
from casino.identity.passwords import Passwords
from casino.kit.database import Database
from casino.kit.metrics import REGISTRY
from tests.identity.conftest import At, Process
from tests.identity.people import PASSWORD, application, log_in, refused, signed_up

WRONG = "not-the-password-1"


def count(name: str, **labels: str) -> float:
    """A counter's value now."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def outcomes(database: Database, site_id: str) -> list[str]:
    """The recorded attempts on a name, oldest first."""
    async with database.snapshot() as connection:
        attempts = (
            select(LoginAttempt.outcome).where(LoginAttempt.site_id == site_id).order_by(LoginAttempt.id)
        )
        return list(await connection.scalars(attempts))


async def pass_time(database: Database, site_id: str, minutes: int) -> None:
    """Moves the recorded attempts on a name into the past."""
    async with database.transaction() as connection:
        earlier = LoginAttempt.created_at - func.make_interval(0, 0, 0, 0, 0, minutes)
        moved = update(LoginAttempt).where(LoginAttempt.site_id == site_id)
        await connection.execute(moved.values(created_at=earlier))


async def test_the_right_password_opens_a_session(client: httpx.AsyncClient, database: Database) -> None:
    """The answer is sign-up's: tokens and profile; the attempt is recorded and counted."""
    person = await signed_up(client)
    before = count("auth_logins_total", outcome="ok")
    answer = await log_in(client, person.site_id)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["user"]["id"] == person.id and body["user"]["gold_balance"] == 1_000
    assert body["user"]["last_login_at"] is not None
    assert await outcomes(database, person.site_id) == ["ok"]
    assert count("auth_logins_total", outcome="ok") == before + 1


async def test_a_wrong_password_and_an_unknown_name_are_one(
    client: httpx.AsyncClient, database: Database
) -> None:
    """Both are 401 `invalid_credentials` with the same words, and both are recorded."""
    person, nobody = await signed_up(client), application()["site_id"]
    first = refused(await log_in(client, person.site_id, WRONG), 401, "invalid_credentials")
    second = refused(await log_in(client, nobody, WRONG), 401, "invalid_credentials")
    assert first["detail"] == second["detail"]
    assert await outcomes(database, person.site_id) == await outcomes(database, nobody) == ["failed"]


async def test_an_unknown_name_costs_the_same() -> None:
    """A name that nobody has is checked against a hash as dear as a new one, and no password opens it."""
    passwords = Passwords(concurrency=1, waiting_max=4)
    fresh = extract_parameters(await passwords.hash("a new password"))
    assert extract_parameters(passwords._nobody) == fresh
    assert not await passwords.verify(None, "nobody has this password")
    passwords.close()


async def test_five_failures_lock_the_account_from_there(
    client: httpx.AsyncClient, database: Database, at: At
) -> None:
    """The sixth attempt is 429 even with the right password; from another address it still works."""
    person = await signed_up(client)
    for _ in range(5):
        refused(await log_in(client, person.site_id, WRONG), 401, "invalid_credentials")
    before = count("auth_login_locked_total")
    answer = await log_in(client, person.site_id)
    body = refused(answer, 429, "login_locked")
    assert body["retry_after_minutes"] == 10 and 590 <= int(answer.headers["retry-after"]) <= 600
    assert count("auth_login_locked_total") == before + 1
    assert (await log_in(at("10.0.0.9"), person.site_id)).status_code == 200
    assert await outcomes(database, person.site_id) == ["failed"] * 5 + ["locked", "ok"]
    async with database.snapshot() as connection:
        locks = select(SecurityEvent.kind).where(SecurityEvent.user_id == person.id)
        assert list(await connection.scalars(locks)) == ["LOGIN_LOCKED"]


async def test_a_lock_ends_however_often_it_is_knocked_at(
    client: httpx.AsyncClient, database: Database
) -> None:
    """Locked attempts do not prolong it: after the minutes it named, the right password works."""
    person = await signed_up(client)
    for _ in range(5):
        await log_in(client, person.site_id, WRONG)
    await pass_time(database, person.site_id, 9)
    assert refused(await log_in(client, person.site_id), 429, "login_locked")["retry_after_minutes"] == 1
    await pass_time(database, person.site_id, 1)
    assert (await log_in(client, person.site_id)).status_code == 200


async def test_failures_far_apart_do_not_lock(client: httpx.AsyncClient, database: Database) -> None:
    """Five failures over more than the window are nobody's attack."""
    person = await signed_up(client)
    for _ in range(5):
        await log_in(client, person.site_id, WRONG)
        await pass_time(database, person.site_id, 3)
    assert (await log_in(client, person.site_id)).status_code == 200


async def test_success_forgives_typing_errors(client: httpx.AsyncClient) -> None:
    """Failures before a success from the same address no longer count there."""
    person = await signed_up(client)
    for _ in range(4):
        await log_in(client, person.site_id, WRONG)
    assert (await log_in(client, person.site_id)).status_code == 200
    refused(await log_in(client, person.site_id, WRONG), 401, "invalid_credentials")
    assert (await log_in(client, person.site_id)).status_code == 200


async def test_ten_times_as_many_lock_it_from_anywhere(client: httpx.AsyncClient, at: At) -> None:
    """Fifty failures from ten addresses lock the account for an eleventh."""
    person = await signed_up(client)
    for number in range(10):
        for _ in range(5):
            refused(await log_in(at(f"10.1.0.{number}"), person.site_id, WRONG), 401, "invalid_credentials")
    refused(await log_in(at("10.1.1.1"), person.site_id), 429, "login_locked")


async def test_a_burst_of_guesses_gets_no_more_than_five(client: httpx.AsyncClient) -> None:
    """Thirty guesses at once: five are examined, the others find the account locked."""
    person = await signed_up(client)
    answers = await asyncio.gather(*(log_in(client, person.site_id, WRONG) for _ in range(30)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 25


async def test_unknown_names_lock_too(client: httpx.AsyncClient) -> None:
    """A lock does not tell whether there is such a user."""
    nobody = application()["site_id"]
    for _ in range(5):
        refused(await log_in(client, nobody, WRONG), 401, "invalid_credentials")
    refused(await log_in(client, nobody, WRONG), 429, "login_locked")


async def test_a_record_that_fails_keeps_nobody_out(client: httpx.AsyncClient, database: Database) -> None:
    """Without its table the log-in works, and a wrong password is still wrong."""
    person = await signed_up(client)
    async with database.transaction() as connection:
        await connection.execute(text("ALTER TABLE login_attempts RENAME TO login_attempts_away"))
    try:
        assert (await log_in(client, person.site_id)).status_code == 200
        refused(await log_in(client, person.site_id, WRONG), 401, "invalid_credentials")
    finally:
        async with database.transaction() as connection:
            await connection.execute(text("ALTER TABLE login_attempts_away RENAME TO login_attempts"))


async def test_a_record_that_hangs_keeps_nobody_waiting(
    client: httpx.AsyncClient, database: Database
) -> None:
    """While somebody locks the table against writers, the log-in takes about a second and works."""
    person = await signed_up(client)
    async with database.transaction() as connection:
        await connection.execute(text("LOCK TABLE login_attempts IN SHARE MODE"))
        started = time.perf_counter()
        assert (await log_in(client, person.site_id)).status_code == 200
        assert time.perf_counter() - started < 2.0


@pytest.mark.parametrize(
    ("hasher", "verifies"),
    [(PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1), True), (None, False)],
)
async def test_older_hashes_are_upgraded_and_clear_text_never_verifies(
    client: httpx.AsyncClient, database: Database, hasher: Any, verifies: bool
) -> None:
    """Weaker parameters verify once and are replaced; a password stored as it is lets nobody in."""
    person = await signed_up(client)
    stored = hasher.hash(PASSWORD) if hasher else PASSWORD
    async with database.transaction() as connection:
        await connection.execute(update(User).where(User.id == person.id).values(password_hash=stored))
    assert (await log_in(client, person.site_id)).status_code == (200 if verifies else 401)
    async with database.snapshot() as connection:
        now = await connection.scalar(select(User.password_hash).where(User.id == person.id))
    assert now is not None and (re.match(r"\$argon2id\$v=19\$m=19456,t=2,p=1\$", now) is not None) == verifies
    if verifies:
        assert (await log_in(client, person.site_id)).status_code == 200


async def test_deleted_users_do_not_get_in(client: httpx.AsyncClient, database: Database) -> None:
    """A deleted account answers like one that never was."""
    person = await signed_up(client)
    async with database.transaction() as connection:
        await connection.execute(update(User).where(User.id == person.id).values(deleted_at=func.now()))
    refused(await log_in(client, person.site_id), 401, "invalid_credentials")


async def test_a_full_password_pool_sheds(client: httpx.AsyncClient, process: Process) -> None:
    """With one hashed at a time and two waiting, a crowd is partly let in and partly told to come back; none fails."""
    people = [await signed_up(client) for _ in range(12)]
    before = count("auth_logins_total", outcome="shed")
    async with process(password_hash_concurrency=1, password_hash_queue_max=2) as small:
        answers = await asyncio.gather(*(log_in(small, person.site_id) for person in people))
    shed = [answer for answer in answers if answer.status_code == 503]
    assert {answer.status_code for answer in answers} == {200, 503}
    assert {(answer.json()["error"], answer.headers["retry-after"]) for answer in shed} == {
        ("login_busy", "1")
    }
    assert count("auth_logins_total", outcome="shed") == before + len(shed)


async def test_credentials_have_a_limit_of_their_own(client: httpx.AsyncClient, process: Process) -> None:
    """Log-ins, sign-ups and invite checks of an address share a minute's allowance."""
    async with process(
        address="10.3.0.1", rate_limit_mode="enforce", rate_limit_credentials_per_minute=3
    ) as strict:
        nobody = application()["site_id"]
        refused(await log_in(strict, nobody, WRONG), 401, "invalid_credentials")
        assert (await strict.get("/api/invite/validate", params={"code": "5858"})).status_code == 200
        assert (await strict.post("/api/auth/signup", json={})).status_code == 422
        answer = await log_in(strict, nobody, WRONG)
        assert refused(answer, 429, "rate_limited")["scope"] == "credentials"
        assert answer.headers["ratelimit-remaining"] == "0" and int(answer.headers["retry-after"]) >= 1


async def test_cookie_transport_keeps_the_refresh_token_from_scripts(
    client: httpx.AsyncClient, at: At
) -> None:
    """The token is only in an HttpOnly, SameSite=Strict cookie for /api/auth; JSON has null."""
    person, browser = await signed_up(client), at("10.2.0.1")
    answer = await log_in(browser, person.site_id, headers={"X-Auth-Transport": "cookie"})
    assert answer.status_code == 200 and answer.json()["refresh_token"] is None
    cookie = answer.headers["set-cookie"]
    assert re.match(r"casino_refresh_[0-9a-f]{12}=[\w-]{22}\.[\w-]{43};", cookie), cookie
    for attribute in ("HttpOnly", "SameSite=strict", "Path=/api/auth", f"Max-Age={30 * 86_400}"):
        assert attribute in cookie
    assert "Secure" not in cookie
    refused(
        await log_in(browser, person.site_id, headers={"X-Auth-Transport": "pigeon"}), 422, "validation_error"
    )


async def test_cookies_are_secure_outside_development(client: httpx.AsyncClient, process: Process) -> None:
    """Staging and production send the cookie over TLS alone."""
    person = await signed_up(client)
    async with process(environment="staging") as staging:
        answer = await log_in(staging, person.site_id, headers={"X-Auth-Transport": "cookie"})
    assert "Secure" in answer.headers["set-cookie"]
