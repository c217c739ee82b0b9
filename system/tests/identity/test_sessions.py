"""Sessions: listed, ended one by one or all, dead everywhere within a second, Redis or not."""

import asyncio
import time
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import column, func, insert, select, table, update

from casino.app import Parts
from casino.identity.errors import InvalidTicket
from casino.identity.jobs import purge
from casino.identity.models import Revocation, UserSession, WsTicket
from casino.identity.revocations import POLL_SECONDS
from casino.identity.service import Revoked, redeem_ticket
from casino.kit.database import Database
from tests.identity.conftest import Process
from tests.identity.people import log_in, refresh, refused, signed_up

# Nobody listens on the discard port.
NO_REDIS = "redis://127.0.0.1:9/0"


async def me(client: httpx.AsyncClient, bearer: dict[str, str]) -> int:
    """The status of the cheapest question that needs a session."""
    return (await client.get("/api/auth/me", headers=bearer)).status_code


async def test_sessions_are_listed_newest_first(client: httpx.AsyncClient) -> None:
    """Each device with its user agent; the one that asks is marked; pages join without a gap."""
    person = await signed_up(client)
    for number in range(3):
        agent = {"user-agent": f"device {number}"}
        person = person.holding(await log_in(client, person.site_id, headers=agent))
    first = (await client.get("/api/auth/sessions", params={"limit": 3}, headers=person.bearer)).json()
    assert [item["user_agent"] for item in first["items"]] == ["device 2", "device 1", "device 0"]
    assert [item["current"] for item in first["items"]] == [True, False, False]
    cursor = {"cursor": first["next_cursor"]}
    second = (await client.get("/api/auth/sessions", params=cursor, headers=person.bearer)).json()
    assert len(second["items"]) == 1 and second["next_cursor"] is None


@pytest.mark.parametrize("cursor", ["x", "WzFd", "WyJ4Il0", "é", "WyJhIiwiYiJd"])
async def test_foreign_cursors_are_refused(client: httpx.AsyncClient, cursor: str) -> None:
    """A cursor that this list did not give out is 422."""
    person = await signed_up(client)
    answer = await client.get("/api/auth/sessions", params={"cursor": cursor}, headers=person.bearer)
    refused(answer, 422, "invalid_cursor")


async def test_a_lost_device_can_be_logged_out(client: httpx.AsyncClient) -> None:
    """DELETE ends that session alone; again, another's and nobody's are 404."""
    person, other = await signed_up(client), await signed_up(client)
    lost = person.holding(await log_in(client, person.site_id))
    listed = (await client.get("/api/auth/sessions", headers=lost.bearer)).json()["items"]
    session_id = next(item["id"] for item in listed if item["current"])
    path = f"/api/auth/sessions/{session_id}"
    refused(await client.delete(path, headers=other.bearer), 404, "session_not_found")
    assert (await client.delete(path, headers=person.bearer)).status_code == 204
    refused(await client.get("/api/auth/me", headers=lost.bearer), 401, "token_revoked")
    refused(await refresh(client, lost.refresh_token), 401, "invalid_refresh_token")
    assert await me(client, person.bearer) == 200
    for nothing in (path, f"/api/auth/sessions/{uuid4()}"):
        refused(await client.delete(nothing, headers=person.bearer), 404, "session_not_found")
    refused(await client.delete("/api/auth/sessions/mine", headers=person.bearer), 422, "validation_error")


async def test_log_out_ends_this_session_alone(client: httpx.AsyncClient) -> None:
    """The access token is dead at once, the refresh token too; the user's other session lives."""
    person = await signed_up(client)
    elsewhere = person.holding(await log_in(client, person.site_id))
    assert (await client.post("/api/auth/logout", headers=person.bearer)).status_code == 204
    refused(await client.get("/api/auth/me", headers=person.bearer), 401, "token_revoked")
    refused(await client.post("/api/auth/logout", headers=person.bearer), 401, "token_revoked")
    refused(await refresh(client, person.refresh_token), 401, "invalid_refresh_token")
    assert await me(client, elsewhere.bearer) == 200


