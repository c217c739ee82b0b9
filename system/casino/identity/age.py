"""Age verification: the date of birth a user gives once, and whether it makes them an adult."""

from datetime import date
from typing import Any

import structlog
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity import repository
from casino.identity.errors import AgeVerificationRequired, BirthDateGiven, BirthDateRefused
from casino.identity.personal_data import PersonalData
from casino.identity.profile import account_of
from casino.identity.rules import age
from casino.kit.telemetry import pseudonym

BIRTH_DATE = "birth_date"

log = structlog.get_logger(__name__)


async def verify_age(
    connection: AsyncConnection,
    user_id: int,
    personal: PersonalData,
    *,
    born: date,
    today: date,
    adult_years: int,
) -> bool:
    """Whether the user is an adult, from now on. The first date given stands: another is BirthDateGiven.

    Raises BirthDateRefused for a date on which nobody alive was born. Who gives the same date again when old
    enough is an adult then.
    """
    if not age.is_plausible(born, today=today):
        raise BirthDateRefused("Nobody alive was born on this date.", field="date_of_birth")
    await repository.lock_user(connection, user_id)
    account = await account_of(connection, user_id)
    given = birth_date_of(account, personal)
    if given is not None and given != born:
        raise BirthDateGiven("You gave another date of birth before; ask the support to correct it.")
    adult = age.years_on(today, born=born) >= adult_years
    values: dict[str, Any] = birth_date_columns(born, personal, owner=account.site_id)
    if adult and account.adult_verified_at is None:
        values["adult_verified_at"] = func.now()
    await repository.change_user(connection, user_id, values)
    log.info("age_verified", user=pseudonym(user_id), adult=adult)
    return adult


async def require_adult(connection: AsyncConnection, user_id: int) -> None:
    """AgeVerificationRequired unless the user has shown to be an adult."""
    if (await account_of(connection, user_id)).adult_verified_at is None:
        raise AgeVerificationRequired("This is for adults; give your date of birth in your profile first.")


def birth_date_columns(born: date, personal: PersonalData, *, owner: str) -> dict[str, Any]:
    """The columns of `users` that hold a date of birth."""
    return {
        "birth_date_encrypted": personal.encrypt(born.isoformat(), field=BIRTH_DATE, owner=owner),
        "birth_date_key_id": personal.key_id,
    }


def birth_date_of(account: repository.AnyRow, personal: PersonalData) -> date | None:
    """The date of birth in a row of `users`; None when it was not given."""
    if account.birth_date_encrypted is None:
        return None
    text = personal.decrypt(
        account.birth_date_encrypted,
        field=BIRTH_DATE,
        key_id=account.birth_date_key_id,
        owner=account.site_id,
    )
    return date.fromisoformat(text)
