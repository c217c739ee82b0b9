"""How much experience play gives in which season, and which level that is."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Track = Literal["free", "premium"]


@dataclass(frozen=True, slots=True)
class Season:
    """A season as far as counting goes. `rates` is experience by measure; `steps` what each level needs in all."""

    id: int
    code: str
    starts_at: datetime
    ends_at: datetime
    rates: Mapping[str, int]
    steps: Sequence[int]


@dataclass(frozen=True, slots=True)
class Counted:
    """What one fact counts for."""

    user_id: int
    moment: datetime
    amounts: Mapping[str, int]


def experience(counted: Iterable[Counted], seasons: Iterable[Season]) -> dict[tuple[int, int], int]:
    """What each (user, season) gains."""
    gained: dict[tuple[int, int], int] = defaultdict(int)
    known = list(seasons)
    for fact in counted:
        for season in known:
            if season.starts_at <= fact.moment < season.ends_at:
                xp = sum(rate * fact.amounts.get(measure, 0) for measure, rate in season.rates.items())
                if xp:
                    gained[fact.user_id, season.id] += xp
    return dict(gained)


def level_of(xp: int, steps: Sequence[int]) -> int:
    """Levels reached, 0 at the start."""
    return bisect_right(steps, xp)


def target_of(xp: int, steps: Sequence[int]) -> int:
    """What the next level needs in all; the last level's once it is reached."""
    return steps[min(level_of(xp, steps), len(steps) - 1)]


def is_news(before: int, after: int, steps: Sequence[int]) -> bool:
    """Whether experience is worth telling: a level was reached, or another tenth of the way to the next."""
    level = level_of(before, steps)
    if level == len(steps):
        return False
    if level_of(after, steps) > level:
        return True
    floor = steps[level - 1] if level else 0
    height = steps[level] - floor
    return 10 * (before - floor) // height != 10 * (after - floor) // height
