"""A user's own profile, and the little of it that others see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity import repository
from casino.identity.errors import NicknameTaken, PhoneNumberTaken, SiteIdTaken, UserNotFound
from casino.identity.models import User
from casino.identity.personal_data import PersonalData
from casino.identity.rules import accounts

PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything a user may see of their own account."""

    id: int
    site_id: str
    nickname: str
    phone_number: str
    role: str
    rank: str
    gold_balance: int
    adult_verified: bool
    created_at: datetime
    last_login_at: datetime | None


def profile_of(account: repository.AnyRow, personal: PersonalData, *, gold_balance: int) -> Profile:
    """The profile in a row of `users`."""
    return Profile(
        id=account.id,
        site_id=account.site_id,
        nickname=account.nickname,
        phone_number=phone_of(account, personal),
        role=account.role,
        rank=account.rank,
        gold_balance=gold_balance,
        adult_verified=account.adult_verified_at is not None,
        created_at=account.created_at,
        last_login_at=account.last_login_at,
    )


async def own_profile(connection: AsyncConnection, user_id: int, personal: PersonalData) -> Profile:
    """The user's profile; UserNotFound when the account was deleted."""
    account = await account_of(connection, user_id)
    return profile_of(account, personal, gold_balance=account.gold_balance)


def faces() -> Select[int, str, str]:
    """(user_id, nickname, rank) of every living user: what others may see of them, for other rooms to join."""
    return select(User.id.label("user_id"), User.nickname, User.rank).where(User.deleted_at.is_(None))


async def account_of(connection: AsyncConnection, user_id: int) -> repository.AnyRow:
    """The row of a living user with their `gold_balance`; UserNotFound without."""
    account = await repository.account_by_id(connection, user_id)
    if account is None:
        raise UserNotFound(f"There is no user {user_id}.")
    return account


async def change_profile(
    connection: AsyncConnection,
    user_id: int,
    personal: PersonalData,
    *,
    nickname: str | None,
    phone_number: str | None,
) -> Profile:
    """Changes what is given; NicknameTaken or PhoneNumberTaken when somebody else has it."""
    account = await account_of(connection, user_id)
    values: dict[str, Any] = {}
    if nickname is not None:
        values |= nickname_columns(nickname)
    if phone_number is not None:
        values |= phone_columns(phone_number, personal, owner=account.site_id)
    if values:
        try:
            await repository.change_user(connection, user_id, values)
        except IntegrityError as error:
            raise_taken(error)
    return await own_profile(connection, user_id, personal)


def nickname_columns(nickname: str) -> dict[str, Any]:
    """The columns of `users` that hold a nickname."""
    return {"nickname": nickname, "nickname_folded": accounts.folded(nickname)}


def phone_columns(phone_number: str, personal: PersonalData, *, owner: str) -> dict[str, Any]:
    """The columns of `users` that hold a phone number."""
    digits = accounts.digits(phone_number)
    return {
        "phone_encrypted": personal.encrypt(digits, field=PHONE, owner=owner),
        "phone_key_id": personal.key_id,
        "phone_index": personal.index(digits),
        "phone_index_key_id": personal.index_key_id,
    }


def phone_of(account: repository.AnyRow, personal: PersonalData) -> str:
    """The phone number in a row of `users`."""
    return personal.decrypt(
        account.phone_encrypted, field=PHONE, key_id=account.phone_key_id, owner=account.site_id
    )


def site_id_taken() -> SiteIdTaken:
    """Somebody has this name."""
    return SiteIdTaken("This site_id is taken; choose another.", field="site_id")


def nickname_taken() -> NicknameTaken:
    """Somebody has this nickname, or one that reads the same."""
    return NicknameTaken("This nickname is taken; choose another.", field="nickname")


def phone_number_taken() -> PhoneNumberTaken:
    """An account has this phone number."""
    return PhoneNumberTaken("This phone number already has an account; log in to it.", field="phone_number")


def raise_taken(error: IntegrityError) -> NoReturn:
    """The conflict that a unique constraint stands for; anything else goes on as it is."""
    cause = error.orig.__cause__ if error.orig is not None else None
    taken = _BY_CONSTRAINT.get(getattr(cause, "constraint_name", None) or "")
    if taken is None:
        raise error
    raise taken() from error


_BY_CONSTRAINT = {
    "uq_users_site_id": site_id_taken,
    "uq_users_nickname_folded": nickname_taken,
    "uq_users_phone_index": phone_number_taken,
}
