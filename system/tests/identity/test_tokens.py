"""Access tokens: only ours, only fresh ones, checked from memory; and the password and phone cryptography."""

import asyncio
import base64
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import jwt
import pytest

from casino.app import Parts
from casino.identity import errors
from casino.identity.checker import TOKENS_HELD_MAX, TokenChecker
from casino.identity.errors import InvalidToken, PasswordsBusy, TokenExpired
from casino.identity.passwords import Passwords
from casino.identity.personal_data import PersonalData, UnreadablePersonalData
from casino.identity.tokens import SigningKeys, Tokens
from casino.kit.errors import CasinoError, Unauthorized, Unavailable
from casino.kit.settings import DEVELOPMENT_SECRET, Settings
from tests.identity.people import refused, signed_up

NOW = 1_795_000_000.0


async def a_checker(
    parts: Parts, now: Callable[[], float] = lambda: NOW, *, loaded: bool = True
) -> TokenChecker:
    """A checker of its own, at a time of its own."""
    checker = TokenChecker(
        parts.settings,
        database=parts.database,
        redis=parts.redis,
        limits=parts.limits,
        user_limits=parts.checker._user_limits,
        now=now,
    )
    if loaded:
        await checker.revocations.refresh()
    return checker


def a_token(settings: Settings, **claims: Any) -> str:
    """A token as we write it, but for what is given."""
    tokens = Tokens(settings)
    good = tokens.access(
        user_id=7, sid="s", rank="VIP", role="user", issued_at=datetime.fromtimestamp(NOW, UTC)
    )
    payload = jwt.decode(good, options={"verify_signature": False}) | claims
    return jwt.encode(payload, tokens.keys.current, "HS256", headers={"kid": tokens.keys.current_id})


def bearer(token: str | bytes) -> bytes:
    """The header that carries it."""
    return b"Bearer " + (token if isinstance(token, bytes) else token.encode())


