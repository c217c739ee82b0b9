"""What other rooms and the wiring may use of identity."""

from casino.identity.admission import Admission
from casino.identity.checker import TokenChecker
from casino.identity.guards import (
    CurrentUser,
    authorization_of,
    current_user,
    require_rank,
    require_role,
    require_self_or_admin,
)
from casino.identity.principal import Principal
from casino.identity.profile import account_of, faces
from casino.identity.revocations import Revocations, Revoked
from casino.identity.seed import SEEDED_ROLES, promote, seed_basic
from casino.identity.sign_up import sign_up_gifts
from casino.identity.tickets import TICKET_SECONDS, issue_ticket, redeem_ticket

__all__ = [
    "SEEDED_ROLES",
    "TICKET_SECONDS",
    "Admission",
    "CurrentUser",
    "Principal",
    "Revocations",
    "Revoked",
    "TokenChecker",
    "account_of",
    "authorization_of",
    "current_user",
    "faces",
    "issue_ticket",
    "promote",
    "redeem_ticket",
    "require_rank",
    "require_role",
    "require_self_or_admin",
    "seed_basic",
    "sign_up_gifts",
]
