"""Leaving: what identity holds about a user, handed out; and a user made nobody, their number the pseudonym."""

import os
from typing import Any

import structlog
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity import erasure_rows, repository, security
from casino.identity.age import birth_date_of
from casino.identity.erasure_rows import ERASED
from casino.identity.personal_data import PersonalData
from casino.identity.profile import account_of, phone_of
from casino.identity.revocations import Revoked
from casino.identity.sessions import log_out_everywhere
from casino.identity.tombstones import Tombstone
from casino.kit.clock import rfc3339
from casino.kit.telemetry import pseudonym
from casino.wallet import service as wallet

NO_PASSWORD = "!"  # noqa: S105  # no hash: it never verifies

log = structlog.get_logger(__name__)


async def everything_of(
    connection: AsyncConnection, user_id: int, personal: PersonalData, *, rows_max: int
) -> dict[str, Any]:
    """All that identity keeps about a user, readable; raises UserNotFound. Lists are newest first."""
    account = await account_of(connection, user_id)
    born = birth_date_of(account, personal)
    sessions = await repository.every_session_of(connection, user_id, limit=rows_max)
    events = await repository.security_events_of(connection, user_id, limit=rows_max)
    attempts = await repository.attempts_on(connection, account.site_id, limit=rows_max)
    return {
        "account": {
            "id": account.id,
            "site_id": account.site_id,
            "nickname": account.nickname,
            "phone_number": phone_of(account, personal),
            "date_of_birth": None if born is None else born.isoformat(),
            "role": account.role,
            "rank": account.rank,
            "invite_code": account.invite_code,
            "gold_balance": account.gold_balance,
            "created_at": rfc3339(account.created_at),
        },
        "sessions": [
            {
                "user_agent": row.user_agent,
                "created_at": rfc3339(row.created_at),
                "last_seen": rfc3339(row.last_seen_at),
            }
            for row in sessions
        ],
        "login_attempts": [
            {"address": row.address, "outcome": row.outcome, "created_at": rfc3339(row.created_at)}
            for row in attempts
        ],
        "security_events": [
            {"kind": row.kind, "data": row.event_data, "created_at": rfc3339(row.created_at)}
            for row in events
        ],
    }


async def erase_account(connection: AsyncConnection, user_id: int) -> Revoked:
    """Overwrites everything personal and ends all sessions; announce what is returned once it is committed.

    The row stays: ledger and rounds refer to its number, which says nothing about anybody. The names are free again,
    and the phone number too: at once, or when a self-exclusion is over that leaving must not end. UserNotFound.
    """
    await repository.lock_user(connection, user_id)
    account = await account_of(connection, user_id)
    revoked = await log_out_everywhere(connection, user_id)
    await security.note(connection, "ACCOUNT_ERASED", user_id=user_id)
    await repository.forget_traces(connection, user_id, account.site_id)
    await erasure_rows.add_tombstone(connection, Tombstone(user_id, account.created_at))
    name = f"{ERASED}-{user_id}"
    excluded = (await wallet.limits_of(connection, user_id)).excluded_until is not None
    index = (account.phone_index, account.phone_index_key_id) if excluded else (os.urandom(32), ERASED)
    nobody = {
        "site_id": name,
        "nickname": name[-20:],
        "nickname_folded": name,
        "phone_encrypted": b"",
        "phone_key_id": ERASED,
        "phone_index": index[0],
        "phone_index_key_id": index[1],
        "birth_date_encrypted": None,
        "birth_date_key_id": None,
        "adult_verified_at": None,
        "password_hash": NO_PASSWORD,
        "last_login_at": None,
        "deleted_at": func.now(),
    }
    await repository.change_user(connection, user_id, nobody)
    log.info("account_erased", user=pseudonym(user_id))
    return revoked
