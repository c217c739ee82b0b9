"""What an answer of the payment gateway means for a purchase."""

from enum import StrEnum


class Status(StrEnum):
    """Where a purchase stands. It moves once, from pending; a refund is a row of its own."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a purchase is not, or not yet, a success. All but a declined card count against the objective."""

    CARD_DECLINED = "CARD_DECLINED"
    AWAITING_GATEWAY = "AWAITING_GATEWAY"
    GATEWAY_UNAVAILABLE = "GATEWAY_UNAVAILABLE"
    VOIDED = "VOIDED"
    REFUNDED_AT_GATEWAY = "REFUNDED_AT_GATEWAY"


_MEANING: dict[str, tuple[Status, Reason | None]] = {
    "captured": (Status.SUCCESS, None),
    "declined": (Status.FAILED, Reason.CARD_DECLINED),
    "voided": (Status.FAILED, Reason.VOIDED),
    "refunded": (Status.FAILED, Reason.REFUNDED_AT_GATEWAY),
    "authorized": (Status.PENDING, Reason.AWAITING_GATEWAY),
    "pending": (Status.PENDING, Reason.AWAITING_GATEWAY),
}


def meaning_of(charge_status: str) -> tuple[Status, Reason | None]:
    """(status, reason) of a purchase whose charge stands so; what the gateway has no word for is pending."""
    return _MEANING.get(charge_status, (Status.PENDING, Reason.AWAITING_GATEWAY))


def seconds_until_next_look(looks: int, *, first_seconds: float = 2.0, most_seconds: float = 60.0) -> float:
    """How long a pending purchase is left alone after `looks` at it: doubling, bounded."""
    return float(min(most_seconds, first_seconds * 2 ** min(looks, 16)))
