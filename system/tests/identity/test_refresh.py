"""Refreshing: once each, the same successor for every tab, and the end of everything when a spent token comes back."""

import asyncio

import httpx
import pytest
from sqlalchemy import delete, func, select, update

from casino.identity.models import RefreshToken, SecurityEvent, User, UserSession
from casino.kit.database import Database
from casino.kit.metrics import REGISTRY
from tests.identity.conftest import At, Process
from tests.identity.people import Person, log_in, refresh, refused, signed_up

COOKIE = {"X-Auth-Transport": "cookie"}


async def pass_grace(database: Database, token: str) -> None:
    """Makes the token spent eleven seconds ago."""
    async with database.transaction() as connection:
        earlier = RefreshToken.used_at - func.make_interval(0, 0, 0, 0, 0, 0, 11)
        await connection.execute(
            update(RefreshToken).where(RefreshToken.jti == token.partition(".")[0]).values(used_at=earlier)
        )


async def events(database: Database, person: Person) -> list[str]:
    """Kinds of the person's security events, oldest first."""
    async with database.snapshot() as connection:
        kinds = (
            select(SecurityEvent.kind).where(SecurityEvent.user_id == person.id).order_by(SecurityEvent.id)
        )
        return list(await connection.scalars(kinds))


async def open_sessions(database: Database, person: Person) -> int:
    """How many sessions of the person are not ended."""
    async with database.snapshot() as connection:
        mine = select(func.count()).where(UserSession.user_id == person.id, UserSession.revoked_at.is_(None))
        return await connection.scalar(mine) or 0


async def test_a_refresh_rotates(client: httpx.AsyncClient) -> None:
    """New access, new refresh; the new pair works and rotates on."""
    person = await signed_up(client)
    for _ in range(3):
        answer = await refresh(client, person.refresh_token)
        assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
        after = person.holding(answer)
        assert after.refresh_token != person.refresh_token and after.access_token != person.access_token
        assert (await client.get("/api/auth/me", headers=after.bearer)).json()["id"] == person.id
        person = after


async def test_the_token_may_come_as_bearer(client: httpx.AsyncClient) -> None:
    """The Authorization header may hold the refresh token; an access token there is not one."""
    person = await signed_up(client)
    answer = await client.post(
        "/api/auth/refresh", headers={"Authorization": f"Bearer {person.refresh_token}"}
    )
    assert answer.status_code == 200
    refused(await client.post("/api/auth/refresh", headers=person.bearer), 401, "unauthorized")
    refused(await client.post("/api/auth/refresh"), 401, "unauthorized")


async def test_twenty_tabs_get_one_successor(
    client: httpx.AsyncClient, process: Process, database: Database
) -> None:
    """Refreshing at once in two processes gives every tab the same refresh token, an access token, and no alarm."""
    person = await signed_up(client)
    async with process() as second:
        answers = await asyncio.gather(
            *(refresh((client, second)[number % 2], person.refresh_token) for number in range(20))
        )
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.json()["refresh_token"] for answer in answers}) == 1
        for answer in answers:
            mine = person.holding(answer)
            assert (await second.get("/api/auth/me", headers=mine.bearer)).status_code == 200
    assert await events(database, person) == []


async def test_a_lost_answer_logs_nobody_out(client: httpx.AsyncClient) -> None:
    """Within the grace the spent token yields the same successor again, which then works."""
    person = await signed_up(client)
    first = await refresh(client, person.refresh_token)
    again = await refresh(client, person.refresh_token)
    assert again.status_code == 200 and again.json()["refresh_token"] == first.json()["refresh_token"]
    assert (await refresh(client, again.json()["refresh_token"])).status_code == 200