async def test_log_out_everywhere_spares_who_comes_back(client: httpx.AsyncClient) -> None:
    """All sessions die, and one opened a moment later lives: both are told by PostgreSQL's clock."""
    person = await signed_up(client)
    elsewhere = person.holding(await log_in(client, person.site_id))
    assert (await client.post("/api/auth/logout-all", headers=person.bearer)).status_code == 204
    back = person.holding(await log_in(client, person.site_id))
    for dead in (person, elsewhere):
        refused(await client.get("/api/auth/me", headers=dead.bearer), 401, "token_revoked")
    assert await me(client, back.bearer) == 200


@pytest.mark.parametrize("redis", [{}, {"redis_url": NO_REDIS}], ids=["with Redis", "Redis lost"])
async def test_dead_within_a_second_everywhere(
    client: httpx.AsyncClient, process: Process, redis: dict[str, str]
) -> None:
    """What one process revokes another refuses within a second, with Redis and without."""
    async with process(**redis) as first, process(**redis) as second:
        for path in ("/api/auth/logout", "/api/auth/logout-all"):
            person = await signed_up(first)
            assert await me(second, person.bearer) == 200
            assert (await first.post(path, headers=person.bearer)).status_code == 204
            ended = time.perf_counter()
            while await me(second, person.bearer) == 200:
                assert time.perf_counter() - ended < 1.0, "alive a second after it was ended"
                await asyncio.sleep(0.02)
            refused(await second.get("/api/auth/me", headers=person.bearer), 401, "token_revoked")


async def test_a_restart_forgets_no_revocation(client: httpx.AsyncClient, process: Process) -> None:
    """A process that starts after the log-out refuses the token at its first request."""
    person = await signed_up(client)
    assert (await client.post("/api/auth/logout", headers=person.bearer)).status_code == 204
    async with process() as started_later:
        refused(await started_later.get("/api/auth/me", headers=person.bearer), 401, "token_revoked")


async def test_a_broken_connection_delays_little(
    client: httpx.AsyncClient, process: Process, database: Database
) -> None:
    """A process whose connections PostgreSQL cuts looks again on a new one."""
    person = await signed_up(client)
    async with process(redis_url=NO_REDIS, instance="cut-off") as other:
        assert await me(other, person.bearer) == 200
        async with database.snapshot() as connection:
            cut = select(func.pg_terminate_backend(column("pid"))).select_from(table("pg_stat_activity"))
            cuts = await connection.execute(cut.where(column("application_name") == "cut-off"))
            assert len(cuts.all()) >= 1
        assert (await client.post("/api/auth/logout", headers=person.bearer)).status_code == 204
        await asyncio.sleep(2 * POLL_SECONDS + 0.5)
        refused(await other.get("/api/auth/me", headers=person.bearer), 401, "token_revoked")


async def test_a_revocation_committed_late_is_still_seen(
    client: httpx.AsyncClient, parts: Parts, database: Database
) -> None:
    """A row written before others but committed after them is not passed over."""
    person, other = await signed_up(client), await signed_up(client)
    async with database.transaction() as slow:
        await slow.execute(insert(Revocation).values(user_id=person.id, not_before=func.clock_timestamp()))
        async with database.transaction() as quick:
            values = {"user_id": other.id, "not_before": func.clock_timestamp()}
            await quick.execute(insert(Revocation).values(values))
        await parts.checker.revocations.refresh()
        assert (await me(client, other.bearer), await me(client, person.bearer)) == (401, 200)
    await parts.checker.revocations.refresh()
    assert await me(client, person.bearer) == 401


async def test_the_hub_is_told_once(client: httpx.AsyncClient, parts: Parts) -> None:
    """A listener hears of each revocation once, with whom it covers."""
    heard: list[Revoked] = []
    parts.checker.revocations.on_revoked(heard.append)
    person = await signed_up(client)
    principal = parts.checker.principal_of(person.bearer["Authorization"].encode())
    await client.post("/api/auth/logout", headers=person.bearer)
    await parts.checker.revocations.refresh()
    mine = [revoked for revoked in heard if revoked.user_id == person.id]
    assert len(mine) == 1 and mine[0].sid == principal.sid
    assert mine[0].covers(principal)
    assert not mine[0].covers(principal._replace(sid="another")) and not mine[0].covers(
        principal._replace(user_id=0)
    )
    parts.checker.revocations._listeners.remove(heard.append)


