"""What other rooms' routes put in front of themselves: a user, a rank, a role."""

from typing import Annotated, Any

from fastapi import Depends
from fastapi.security import HTTPBearer
from starlette.requests import HTTPConnection
from starlette.types import Scope

from casino.identity.checker import TokenChecker
from casino.identity.errors import RankTooLow, RoleTooLow
from casino.identity.principal import Principal
from casino.identity.rules.ranks import Rank, Role, has_rank, has_role
from casino.kit.errors import Forbidden
from casino.kit.http.resources import resource

_bearer = HTTPBearer(
    auto_error=False, bearerFormat="JWT", description="The access token of sign-up, log-in or refresh."
)


def authorization_of(scope: Scope) -> bytes | None:
    """The ``Authorization`` header as it came, or None."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            return bytes(value)
    return None


async def current_user(
    connection: HTTPConnection,
    checker: Annotated[TokenChecker, resource(TokenChecker)],
    _: Annotated[object, Depends(_bearer)],
) -> Principal:
    """The principal of the request, held to a user's rate limits; 401 without a good access token."""
    return checker.admit(connection.scope, authorization_of(connection.scope))


CurrentUser = Annotated[Principal, Depends(current_user)]


def check_rank(user: Principal, needed: Rank) -> None:
    """403 ``rank_too_low`` unless the user's rank is at least `needed`."""
    if not has_rank(user.rank, needed):
        raise RankTooLow(
            f"This needs the rank {needed}; yours is {user.rank}.", needed=needed, rank=user.rank
        )


def require_rank(needed: Rank) -> Any:
    """The principal, when their rank is at least `needed`: else 401, or 403 ``rank_too_low``."""

    async def at_least(user: CurrentUser) -> Principal:
        check_rank(user, needed)
        return user

    return Depends(at_least)


def require_role(needed: Role) -> Any:
    """The principal, when their role is at least `needed`: else 401, or 403 ``role_too_low``."""

    async def at_least(user: CurrentUser) -> Principal:
        if not has_role(user.role, needed):
            raise RoleTooLow(
                f"This needs the role {needed}; yours is {user.role}.", needed=needed, role=user.role
            )
        return user

    return Depends(at_least)


def require_self_or_admin(user: Principal, user_id: int) -> None:
    """403 unless the user asks about themselves or is an admin."""
    if user.user_id != user_id and not has_role(user.role, "admin"):
        raise Forbidden("Only the user in question or an admin may see this.")
