"""Decisions about a player's own limits: when a change holds, and what a stake would cross."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

RAISE_WAITS = timedelta(hours=24)
EXCLUSION_MIN = timedelta(hours=1)
EXCLUSION_MAX = timedelta(days=5 * 365)

Reason = Literal["daily_loss", "daily_spend", "self_exclusion"]


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A daily limit in gold, None for none, and the one that takes its place at `next_at`, if any is waiting."""

    limit: int | None = None
    next_limit: int | None = None
    next_at: datetime | None = None

    def at(self, now: datetime) -> "Ceiling":
        """As it stands now: one that waited long enough holds."""
        return Ceiling(self.next_limit) if self.next_at is not None and self.next_at <= now else self


class Usage(NamedTuple):
    """What a player has used of today's limits, in gold. `lost` is below 0 for one who is ahead."""

    lost: int
    spent: int


class Crossing(NamedTuple):
    """The limit that a stake would cross, and when that ends; `limit` and `used` in gold, None for an exclusion."""

    reason: Reason
    ends_at: datetime
    limit: int | None
    used: int | None


def changed(ceiling: Ceiling, wanted: int | None, now: datetime) -> Ceiling:
    """The ceiling after a wish: a lower limit holds at once, a higher one (or none) after 24 hours.

    Asking again for what is waiting does not make it wait longer; asking for what holds takes the wait back.
    """
    holding = ceiling.at(now)
    if wanted == holding.limit:
        return Ceiling(holding.limit)
    if wanted is not None and (holding.limit is None or wanted < holding.limit):
        return Ceiling(wanted)
    if holding.next_at is not None and holding.next_limit == wanted:
        return holding
    return Ceiling(holding.limit, wanted, now + RAISE_WAITS)


def crossing(
    *,
    loss: Ceiling,
    spend: Ceiling,
    excluded_until: datetime | None,
    used: Usage,
    stake: int,
    now: datetime,
) -> Crossing | None:
    """What forbids this stake; None when nothing does.

    The whole stake counts as if it were lost: a limit that looked at the outcome would let wins pass and stop
    losses, and so give the outcome away.
    """
    if excluded_until is not None and excluded_until > now:
        return Crossing("self_exclusion", excluded_until, None, None)
    loss_limit, spend_limit = loss.at(now).limit, spend.at(now).limit
    if loss_limit is not None and used.lost + stake > loss_limit:
        return Crossing("daily_loss", day_end(now), loss_limit, used.lost)
    if spend_limit is not None and used.spent + stake > spend_limit:
        return Crossing("daily_spend", day_end(now), spend_limit, used.spent)
    return None


def day_end(now: datetime) -> datetime:
    """The next midnight in UTC, when the day's counters start again."""
    return (now.astimezone(UTC) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
