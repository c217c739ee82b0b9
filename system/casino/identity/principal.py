"""Who a request comes from."""

from typing import NamedTuple


class Principal(NamedTuple):
    """A user in one of their sessions, as their access token says. `exp` and `issued_at` are Unix seconds."""

    user_id: int
    sid: str
    rank: str
    role: str
    exp: float
    issued_at: float
