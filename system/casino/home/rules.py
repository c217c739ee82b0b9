"""Which actions there are and who may say that one happened; what the public status says."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Literal

BULK_ACTIONS_MAX = 100
CONTEXT_MEMBERS_MAX = 20
RECENT_SECONDS = 3_600

VITALS = ("lcp", "fcp", "ttfb", "inp")
_RETRY_REASONS = frozenset({"network", "timeout", "401", "408", "409", "425", "429", "5xx"})


class ActionType(StrEnum):
    """What a browser may say that its player did; the log also has what the server saw, such as claims."""

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


ObjectiveState = Literal["met", "at_risk", "missed", "unknown"]
OverallState = Literal["operational", "degraded", "unknown"]
AT_RISK_BELOW = 0.25


def objective_state(budget_left: float | None) -> ObjectiveState:
    """How an objective stands by the share of its error budget that is left; None when nobody can tell."""
    if budget_left is None:
        return "unknown"
    if budget_left < 0:
        return "missed"
    return "at_risk" if budget_left < AT_RISK_BELOW else "met"


def overall(objectives: Sequence[ObjectiveState], *, incidents: int) -> OverallState:
    """The one word over all: something wrong is told before something unknown, and nothing measured is unknown."""
    if incidents:
        return "degraded"
    measured = [state for state in objectives if state != "unknown"]
    return "operational" if measured else "unknown"


def is_big_win(win_amount: int, threshold_gold: int) -> bool:
    """Whether a round's win counts as a big one: strictly above the threshold."""
    return win_amount > threshold_gold


def retry_reason(given: str) -> str:
    """The label for a reason a browser gives, of which there must be few."""
    return given if given in _RETRY_REASONS else "other"
