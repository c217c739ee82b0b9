"""Whether a limited package may be bought, and why not."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Blocked(StrEnum):
    """Why no purchase was begun, or what became of one."""

    NOT_ACTIVE = "NOT_ACTIVE"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    USER_LIMIT = "USER_LIMIT"
    PROMO_INVALID = "PROMO_INVALID"
    PROMO_EXHAUSTED = "PROMO_EXHAUSTED"
    PAYMENT_FAILED = "PAYMENT_FAILED"


@dataclass(frozen=True, slots=True)
class Offer:
    """A package as its locked row shows it, and how many of it the user has or holds."""

    active: bool
    starts_at: datetime | None
    ends_at: datetime | None
    stock_left: int
    per_user_max: int
    owned: int


@dataclass(frozen=True, slots=True)
class Promo:
    """A promo code as its locked row shows it, and how often the user has used or holds it."""

    active: bool
    package_code: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    max_uses: int | None
    used_count: int
    per_user_max: int
    used_by_user: int


def is_open(*, active: bool, starts_at: datetime | None, ends_at: datetime | None, at: datetime) -> bool:
    """Whether the moment is in the window, its end not included."""
    return active and (starts_at is None or at >= starts_at) and (ends_at is None or at < ends_at)


def block_of(offer: Offer, *, at: datetime) -> Blocked | None:
    """Why the package cannot be bought now; None when it can."""
    if not is_open(active=offer.active, starts_at=offer.starts_at, ends_at=offer.ends_at, at=at):
        return Blocked.NOT_ACTIVE
    if offer.owned >= offer.per_user_max:
        return Blocked.USER_LIMIT
    return Blocked.OUT_OF_STOCK if offer.stock_left < 1 else None


def promo_block_of(promo: Promo | None, *, package_code: str, at: datetime) -> Blocked | None:
    """Why the code does nothing for this package now; None when it does. `promo` None: there is no such code."""
    if promo is None or promo.package_code not in (None, package_code):
        return Blocked.PROMO_INVALID
    if not is_open(active=promo.active, starts_at=promo.starts_at, ends_at=promo.ends_at, at=at):
        return Blocked.PROMO_INVALID
    spent = promo.max_uses is not None and promo.used_count >= promo.max_uses
    return Blocked.PROMO_EXHAUSTED if spent or promo.used_by_user >= promo.per_user_max else None