@pytest.mark.parametrize("how", ["after the grace", "after its successor was used"])
async def test_a_spent_token_ends_everything(
    client: httpx.AsyncClient, database: Database, process: Process, how: str
) -> None:
    """401 `refresh_token_reused`; every session and token of the user is dead within a second in every process."""
    person = await signed_up(client)
    elsewhere = person.holding(await log_in(client, person.site_id))
    rotated = person.holding(await refresh(client, person.refresh_token))
    if how == "after the grace":
        await pass_grace(database, person.refresh_token)
    else:
        rotated = person.holding(await refresh(client, rotated.refresh_token))
    before = REGISTRY.get_sample_value("refresh_token_reuse_total") or 0.0
    async with process() as second:
        assert (await second.get("/api/auth/me", headers=rotated.bearer)).status_code == 200
        refused(await refresh(client, person.refresh_token), 401, "refresh_token_reused")
        await asyncio.sleep(1.0)
        for dead in (rotated, elsewhere):
            refused(await client.get("/api/auth/me", headers=dead.bearer), 401, "token_revoked")
            refused(await second.get("/api/auth/me", headers=dead.bearer), 401, "token_revoked")
            refused(await refresh(second, dead.refresh_token), 401, "invalid_refresh_token")
    assert await events(database, person) == ["REFRESH_TOKEN_REUSE"]
    assert await open_sessions(database, person) == 0
    assert REGISTRY.get_sample_value("refresh_token_reuse_total") == before + 1


async def test_a_thief_cannot_end_later_sessions(client: httpx.AsyncClient, database: Database) -> None:
    """The spent token of an ended session only fails: who logged in again stays in."""
    person = await signed_up(client)
    await refresh(client, person.refresh_token)
    await pass_grace(database, person.refresh_token)
    refused(await refresh(client, person.refresh_token), 401, "refresh_token_reused")
    back = person.holding(await log_in(client, person.site_id))
    refused(await refresh(client, person.refresh_token), 401, "invalid_refresh_token")
    assert (await client.get("/api/auth/me", headers=back.bearer)).status_code == 200
    assert (await refresh(client, back.refresh_token)).status_code == 200


async def test_twenty_reuses_at_once_are_one_incident(client: httpx.AsyncClient, database: Database) -> None:
    """Racing thieves deadlock nothing: one is told of the reuse, the rest find the session ended."""
    person = await signed_up(client)
    await refresh(client, person.refresh_token)
    await pass_grace(database, person.refresh_token)
    answers = await asyncio.gather(*(refresh(client, person.refresh_token) for _ in range(20)))
    codes = sorted(answer.json()["error"] for answer in answers)
    assert codes == ["invalid_refresh_token"] * 19 + ["refresh_token_reused"]
    assert await events(database, person) == ["REFRESH_TOKEN_REUSE"]


async def test_log_ins_refreshes_and_log_outs_at_once_deadlock_nothing(client: httpx.AsyncClient) -> None:
    """Whatever the order, each is answered for what it found, none with 5xx."""
    person = await signed_up(client)
    asked = [refresh(client, person.refresh_token) for _ in range(5)]
    asked += [client.post("/api/auth/logout-all", headers=person.bearer) for _ in range(3)]
    asked += [log_in(client, person.site_id) for _ in range(4)]
    answers = await asyncio.gather(*asked)
    assert {answer.status_code for answer in answers} <= {200, 204, 401}
    back = person.holding(await log_in(client, person.site_id))
    assert (await client.get("/api/auth/me", headers=back.bearer)).status_code == 200


