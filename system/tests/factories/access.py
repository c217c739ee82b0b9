"""Access: headers that the API believes, without a log-in."""

from uuid import uuid4

from casino.identity.tokens import Tokens
from casino.kit.clock import utc_now
from casino.kit.settings import Settings


def bearer(settings: Settings, user_id: int, *, role: str = "user") -> dict[str, str]:
    """The `Authorization` header of a user in a session of their own."""
    token = Tokens(settings).access(
        user_id=user_id, sid=str(uuid4()), rank="STANDARD", role=role, issued_at=utc_now()
    )
    return {"Authorization": f"Bearer {token}"}
