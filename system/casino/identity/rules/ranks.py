"""The two orders of users: by rank, which play earns, and by role, which work needs."""

from typing import Literal

Rank = Literal["STANDARD", "PREMIUM", "VIP"]
Role = Literal["user", "operator", "admin"]

RANKS: tuple[Rank, ...] = ("STANDARD", "PREMIUM", "VIP")
ROLES: tuple[Role, ...] = ("user", "operator", "admin")


def has_rank(rank: str, needed: Rank) -> bool:
    """Whether `rank` is `needed` or above; an unknown one is below all."""
    return rank in RANKS and RANKS.index(rank) >= RANKS.index(needed)


def has_role(role: str, needed: Role) -> bool:
    """Whether `role` is `needed` or above; an unknown one is below all."""
    return role in ROLES and ROLES.index(role) >= ROLES.index(needed)
