"""What users see of themselves and of each other, old aliases, ranks, and the accounts a system starts with."""

from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from casino.identity.errors import RoleTooLow, UserNotFound
from casino.identity.models import SecurityEvent, User
from casino.identity.service import (
    SEEDED_ROLES,
    Principal,
    promote,
    require_role,
    require_self_or_admin,
    seed_basic,
)
from casino.kit.database import Database
from casino.kit.errors import Forbidden
from casino.kit.metrics import REGISTRY
from casino.kit.settings import Settings
from tests.identity.conftest import Process
from tests.identity.people import application, log_in, refresh, refused, signed_up


async def test_all_aliases_answer_the_same_profile(client: httpx.AsyncClient) -> None:
    """The old ones also say what took their place, errors too, and are counted."""
    person = await signed_up(client)
    profile = (await client.get("/api/auth/me", headers=person.bearer)).json()
    assert set(profile) == {
        "id", "site_id", "nickname", "phone_number", "role", "rank", "gold_balance", "adult_verified", "created_at",
        "last_login_at",
    }  # fmt: skip
    alias = await client.get("/api/users/me", headers=person.bearer)
    assert alias.json() == profile and "deprecation" not in alias.headers
    for path in ("/api/users/profile", "/api/auth/profile"):
        labels = {"route": path}
        before = REGISTRY.get_sample_value("deprecated_endpoint_requests_total", labels) or 0.0
        for answer in (await client.get(path, headers=person.bearer), await client.get(path)):
            assert answer.headers["deprecation"] == "@1795219200"
            assert answer.headers["link"] == '</api/auth/me>; rel="successor-version"'
        assert REGISTRY.get_sample_value("deprecated_endpoint_requests_total", labels) == before + 2
        assert (await client.get(path, headers=person.bearer)).json() == profile


async def test_balance_has_its_old_name_too(client: httpx.AsyncClient) -> None:
    """`cyber_token_balance` equals `gold_balance`."""
    person = await signed_up(client)
    answer = await client.get("/api/users/balance", headers=person.bearer)
    assert answer.json() == {"gold_balance": 1_000, "cyber_token_balance": 1_000}


async def test_info_tells_the_last_log_in(client: httpx.AsyncClient) -> None:
    """Null after sign-up, then the time of each log-in."""
    person = await signed_up(client)
    assert (await client.get("/api/users/info", headers=person.bearer)).json()["last_login"] is None
    await log_in(client, person.site_id)
    info = (await client.get("/api/users/info", headers=person.bearer)).json()
    assert info["last_login"] > info["created_at"]


async def test_others_see_little(client: httpx.AsyncClient, database: Database) -> None:
    """Nickname and rank; nothing personal, nothing of a deleted user, and nothing without a token."""
    person, other = await signed_up(client), await signed_up(client)
    answer = await client.get(f"/api/users/{other.id}", headers=person.bearer)
    assert set(answer.json()) == {"id", "nickname", "rank"} and answer.json()["id"] == other.id
    refused(await client.get(f"/api/users/{other.id}"), 401, "unauthorized")
    refused(await client.get(f"/api/users/{2**63 - 1}", headers=person.bearer), 404, "user_not_found")
    for wrong in ("0", "-1", str(2**63), "x", "1.5"):
        refused(await client.get(f"/api/users/{wrong}", headers=person.bearer), 422, "validation_error")
    async with database.transaction() as connection:
        await connection.execute(update(User).where(User.id == other.id).values(deleted_at=func.now()))
    refused(await client.get(f"/api/users/{other.id}", headers=person.bearer), 404, "user_not_found")


async def test_nickname_and_phone_can_be_changed(client: httpx.AsyncClient) -> None:
    """Together or alone; one's own may be given again; nothing given changes nothing."""
    person, fresh = await signed_up(client), application()
    both = {"nickname": fresh["nickname"], "phoneNumber": fresh["phone_number"]}

    async def change(asked: dict[str, Any]) -> httpx.Response:
        return await client.put("/api/auth/me", json=asked, headers=person.bearer)

    changed = (await change(both)).json()
    assert (changed["nickname"], changed["phone_number"]) == (fresh["nickname"], fresh["phone_number"])
    for same in (both, {}, {"nickname": None}):
        assert (await change(same)).json() == changed
    assert (await client.get("/api/auth/me", headers=person.bearer)).json() == changed