async def test_tokens_that_are_not_ours_are_refused(
    client: httpx.AsyncClient, database: Database, process: Process
) -> None:
    """Nonsense, a changed secret, another system's, an expired one, and one whose row is gone."""
    person = await signed_up(client)
    jti, secret = person.refresh_token.split(".")
    async with process(secret_key="another-systems-secret-key-of-32-bytes") as stranger:
        refused(await refresh(stranger, person.refresh_token), 401, "invalid_refresh_token")
    flipped = ("A" if secret[0] != "A" else "B") + secret[1:]
    for token in ("x", f"{jti}.", f"{jti}.{flipped}", f"{'A' * 22}.{secret}", "é" * 66):
        refused(await refresh(client, token), 401, "invalid_refresh_token")
    refused(await refresh(client, "x" * 201), 422, "validation_error")
    async with database.transaction() as connection:
        await connection.execute(
            update(RefreshToken).where(RefreshToken.jti == jti).values(expires_at=func.now())
        )
    refused(await refresh(client, person.refresh_token), 401, "invalid_refresh_token")
    async with database.transaction() as connection:
        await connection.execute(delete(RefreshToken).where(RefreshToken.jti == jti))
    refused(await refresh(client, person.refresh_token), 401, "invalid_refresh_token")


async def test_keys_rotate_without_logging_anybody_out(client: httpx.AsyncClient, process: Process) -> None:
    """A process with a new key and the old one as previous takes tokens of both kinds."""
    person = await signed_up(client)
    old = "development-only-secret-key-32-bytes!"
    async with process(
        secret_key="the-key-after-the-rotation-32-bytes!!", previous_secret_key=old
    ) as renewed:
        assert (await renewed.get("/api/auth/me", headers=person.bearer)).status_code == 200
        after = person.holding(await refresh(renewed, person.refresh_token))
        again = person.holding(await refresh(renewed, person.refresh_token))
        assert after.refresh_token == again.refresh_token
        assert (await renewed.get("/api/auth/me", headers=after.bearer)).status_code == 200
        assert (await refresh(renewed, after.refresh_token)).status_code == 200


async def test_rank_and_role_are_read_again(client: httpx.AsyncClient, database: Database) -> None:
    """A refreshed access token carries today's rank."""
    person = await signed_up(client)
    async with database.transaction() as connection:
        await connection.execute(update(User).where(User.id == person.id).values(rank="VIP"))
    refused(await client.get("/api/rbac/vip", headers=person.bearer), 403, "rank_too_low")
    after = person.holding(await refresh(client, person.refresh_token))
    assert (await client.get("/api/rbac/vip", headers=after.bearer)).json() == {
        "needed": "VIP",
        "rank": "VIP",
    }


async def test_browsers_refresh_by_cookie(client: httpx.AsyncClient, at: At) -> None:
    """The cookie rotates like any token and stays out of JSON; log-out takes it back."""
    person, browser = await signed_up(client), at("10.4.0.1")
    home = {"Origin": "http://casino.test"}
    assert (await log_in(browser, person.site_id, headers=COOKIE)).status_code == 200
    ((name, first),) = browser.cookies.items()
    answer = await browser.post("/api/auth/refresh", headers=home)
    assert answer.status_code == 200 and answer.json()["refresh_token"] is None
    assert browser.cookies[name] != first
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    gone = await browser.post("/api/auth/logout", headers=bearer)
    assert gone.status_code == 204 and "Max-Age=0" in gone.headers["set-cookie"]
    assert not browser.cookies
    refused(await browser.post("/api/auth/refresh", headers=home), 401, "unauthorized")


@pytest.mark.parametrize("origin", ["http://evil.test", "http://casino.test.evil.test", "null", None])
async def test_other_sites_cannot_use_the_cookie(
    client: httpx.AsyncClient, at: At, origin: str | None
) -> None:
    """A refresh by cookie that our own pages did not make is 403, and spends nothing."""
    person, browser = await signed_up(client), at("10.4.0.2")
    await log_in(browser, person.site_id, headers=COOKIE)
    cookies = dict(browser.cookies)
    answer = await browser.post("/api/auth/refresh", headers={"Origin": origin} if origin else {})
    refused(answer, 403, "origin_refused")
    assert dict(browser.cookies) == cookies
    assert (
        await browser.post("/api/auth/refresh", headers={"Origin": "http://casino.test"})
    ).status_code == 200
