"""What becomes of a charge is scripted: by its payment method, or drawn from a mix with a seed, never by chance."""

import hashlib
import hmac
from collections.abc import Mapping
from enum import StrEnum

METHOD_PREFIX = "pm_"


class Script(StrEnum):
    """How the gateway treats one charge, from its first call to its last."""

    SUCCESS = "success"
    DECLINED = "declined"
    PENDING_SUCCESS = "pending_success"
    PENDING_FAILED = "pending_failed"
    TIMEOUT = "timeout"
    SLOW = "slow"
    ERROR = "error"
    ERROR_AFTER_CAPTURE = "error_after_capture"


_NAMED = frozenset(script.value for script in Script)


def script_of(payment_method: str, reference: str, *, mix: Mapping[Script, int], seed: int) -> Script:
    """The script that `pm_<script>` names; for any other method the one that seed and reference draw from the mix.

    `mix` holds weights, not all of them 0. The same seed and reference always draw the same.
    """
    named = payment_method.removeprefix(METHOD_PREFIX)
    if payment_method.startswith(METHOD_PREFIX) and named in _NAMED:
        return Script(named)
    weights = [(script, weight) for script, weight in mix.items() if weight]
    digest = hmac.digest(str(seed).encode(), reference.encode(), hashlib.sha256)
    place = int.from_bytes(digest[:8]) % sum(weight for _, weight in weights)
    for script, weight in weights:
        place -= weight
        if place < 0:
            return script
    raise AssertionError("a place below the sum of the weights falls on one of them")


def drawn_fraction(seed: int, *about: str) -> float:
    """A number in [0, 1) that depends on nothing but the seed and what it is about."""
    digest = hmac.digest(str(seed).encode(), "\x1f".join(about).encode(), hashlib.sha256)
    return int.from_bytes(digest[:6]) / 2**48