async def test_sessions_are_seen_when_they_ask(
    client: httpx.AsyncClient, parts: Parts, database: Database
) -> None:
    """`last_seen` follows requests in batches, not in each of them."""
    person = await signed_up(client)
    long_ago = func.now() - func.make_interval(0, 0, 0, 1)
    async with database.transaction() as connection:
        await connection.execute(
            update(UserSession).where(UserSession.user_id == person.id).values(last_seen_at=long_ago)
        )
    assert await me(client, person.bearer) == 200
    await parts.checker.note_sightings()
    async with database.snapshot() as connection:
        seen = select(UserSession.last_seen_at > func.now() - func.make_interval(0, 0, 0, 0, 0, 1))
        assert await connection.scalar(seen.where(UserSession.user_id == person.id))


async def test_a_ticket_opens_one_socket(client: httpx.AsyncClient, parts: Parts, database: Database) -> None:
    """It stands for the token that asked for it, works once, and of twenty takers one gets it."""
    person = await signed_up(client)
    answer = await client.post("/api/auth/ws-ticket", headers=person.bearer)
    assert answer.status_code == 201 and answer.json()["expires_in"] == 30
    ticket = answer.json()["ticket"]

    async def take() -> object:
        async with database.transaction() as connection:
            return await redeem_ticket(connection, ticket)

    taken = await asyncio.gather(*(take() for _ in range(20)), return_exceptions=True)
    principals = [one for one in taken if not isinstance(one, BaseException)]
    assert [type(one) for one in taken if isinstance(one, BaseException)] == [InvalidTicket] * 19
    assert principals == [parts.checker.principal_of_token(person.access_token)]


@pytest.mark.parametrize("spoiled", ["late", "logged out", "unknown", "not text"])
async def test_spoiled_tickets_open_nothing(
    client: httpx.AsyncClient, database: Database, spoiled: str
) -> None:
    """A ticket older than its 30 seconds, of an ended session, or nobody's is refused."""
    person = await signed_up(client)
    ticket = (await client.post("/api/auth/ws-ticket", headers=person.bearer)).json()["ticket"]
    async with database.transaction() as connection:
        if spoiled == "late":
            await connection.execute(update(WsTicket).values(expires_at=func.now()))
    if spoiled == "logged out":
        await client.post("/api/auth/logout", headers=person.bearer)
    asked = {"unknown": "nobody-gave-it-out", "not text": "\ud800\x00"}.get(spoiled, ticket)
    with pytest.raises(InvalidTicket):
        async with database.transaction() as connection:
            await redeem_ticket(connection, asked)


async def test_what_is_over_is_purged(client: httpx.AsyncClient, database: Database) -> None:
    """Idle sessions go with their tokens, spent tickets and old revocations too; what lives stays."""
    gone, stays = await signed_up(client), await signed_up(client)
    await client.post("/api/auth/ws-ticket", headers=gone.bearer)
    await client.post("/api/auth/logout", headers=gone.bearer)
    async with database.transaction() as connection:
        idle, old = func.make_interval(0, 0, 0, 91), func.make_interval(0, 0, 0, 0, 2)
        mine = UserSession.user_id == gone.id
        await connection.execute(update(UserSession).where(mine).values(last_seen_at=func.now() - idle))
        await connection.execute(
            update(Revocation).where(Revocation.user_id == gone.id).values(created_at=func.now() - old)
        )
    await purge(database, token_seconds=900)
    async with database.snapshot() as connection:
        for model in (UserSession, Revocation):
            assert await connection.scalar(select(func.count()).where(model.user_id == gone.id)) == 0
    refused(await refresh(client, gone.refresh_token), 401, "invalid_refresh_token")
    assert (
        await me(client, stays.bearer) == 200
        and (await refresh(client, stays.refresh_token)).status_code == 200
    )
