"""Which actions there are, and who may say that one happened."""

from enum import StrEnum

BULK_ACTIONS_MAX = 100
CONTEXT_MEMBERS_MAX = 20
RECENT_SECONDS = 3_600

VITALS = ("lcp", "fcp", "ttfb", "inp")
_RETRY_REASONS = frozenset({"network", "timeout", "401", "408", "409", "425", "429", "5xx"})


class ActionType(StrEnum):
    """Everything that can stand in the log of actions."""

    SLOT_SPIN = "SLOT_SPIN"
    GACHA_PULL = "GACHA_PULL"
    RPS_PLAY = "RPS_PLAY"
    CRASH_ROUND = "CRASH_ROUND"
    OPEN_SHOP = "OPEN_SHOP"
    BUY_CLICK = "BUY_CLICK"
    PAGE_VIEW = "PAGE_VIEW"
    OPEN_GAME = "OPEN_GAME"
    OPEN_HISTORY = "OPEN_HISTORY"
    OPEN_PROFILE = "OPEN_PROFILE"
    BANNER_CLICK = "BANNER_CLICK"


def is_big_win(win_amount: int, threshold_gold: int) -> bool:
    """Whether a round's win counts as a big one: strictly above the threshold."""
    return win_amount > threshold_gold


def retry_reason(given: str) -> str:
    """The label for a reason a browser gives, of which there must be few."""
    return given if given in _RETRY_REASONS else "other"
