"""The accounts and the invite code that a system starts with."""

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity import repository, security
from casino.identity.errors import UserNotFound
from casino.identity.invites import SEEDED_CODE
from casino.identity.passwords import Passwords
from casino.identity.personal_data import PersonalData
from casino.identity.sign_up import Application, create_account
from casino.kit.database import Database
from casino.kit.metrics import gauge
from casino.kit.settings import Settings
from casino.kit.telemetry import pseudonym

SEEDED_ROLES = {"admin": "admin", "user001": "user", "user002": "user", "user003": "user", "user004": "user"}
_SEEDING_LOCK = 0x5858_5EED

log = structlog.get_logger(__name__)


async def seed_basic(database: Database, settings: Settings) -> list[str]:
    """Makes the unlimited invite code exist and, where the settings ask for it, the basic accounts.

    Safe to repeat and to race: an account that exists keeps its password. Returns the site_ids it created.
    """
    async with database.transaction() as connection:
        await repository.add_invite_code(connection, SEEDED_CODE, max_uses=None)
        if not settings.auto_seed_basic:
            return []
        await connection.execute(select(func.pg_advisory_xact_lock(_SEEDING_LOCK)))
        created = await _create_missing(connection, settings)
    gauge("auto_seed_basic_applied").set(1)
    log.info("basic_accounts_seeded", created=len(created))
    return created


async def _create_missing(connection: AsyncConnection, settings: Settings) -> list[str]:
    known = await repository.known_site_ids(connection, SEEDED_ROLES)
    missing = [site_id for site_id in SEEDED_ROLES if site_id not in known]
    personal = PersonalData.of(settings)
    passwords = Passwords(concurrency=1, waiting_max=1)
    for site_id in missing:
        await create_account(
            connection,
            _application(site_id, settings),
            personal,
            password_hash=await passwords.hash(settings.seed_password.get_secret_value()),
            gift=settings.signup_gold,
            role=SEEDED_ROLES[site_id],
        )
    passwords.close()
    return missing


def _application(site_id: str, settings: Settings) -> Application:
    # Country code 999 belongs to nobody, so no player's number is taken.
    number = f"999{list(SEEDED_ROLES).index(site_id):08d}"
    return Application(
        site_id=site_id,
        nickname=site_id,
        phone_number=number,
        invite_code=SEEDED_CODE,
        password=settings.seed_password.get_secret_value(),
    )


async def promote(connection: AsyncConnection, site_id: str, *, role: str = "admin") -> int:
    """Gives the user the role and leaves the audit row; their user id. UserNotFound without such a user.

    Access tokens with the old role die; the sessions stay, and their next refresh carries the new one.
    """
    before = await repository.promote(connection, site_id, role)
    if before is None:
        raise UserNotFound(f"There is no user {site_id!r}.")
    await repository.add_revocation(connection, before.id, None)
    detail = {"role_before": before.role, "role_after": role}
    await security.note(connection, "PROMOTED", user_id=before.id, detail=detail)
    log.info("promoted", user=pseudonym(before.id), role=role)
    return int(before.id)
