"""Signing up: one transaction takes a use of the code, makes account and wallet, and gives the gift."""

from dataclasses import dataclass

import structlog
from sqlalchemy import BigInteger, Select, Text, literal, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity import invites, repository
from casino.identity.errors import WeakPassword
from casino.identity.models import User
from casino.identity.personal_data import PersonalData
from casino.identity.profile import (
    nickname_columns,
    nickname_taken,
    phone_columns,
    phone_number_taken,
    raise_taken,
    site_id_taken,
)
from casino.identity.rules import accounts
from casino.kit import tracing
from casino.kit.metrics import counter
from casino.kit.telemetry import pseudonym
from casino.wallet import service as wallet

SIGNUP_ACCOUNT = "source:signup"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Application:
    """What somebody who signs up gives."""

    site_id: str
    nickname: str
    phone_number: str
    invite_code: str
    password: str


async def examine(connection: AsyncConnection, wanted: Application, personal: PersonalData) -> None:
    """Refuses what can be refused before a password is hashed; the transaction of `create_account` decides.

    Raises WeakPassword, InviteCodeRefused, SiteIdTaken, NicknameTaken or PhoneNumberTaken, in this order:
    whoever has no code learns nothing about who is here.
    """
    remedies = accounts.remedies(wanted.password, site_id=wanted.site_id, nickname=wanted.nickname)
    if remedies:
        raise WeakPassword(" ".join(remedies), remedies=remedies, field="password")
    await invites.require_usable(connection, wanted.invite_code)
    site_id, nickname, phone_number = await repository.names_taken(
        connection,
        site_id=wanted.site_id,
        nickname_folded=accounts.folded(wanted.nickname),
        phone_index=personal.index(accounts.digits(wanted.phone_number)),
    )
    if site_id:
        raise site_id_taken()
    if nickname:
        raise nickname_taken()
    if phone_number:
        raise phone_number_taken()


async def create_account(
    connection: AsyncConnection,
    wanted: Application,
    personal: PersonalData,
    *,
    password_hash: str,
    gift: int,
    role: str = "user",
) -> tuple[repository.AnyRow, int]:
    """The new user's row, and their gold; raises InviteCodeRefused, or the conflict of what is taken."""
    await invites.take_use(connection, wanted.invite_code)
    values = {
        "site_id": wanted.site_id,
        "password_hash": password_hash,
        "role": role,
        "invite_code": wanted.invite_code,
        "signup_gold": gift,
        **nickname_columns(wanted.nickname),
        **phone_columns(wanted.phone_number, personal, owner=wanted.site_id),
    }
    try:
        account = await repository.add_user(connection, values)
    except IntegrityError as error:
        raise_taken(error)
    await wallet.open_wallet(connection, account.id)
    return account, await _give(connection, account.id, gift) if gift else 0


async def _give(connection: AsyncConnection, user_id: int, gift: int) -> int:
    return await wallet.move_gold(
        connection,
        user_id=user_id,
        amount=gift,
        counter_account=SIGNUP_ACCOUNT,
        kind="signup_gift",
        reference=f"user:{user_id}",
        idempotency_key=f"signup:{user_id}",
        traceparent=tracing.sampled_or_none(tracing.current.get()),
    )


def sign_up_gifts() -> Select[str, int, int, int]:
    """One row for each gift: (counter_account, user_id, transfer_seq, amount), the transfer it should have.

    Counted from the accounts alone, so that the auditor can hold the ledger against it.
    """
    return select(
        literal(SIGNUP_ACCOUNT, Text).label("counter_account"),
        User.id.label("user_id"),
        literal(1, BigInteger).label("transfer_seq"),
        User.signup_gold.label("amount"),
    ).where(User.signup_gold > 0)


def count_sign_up(account: repository.AnyRow) -> None:
    """Tells metrics and log about a sign-up that is committed."""
    code_class = invites.code_class(account.invite_code)
    counter("invite_code_signups_total").labels(code_class).inc()
    log.info("signed_up", user=pseudonym(account.id), code_class=code_class)
