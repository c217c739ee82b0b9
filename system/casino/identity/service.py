"""What other rooms and the wiring may use of identity."""

from casino.identity.admission import Admission
from casino.identity.age import require_adult
from casino.identity.checker import TokenChecker
from casino.identity.erasure_rows import brought_back, tombstones_since
from casino.identity.guards import (
    CurrentUser,
    authorization_of,
    check_rank,
    current_user,
    require_rank,
    require_role,
    require_self_or_admin,
)
from casino.identity.leaving import erase_account, everything_of
from casino.identity.personal_data import PersonalData
from casino.identity.principal import Principal
from casino.identity.profile import account_of, faces
from casino.identity.ranking import raise_ranks
from casino.identity.repository import admin_ids, living_users, profile_section
from casino.identity.revocations import Revocations, Revoked
from casino.identity.rotate_personal_data import rotate_personal_data
from casino.identity.rules.ranks import has_role
from casino.identity.seed import SEEDED_ROLES, promote, seed_basic
from casino.identity.sign_up import sign_up_gifts
from casino.identity.tickets import TICKET_SECONDS, issue_ticket, redeem_ticket
from casino.identity.tombstones import Tombstone, TombstoneFile

__all__ = [
    "SEEDED_ROLES",
    "TICKET_SECONDS",
    "Admission",
    "CurrentUser",
    "PersonalData",
    "Principal",
    "Revocations",
    "Revoked",
    "TokenChecker",
    "Tombstone",
    "TombstoneFile",
    "account_of",
    "admin_ids",
    "authorization_of",
    "brought_back",
    "check_rank",
    "current_user",
    "erase_account",
    "everything_of",
    "faces",
    "has_role",
    "issue_ticket",
    "living_users",
    "profile_section",
    "promote",
    "raise_ranks",
    "redeem_ticket",
    "require_adult",
    "require_rank",
    "require_role",
    "require_self_or_admin",
    "rotate_personal_data",
    "seed_basic",
    "sign_up_gifts",
    "tombstones_since",
]
