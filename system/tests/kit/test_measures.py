"""What facts count for, and when a progress is news."""

from typing import Any

import pytest

from casino.kit.clock import utc_now
from casino.kit.measures import CountedOtherwise, Yardstick, is_news, require_same_meaning
from casino.messages import COUNTS
from tests.factories.play import a_round


def test_a_won_round_counts_for_all_it_was() -> None:
    """Plays and stakes of every round, wins and what was won of a won one, each also by game."""
    yardstick = Yardstick(COUNTS)
    assert yardstick.measure(a_round(1, bet=100, win=500)) == {
        "plays": 1,
        "plays:slot": 1,
        "wagered": 100,
        "best_multiplier": 5,
        "wins": 1,
        "wins:slot": 1,
        "gold_won": 500,
        "best_win": 500,
    }
    assert yardstick.measure(a_round(1, bet=100)) == {
        "plays": 1,
        "plays:slot": 1,
        "wagered": 100,
        "best_multiplier": 0,
    }


@pytest.mark.parametrize(
    ("before", "after", "target", "news"),
    [
        (0, 1, 5, True),
        (0, 1, 100, False),
        (9, 10, 100, True),
        (4, 5, 5, True),
        (5, 6, 5, False),
        (0, 9, 5, True),
    ],
)
def test_progress_is_news_by_tenths(before: int, after: int, target: int, news: bool) -> None:
    """A target of thousands is not told a thousand times; reaching it is told once."""
    assert is_news(before, after, target) == news


KNOWN = {"code": "daily-plays", "measure": "plays", "target": 10, "retired_at": None}


@pytest.mark.parametrize(
    ("known", "wanted", "why"),
    [
        (KNOWN, {"measure": "wins"}, "counts by another measure"),
        (KNOWN, {"measure": "wins", "target": 12}, "counts by another measure, target"),
        (KNOWN | {"retired_at": utc_now()}, {}, "was retired"),
    ],
)
def test_a_code_keeps_its_meaning(known: dict[str, Any], wanted: dict[str, Any], why: str) -> None:
    """Content may not let a code count something else; texts, gold and new codes are free."""
    item = {"code": "daily-plays", "measure": "plays", "target": 10, "gold": 5}
    with pytest.raises(CountedOtherwise, match=f"daily-plays {why}"):
        require_same_meaning([known], [item | wanted])
    require_same_meaning([KNOWN], [item, item | {"code": "daily-wins", "measure": "wins"}])
