"""Signing up: whole or not at all, one account a name, one account a use."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from casino.identity.models import InviteCode, User, UserSession
from casino.identity.repository import add_invite_code
from casino.kit.database import Database
from casino.kit.ids import uuid7
from casino.kit.metrics import REGISTRY
from casino.wallet.models import LedgerTransfer, Wallet
from tests.identity.people import application, refused, signed_up


async def a_code(database: Database, *, max_uses: int | None = None) -> str:
    """A new invite code."""
    code = f"t{uuid7().hex[-20:]}"
    async with database.transaction() as connection:
        await add_invite_code(connection, code, max_uses=max_uses)
    return code


async def test_sign_up_gives_account_session_and_gold(client: httpx.AsyncClient, database: Database) -> None:
    """The answer holds the tokens and the profile; the gift is a transfer with the user's first event number."""
    asked = application(nickname="네온 여우 42")
    answer = await client.post("/api/auth/signup", json=asked, headers={"user-agent": "tests/1"})
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["token_type"], body["expires_in"], answer.headers["cache-control"]) == (
        "bearer",
        900,
        "no-store",
    )
    user = body["user"]
    assert (user["site_id"], user["nickname"], user["role"], user["rank"]) == (
        asked["site_id"],
        "네온 여우 42",
        "user",
        "STANDARD",
    )
    assert (user["phone_number"], user["gold_balance"]) == (asked["phone_number"], 1_000)
    async with database.snapshot() as connection:
        transfer = (
            await connection.execute(select(LedgerTransfer).where(LedgerTransfer.user_id == user["id"]))
        ).one()
        assert (transfer.amount, transfer.kind, transfer.counter_account) == (
            1_000,
            "signup_gift",
            "source:signup",
        )
        assert transfer.idempotency_key == f"signup:{user['id']}"
        wallet = (await connection.execute(select(Wallet).where(Wallet.user_id == user["id"]))).one()
        assert (wallet.gold_balance, wallet.event_seq) == (1_000, 1)
        agent = await connection.scalar(
            select(UserSession.user_agent).where(UserSession.user_id == user["id"])
        )
        assert agent == "tests/1"


async def test_names_may_come_in_camel_case(client: httpx.AsyncClient) -> None:
    """`siteId` is `site_id`."""
    names = {"site_id": "siteId", "phone_number": "phoneNumber", "invite_code": "inviteCode"}
    asked = {names.get(name, name): value for name, value in application().items()}
    assert (await client.post("/api/auth/signup", json=asked)).status_code == 201


async def test_nothing_personal_is_stored_in_clear(client: httpx.AsyncClient, database: Database) -> None:
    """Neither the phone number nor the password can be read in the user's row."""
    asked = application()
    await signed_up(client, **asked)
    async with database.snapshot() as connection:
        row = (await connection.execute(select(User).where(User.site_id == asked["site_id"]))).one()
    stored = repr([value for name, value in row._mapping.items() if name not in ("site_id", "nickname")])
    assert asked["phone_number"] not in stored and asked["password"] not in stored
    assert row.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize(
    ("taken", "code"),
    [("site_id", "site_id_taken"), ("nickname", "nickname_taken"), ("phone_number", "phone_number_taken")],
)
async def test_what_is_taken_is_named(client: httpx.AsyncClient, taken: str, code: str) -> None:
    """409 says which member somebody else has."""
    first = application()
    await signed_up(client, **first)
    answer = await client.post("/api/auth/signup", json=application(**{taken: first[taken]}))
    assert refused(answer, 409, code)["field"] == taken


async def test_a_plus_and_a_capital_make_no_new_person(client: httpx.AsyncClient) -> None:
    """The phone number is compared by its digits, the nickname as it reads."""
    first = application()
    await signed_up(client, **first)
    plus = await client.post("/api/auth/signup", json=application(phone_number=f"+{first['phone_number']}"))
    refused(plus, 409, "phone_number_taken")
    capital = await client.post("/api/auth/signup", json=application(nickname=first["nickname"].upper()))
    refused(capital, 409, "nickname_taken")


@pytest.mark.parametrize(
    "wrong",
    [
        {"site_id": "Capital"},
        {"site_id": "ab"},
        {"site_id": "nul\x00"},
        {"nickname": "x"},
        {"nickname": "zero\u200bwidth"},
        {"phone_number": "12-34"},
        {"phone_number": "1" * 16},
        {"invite_code": "a b c d"},
        {"password": ""},
        {"password": "x" * 129},
        {"password": 12345678},
        {"site_id": None},
        {"extra": 1},
    ],
)
async def test_malformed_members_are_named(client: httpx.AsyncClient, wrong: dict[str, Any]) -> None:
    """422 says where; what was sent is not in the answer."""
    answer = await client.post("/api/auth/signup", json=application(**wrong))
    body = refused(answer, 422, "validation_error")
    assert body["errors"][0]["loc"][:2] == ["body", next(iter(wrong))] or "siteId" in str(body["errors"])
    assert "x" * 129 not in answer.text


