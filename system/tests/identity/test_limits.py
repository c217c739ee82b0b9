"""Responsible play over HTTP: limits, self-exclusion with its end of sessions, and proof of age."""

from datetime import date, timedelta

import httpx
import pytest
from sqlalchemy import text

from casino.identity import repository
from casino.identity.age import birth_date_of, verify_age
from casino.identity.errors import AgeVerificationRequired
from casino.identity.personal_data import UnreadablePersonalData
from casino.identity.profile import phone_of
from casino.identity.rules.age import is_plausible, years_on
from casino.identity.service import PersonalData, account_of, require_adult, rotate_personal_data
from casino.identity.sign_up import Application, create_account
from casino.kit.clock import rfc3339, utc_now
from casino.kit.database import Database
from tests.identity.people import log_in, refused, signed_up

LIMITS = "/api/users/me/limits"
AGE = "/api/users/me/age-verification"


async def test_limits_are_set_and_seen(client: httpx.AsyncClient) -> None:
    """Only what is named changes; null takes a limit away, a day later; a stake over one is 403."""
    person = await signed_up(client)
    none = (await client.get(LIMITS, headers=person.bearer)).json()
    assert (
        none["daily_loss"]
        == none["daily_spend"]
        == {
            "limit": None,
            "used": 0,
            "next_limit": None,
            "next_at": None,
        }
    )
    changed = await client.put(LIMITS, headers=person.bearer, json={"dailyLossLimit": 50})
    assert changed.json()["daily_loss"]["limit"] == 50
    spin = await client.post("/api/games/slot/spin", headers=person.bearer, json={"bet_amount": 60})
    body = refused(spin, 403, "limit_reached")
    assert (body["reason"], body["limit"], body["used"]) == ("daily_loss", 50, 0)
    loosened = await client.put(
        LIMITS, headers=person.bearer, json={"daily_loss_limit": None, "daily_spend_limit": 500}
    )
    loss = loosened.json()["daily_loss"]
    assert (loss["limit"], loss["next_limit"]) == (50, None) and loss["next_at"] is not None
    assert loosened.json()["daily_spend"]["limit"] == 500
    assert (await client.get(LIMITS, headers=person.bearer)).json() == loosened.json()


@pytest.mark.parametrize("wrong", [{"daily_loss_limit": -1}, {"daily_loss_limit": "much"}, {"limit": 5}])
async def test_senseless_limits_are_refused(client: httpx.AsyncClient, wrong: dict[str, object]) -> None:
    """422, and nothing changes."""
    person = await signed_up(client)
    refused(await client.put(LIMITS, headers=person.bearer, json=wrong), 422, "validation_error")


async def test_self_exclusion_ends_every_session(client: httpx.AsyncClient) -> None:
    """The tokens die at once; a new log-in is let in, and cannot play."""
    person = await signed_up(client)
    until = rfc3339(utc_now() + timedelta(days=7))
    answer = await client.put(LIMITS, headers=person.bearer, json={"self_excluded_until": until})
    assert answer.json()["self_excluded_until"] == until
    refused(await client.get(LIMITS, headers=person.bearer), 401, "token_revoked")
    back = person.holding(await log_in(client, person.site_id))
    spin = await client.post("/api/games/slot/spin", headers=back.bearer, json={"bet_amount": 10})
    assert refused(spin, 403, "limit_reached")["reason"] == "self_exclusion"
    shorter = await client.put(LIMITS, headers=back.bearer, json={"self_excluded_until": None})
    refused(shorter, 409, "exclusion_stands")
    past = await client.put(
        LIMITS, headers=(await signed_up(client)).bearer, json={"self_excluded_until": "2001-01-01T00:00:00Z"}
    )
    refused(past, 422, "exclusion_refused")


async def test_age_is_proved_once(client: httpx.AsyncClient, database: Database) -> None:
    """An adult's date opens what is for adults, also when given again; another date is refused."""
    person = await signed_up(client)
    async with database.snapshot() as connection:
        with pytest.raises(AgeVerificationRequired):
            await require_adult(connection, person.id)
    for _ in range(2):
        answer = await client.post(AGE, headers=person.bearer, json={"date_of_birth": "1994-05-17"})
        assert answer.json() == {"adult_verified": True}
    other = await client.post(AGE, headers=person.bearer, json={"date_of_birth": "1994-05-18"})
    refused(other, 409, "birth_date_given")
    async with database.snapshot() as connection:
        await require_adult(connection, person.id)
        row = (
            await connection.execute(
                text("SELECT birth_date_encrypted, birth_date_key_id FROM users WHERE id = :id"),
                {"id": person.id},
            )
        ).one()
    assert b"1994" not in bytes(row.birth_date_encrypted) and row.birth_date_key_id
    assert (await client.get("/api/auth/me", headers=person.bearer)).json()["adult_verified"] is True


async def test_a_minor_is_none(client: httpx.AsyncClient) -> None:
    """The date is kept, so that tomorrow's better one does not help."""
    person = await signed_up(client)
    young = (utc_now().date() - timedelta(days=15 * 365)).isoformat()
    answer = await client.post(AGE, headers=person.bearer, json={"date_of_birth": young})
    assert answer.json() == {"adult_verified": False}
    old = await client.post(AGE, headers=person.bearer, json={"date_of_birth": "1980-01-01"})
    refused(old, 409, "birth_date_given")
    unborn = (utc_now().date() + timedelta(days=2)).isoformat()
    someone = await signed_up(client)
    answer = await client.post(AGE, headers=someone.bearer, json={"date_of_birth": unborn})
    refused(answer, 422, "birth_date_refused")


@pytest.mark.parametrize(
    ("born", "day", "years"),
    [
        (date(2000, 2, 29), date(2019, 2, 28), 18),
        (date(2000, 2, 29), date(2019, 3, 1), 19),
        (date(2000, 5, 17), date(2019, 5, 16), 18),
        (date(2000, 5, 17), date(2019, 5, 17), 19),
    ],
)
def test_years_are_counted_by_birthdays(born: date, day: date, years: int) -> None:
    """To the day, leap days included."""
    assert years_on(day, born=born) == years
    assert is_plausible(born, today=day)


async def test_keys_are_rotated_without_losing_anything(fact_log: Database) -> None:
    """Afterwards today's key alone reads what an older one wrote, and the number is still found as taken."""
    old, both, new = PersonalData("old"), PersonalData("new", "old"), PersonalData("new")
    wanted = Application("fox", "fox", "821099990001", "5858", "")
    async with fact_log.transaction() as connection:
        await repository.add_invite_code(connection, "5858", max_uses=None)
        fox, _ = await create_account(connection, wanted, old, password_hash="!", gift=0)
        born = date(1994, 5, 17)
        await verify_age(connection, fox.id, old, born=born, today=date(2026, 1, 1), adult_years=19)
    assert await rotate_personal_data(fact_log, both) == 1
    assert await rotate_personal_data(fact_log, both) == 0
    async with fact_log.snapshot() as connection:
        account = await account_of(connection, fox.id)
    assert (phone_of(account, new), birth_date_of(account, new)) == ("821099990001", born)
    assert bytes(account.phone_index) == new.index("821099990001")
    with pytest.raises(UnreadablePersonalData):
        phone_of(account, old)
