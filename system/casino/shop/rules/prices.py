"""What something costs at a moment, in whole cents."""

from datetime import datetime

QUANTITY_MAX = 10


def discounted_cents(price_cents: int, *, percent: int, ends_at: datetime | None, at: datetime) -> int:
    """The price less its discount while that lasts, half a cent rounded up; without end it lasts for ever."""
    assert 0 <= percent < 100, f"a discount of {percent} % is none"
    if ends_at is not None and at >= ends_at:
        return price_cents
    return (price_cents * (100 - percent) + 50) // 100


def with_promo_cents(price_cents: int, discount_cents: int) -> int:
    """The price less a promo code, never below one cent: a charge of nothing is no charge."""
    return max(1, price_cents - discount_cents)