async def test_a_lone_surrogate_is_the_clients_mistake(client: httpx.AsyncClient) -> None:
    """Text that no Unicode encoding can hold is refused, not answered 5xx."""
    raw = httpx.Request("POST", "http://x", json=application()).content.replace(b'"n0', b'"\\ud800n0', 1)
    raw = raw if b"\\ud800" in raw else raw.replace(b'"nickname":"', b'"nickname":"\\ud800')
    answer = await client.post("/api/auth/signup", content=raw, headers={"content-type": "application/json"})
    refused(answer, 422, "validation_error")


@pytest.mark.parametrize("body", [b"\xff\xfe{}", b"{", b"[]", b"null", b'"x"', b""])
async def test_a_body_that_is_no_object_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    """Whatever the bytes are, the answer is a documented 4xx."""
    answer = await client.post("/api/auth/signup", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422), answer.text


async def test_a_weak_password_comes_with_a_remedy(client: httpx.AsyncClient) -> None:
    """422 `weak_password` lists what to do, and no account is made."""
    asked = application(password="password")
    body = refused(await client.post("/api/auth/signup", json=asked), 422, "weak_password")
    assert body["field"] == "password" and any("common" in remedy for remedy in body["remedies"])
    await signed_up(client, **asked | {"password": "violet-harbour-91"})


async def test_bad_invite_codes_let_nobody_in(client: httpx.AsyncClient, database: Database) -> None:
    """An unknown, an expired and a used-up code are refused alike."""
    expired, spent = await a_code(database), await a_code(database, max_uses=0)
    async with database.transaction() as connection:
        hour_ago = func.now() - func.make_interval(0, 0, 0, 0, 1)
        await connection.execute(
            update(InviteCode).where(InviteCode.code == expired).values(expires_at=hour_ago)
        )
    for code in ("nobody-made-it", expired, spent):
        answer = await client.post("/api/auth/signup", json=application(invite_code=code))
        assert refused(answer, 422, "invite_code_refused")["field"] == "invite_code"


async def test_fifty_race_for_one_use(client: httpx.AsyncClient, database: Database) -> None:
    """Of fifty sign-ups at once with a one-use code one gets in; the others leave nothing behind."""
    code = await a_code(database, max_uses=1)
    asked = [application(invite_code=code) for _ in range(50)]
    answers = await asyncio.gather(*(client.post("/api/auth/signup", json=one) for one in asked))
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * 49
    async with database.snapshot() as connection:
        users = (
            select(func.count()).select_from(User).where(User.site_id.in_([one["site_id"] for one in asked]))
        )
        assert await connection.scalar(users) == 1
        assert await connection.scalar(select(InviteCode.used_count).where(InviteCode.code == code)) == 1


async def test_ten_race_for_one_name(client: httpx.AsyncClient) -> None:
    """Of ten sign-ups at once with the same site_id one gets in, the others hear 409 and why."""
    name = application()["site_id"]
    answers = await asyncio.gather(
        *(client.post("/api/auth/signup", json=application(site_id=name)) for _ in range(10))
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert {answer.json()["error"] for answer in answers if answer.status_code == 409} == {"site_id_taken"}


async def test_sign_ups_are_counted_by_class_of_code(client: httpx.AsyncClient, database: Database) -> None:
    """The well-known code is `seeded`, any other `listed`."""

    def count(code_class: str) -> float:
        return REGISTRY.get_sample_value("invite_code_signups_total", {"code_class": code_class}) or 0.0

    before = count("seeded"), count("listed")
    await signed_up(client)
    await signed_up(client, invite_code=await a_code(database))
    assert (count("seeded"), count("listed")) == (before[0] + 1, before[1] + 1)


async def test_invite_codes_can_be_looked_at(client: httpx.AsyncClient, database: Database) -> None:
    """The seeded one has no limit, a limited one counts down, an unknown one has no uses."""

    async def look(code: str) -> Any:
        return (await client.get("/api/invite/validate", params={"code": code})).json()

    assert await look("5858") == {"valid": True, "remaining_uses": None, "expires_at": None}
    code = await a_code(database, max_uses=2)
    await signed_up(client, invite_code=code)
    assert await look(code) == {"valid": True, "remaining_uses": 1, "expires_at": None}
    await signed_up(client, invite_code=code)
    assert await look(code) == {"valid": False, "remaining_uses": 0, "expires_at": None}
    assert await look("58") == {"valid": False, "remaining_uses": 0, "expires_at": None}
    assert await look("nul\x00") == {"valid": False, "remaining_uses": 0, "expires_at": None}
