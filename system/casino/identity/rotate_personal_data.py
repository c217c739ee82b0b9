"""Moves personal data to today's key, so that an older one can be thrown away."""

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity import repository
from casino.identity.age import birth_date_columns, birth_date_of
from casino.identity.personal_data import PersonalData
from casino.identity.profile import phone_columns, phone_of
from casino.kit.database import Database

USERS_A_TURN = 200

log = structlog.get_logger(__name__)


async def rotate_personal_data(database: Database, personal: PersonalData) -> int:
    """Encrypts and indexes again whatever another key than today's wrote; how many users it touched.

    Safe to stop and to repeat: each turn is a transaction. Raises UnreadablePersonalData for data whose key is
    not among the configured ones.
    """
    moved = 0
    while True:
        async with database.transaction() as connection:
            rows = await repository.users_of_other_keys(connection, personal.key_id, limit=USERS_A_TURN)
            for row in rows:
                await _rewrite(connection, row, personal)
        moved += len(rows)
        log.info("personal_data_rotated", users=moved)
        if len(rows) < USERS_A_TURN:
            return moved


async def _rewrite(connection: AsyncConnection, row: repository.AnyRow, personal: PersonalData) -> None:
    values = phone_columns(phone_of(row, personal), personal, owner=row.site_id)
    born = birth_date_of(row, personal)
    if born is not None:
        values |= birth_date_columns(born, personal, owner=row.site_id)
    await repository.change_user(connection, row.id, values)