@pytest.mark.parametrize(
    ("member", "code"), [("nickname", "nickname_taken"), ("phone_number", "phone_number_taken")]
)
async def test_what_others_have_cannot_be_taken(client: httpx.AsyncClient, member: str, code: str) -> None:
    """409 names the member, and nothing changed."""
    theirs = application()
    await signed_up(client, **theirs)
    person = await signed_up(client)
    before = (await client.get("/api/auth/me", headers=person.bearer)).json()
    answer = await client.put("/api/auth/me", json={member: theirs[member]}, headers=person.bearer)
    assert refused(answer, 409, code)["field"] == member
    assert (await client.get("/api/auth/me", headers=person.bearer)).json() == before


@pytest.mark.parametrize(
    "wrong", [{"nickname": "x"}, {"phone_number": "1"}, {"rank": "VIP"}, {"role": "admin"}, {"id": 1}]
)
async def test_nothing_else_can_be_changed(client: httpx.AsyncClient, wrong: dict[str, Any]) -> None:
    """Rank, role and id are not the user's to give."""
    person = await signed_up(client)
    refused(await client.put("/api/auth/me", json=wrong, headers=person.bearer), 422, "validation_error")


@pytest.mark.parametrize(
    ("rank", "statuses"), [("STANDARD", (403, 403)), ("PREMIUM", (200, 403)), ("VIP", (200, 200))]
)
async def test_ranks_open_what_is_theirs(
    client: httpx.AsyncClient, database: Database, rank: str, statuses: tuple[int, int]
) -> None:
    """At or above is 200, below 403 `rank_too_low`, without a token 401."""
    person = await signed_up(client)
    async with database.transaction() as connection:
        await connection.execute(update(User).where(User.id == person.id).values(rank=rank))
    person = person.holding(await refresh(client, person.refresh_token))
    for path, status in zip(("/api/rbac/premium", "/api/rbac/vip"), statuses, strict=True):
        answer = await client.get(path, headers=person.bearer)
        assert answer.status_code == status
        if status == 403:
            assert refused(answer, 403, "rank_too_low")["rank"] == rank
        refused(await client.get(path), 401, "unauthorized")


@pytest.mark.parametrize(("role", "enough"), [("user", False), ("operator", True), ("admin", True)])
async def test_roles_open_what_is_theirs(role: str, enough: bool) -> None:
    """An operator's door opens to operators and admins; another user's page to admins alone."""
    user = Principal(user_id=7, sid="s", rank="VIP", role=role, exp=0.0, issued_at=0.0)
    guard = require_role("operator").dependency
    if enough:
        assert await guard(user) is user
    else:
        with pytest.raises(RoleTooLow):
            await guard(user)
    require_self_or_admin(user, 7)
    if role == "admin":
        require_self_or_admin(user, 8)
    else:
        with pytest.raises(Forbidden):
            require_self_or_admin(user, 8)


async def test_seeding_creates_what_is_missing_and_resets_nothing(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """Accounts appear once with their gift; a password that was changed since stays changed."""
    assert await seed_basic(database, settings) == []
    seeding = Settings.model_validate({"auto_seed_basic": True, "seed_password": "first-seed-password"})
    assert await seed_basic(database, seeding) == list(SEEDED_ROLES)
    assert REGISTRY.get_sample_value("auto_seed_basic_applied") == 1
    again = seeding.model_copy(update={"seed_password": settings.seed_password})
    assert await seed_basic(database, again) == []
    for site_id, role in SEEDED_ROLES.items():
        answer = await log_in(client, site_id, "first-seed-password")
        user = answer.json()["user"]
        assert (user["role"], user["gold_balance"]) == (role, 1_000)


async def test_promotion_leaves_a_row_and_ends_old_tokens(
    client: httpx.AsyncClient, database: Database, process: Process
) -> None:
    """The role comes with the next refresh; the access token with the old one is dead, the session is not."""
    person = await signed_up(client)
    async with database.transaction() as connection:
        assert await promote(connection, person.site_id) == person.id
    async with process() as other:
        refused(await other.get("/api/auth/me", headers=person.bearer), 401, "token_revoked")
        after = person.holding(await refresh(other, person.refresh_token))
        assert (await other.get("/api/auth/me", headers=after.bearer)).json()["role"] == "admin"
    async with database.snapshot() as connection:
        row = select(SecurityEvent.kind, SecurityEvent.event_data).where(SecurityEvent.user_id == person.id)
        assert (await connection.execute(row)).one() == (
            "PROMOTED",
            {"role_before": "user", "role_after": "admin"},
        )
    with pytest.raises(UserNotFound):
        async with database.transaction() as connection:
            await promote(connection, "nobody-has-this-name")