def segment(value: Any) -> str:
    """One base64 part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def test_a_good_token_says_who_asks(parts: Parts) -> None:
    """Claims become the principal, the second time from memory, whatever the case of the scheme."""
    checker = await a_checker(parts)
    token = a_token(parts.settings)
    principal = checker.principal_of(bearer(token))
    assert (principal.user_id, principal.sid, principal.rank, principal.role) == (7, "s", "VIP", "user")
    assert (principal.issued_at, principal.exp) == (NOW, NOW + 900)
    assert checker.principal_of(bearer(token)) is principal
    assert checker.principal_of(b"bearer " + token.encode()) == principal
    assert set(jwt.decode(token, options={"verify_signature": False})) == {
        "sub",
        "iat",
        "exp",
        "jti",
        "sid",
        "rank",
        "role",
    }


async def test_a_token_expires_though_it_is_remembered(parts: Parts) -> None:
    """At its last second it works, after it not, and it is forgotten."""
    clock = [NOW]
    checker = await a_checker(parts, lambda: clock[0])
    header = bearer(a_token(parts.settings))
    for clock[0] in (NOW, NOW + 899.9):
        checker.principal_of(header)
    clock[0] = NOW + 900
    with pytest.raises(TokenExpired):
        checker.principal_of(header)
    assert header not in checker._verified
    with pytest.raises(TokenExpired):
        checker.principal_of(header)


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_forged_tokens_are_refused(parts: Parts) -> None:
    """Another key, no key, no signature, another algorithm, a changed claim or bit: 401, never an error of ours."""
    checker = await a_checker(parts)
    good = a_token(parts.settings)
    header, payload, signature = good.split(".")
    kid = SigningKeys(parts.settings).current_id
    claims = jwt.decode(good, options={"verify_signature": False})
    secret = DEVELOPMENT_SECRET
    forged = [
        jwt.encode(claims, "another key, also thirty-two bytes long", "HS256", headers={"kid": kid}),
        jwt.encode(claims, secret, "HS256"),
        jwt.encode(claims, secret, "HS256", headers={"kid": "somebody else"}),
        jwt.encode(claims, secret, "HS512", headers={"kid": kid}),
        jwt.encode(claims, "", "none", headers={"kid": kid}),
        f"{header}.{payload}.",
        f"{header}.{payload}",
        f"{header}.{segment(claims | {'role': 'admin'})}.{signature}",
        f"{segment({'alg': 'HS256', 'kid': ['a']})}.{payload}.{signature}",
        f"{segment({'alg': 'HS256', 'kid': {'a': 1}})}.{payload}.{signature}",
        f"{base64.urlsafe_b64encode(b'[' * 1_000).decode()}.{payload}.{signature}",
        good + "x" * 2_048,
        "\x00",
        "é",
        "",
    ]
    for token in forged:
        with pytest.raises(InvalidToken):
            checker.principal_of(bearer(token))
    for position in range(0, len(good), 7):
        changed = good[:position] + ("A" if good[position] != "A" else "B") + good[position + 1 :]
        with pytest.raises(InvalidToken):
            checker.principal_of(bearer(changed))
    for nothing in (b"", b"Bearer", b"Basic " + good.encode(), good.encode()):
        with pytest.raises(InvalidToken):
            checker.principal_of(nothing)
    with pytest.raises(Unauthorized):
        checker.principal_of(None)
    assert not checker._verified and not checker._seen


@pytest.mark.parametrize(
    "claims",
    [{"sub": "me"}, {"sub": 7}, {"exp": "late"}, {"exp": None}, {"iat": []}, {"sid": None}, {"nbf": NOW * 2}],
)
async def test_claims_must_make_sense(parts: Parts, claims: dict[str, Any]) -> None:
    """A signature alone is not enough."""
    checker = await a_checker(parts)
    with pytest.raises(InvalidToken):
        checker.principal_of(bearer(a_token(parts.settings, **claims)))


async def test_an_empty_previous_key_is_no_key(parts: Parts) -> None:
    """PREVIOUS_SECRET_KEY= in the environment must not let anybody sign with nothing."""
    settings = Settings.model_validate({"previous_secret_key": ""})
    assert SigningKeys(settings).accepted == (DEVELOPMENT_SECRET.encode(),)


async def test_memory_is_bounded(parts: Parts) -> None:
    """However many tokens come by, only the latest are remembered."""
    checker = await a_checker(parts)
    principal = checker.principal_of(bearer(a_token(parts.settings)))
    checker._verified.update({b"%d" % number: principal for number in range(TOKENS_HELD_MAX)})
    checker.principal_of(bearer(a_token(parts.settings, jti="another")))
    checker.principal_of(bearer(a_token(parts.settings, jti="a third")))
    assert len(checker._verified) <= TOKENS_HELD_MAX + 1
    assert bearer(a_token(parts.settings)) not in checker._verified


async def test_a_process_that_knows_no_revocations_believes_nobody(parts: Parts) -> None:
    """Before its first look at PostgreSQL every token is 503, then it counts."""
    checker = await a_checker(parts, loaded=False)
    header = bearer(a_token(parts.settings))
    with pytest.raises(Unavailable):
        checker.principal_of(header)
    await checker.revocations.refresh()
    assert checker.principal_of(header).user_id == 7


async def test_checking_takes_microseconds(parts: Parts) -> None:
    """A remembered token costs no more than 20 µs even on a busy machine; there is no room for a database trip."""
    checker = await a_checker(parts)
    header = bearer(a_token(parts.settings))
    rounds, best = 2_000, float("inf")
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(rounds):
            checker.principal_of(header)
        best = min(best, (time.perf_counter() - started) / rounds)
    assert best < 20e-6


async def test_bad_tokens_answer_401_over_http(client: httpx.AsyncClient) -> None:
    """The problem says which way it is bad, and WWW-Authenticate asks for a Bearer."""
    person = await signed_up(client)
    for headers, code in (
        ({}, "unauthorized"),
        ({"Authorization": "Bearer x.y.z"}, "invalid_token"),
        ({"Authorization": f"Bearer {person.refresh_token}"}, "invalid_token"),
        ({"Authorization": "Basic dTpw"}, "invalid_token"),
    ):
        answer = await client.get("/api/auth/me", headers=headers)
        refused(answer, 401, code)
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_passwords_hash_beside_the_loop_and_shed() -> None:
    """The loop turns while hashes are made; one more than may wait is refused, who left frees the place."""
    passwords = Passwords(concurrency=1, waiting_max=2)
    tasks = [asyncio.create_task(passwords.hash("violet-harbour-91")) for _ in range(3)]
    turns = 0
    await asyncio.sleep(0)
    with pytest.raises(PasswordsBusy):
        await passwords.hash("one too many")
    tasks[2].cancel()
    while not tasks[1].done():
        turns += 1
        await asyncio.sleep(0.001)
    assert turns > 5
    assert await passwords.verify(tasks[0].result(), "violet-harbour-91")
    assert not await passwords.verify(tasks[0].result(), "violet-harbour-92")
    for unknown in (
        None,
        "",
        "violet-harbour-91",
        "$2b$12$abcdefghijklmnopqrstuv",
        "$argon2id$v=19$nonsense",
    ):
        assert not await passwords.verify(unknown, "violet-harbour-91")
    assert passwords._in_hand == 0
    passwords.close()


def test_phone_numbers_open_only_for_their_owner() -> None:
    """Encryption differs each time, the index never; another owner's row, another key and a changed bit do not open."""
    personal, rotated, stranger = PersonalData("k1"), PersonalData("k2", "k1"), PersonalData("k3")
    sealed = personal.encrypt("821012345678", field="phone", owner="fox")
    assert sealed != personal.encrypt("821012345678", field="phone", owner="fox")
    assert personal.decrypt(sealed, field="phone", key_id=personal.key_id, owner="fox") == "821012345678"
    assert rotated.decrypt(sealed, field="phone", key_id=personal.key_id, owner="fox") == "821012345678"
    assert rotated.key_id != personal.key_id
    assert (
        personal.index("1") == personal.index("1") != personal.index("2") and len(personal.index("1")) == 32
    )
    assert personal.index("1") != stranger.index("1")
    attempts = [
        (personal, sealed, personal.key_id, "wolf"),
        (stranger, sealed, personal.key_id, "fox"),
        (personal, sealed[:-1] + bytes([sealed[-1] ^ 1]), personal.key_id, "fox"),
    ]
    for keys, data, key_id, owner in attempts:
        with pytest.raises(UnreadablePersonalData):
            keys.decrypt(data, field="phone", key_id=key_id, owner=owner)


def test_every_refusal_has_a_code_of_its_own() -> None:
    """Two errors of identity never share a code."""
    own = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, CasinoError)]
    codes = [one.code for one in own if one.__module__ == errors.__name__]
    assert len(codes) == len(set(codes)) > 15
