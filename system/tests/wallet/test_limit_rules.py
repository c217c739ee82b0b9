"""A player's own limits, decided without a database."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casino.wallet.rules import RAISE_WAITS, Ceiling, Usage, changed, crossing, day_end

NOW = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
GOLD = st.integers(0, 10_000)
LIMITS = st.none() | GOLD


@given(held=LIMITS, wanted=LIMITS)
def test_lower_holds_at_once_and_higher_waits(held: int | None, wanted: int | None) -> None:
    """What makes play stricter is never put off; what makes it looser never comes early, nor late."""
    after = changed(Ceiling(held), wanted, NOW)
    stricter = wanted is not None and (held is None or wanted < held)
    if stricter or wanted == held:
        assert after == Ceiling(wanted)
        return
    assert after.limit == held
    assert after.at(NOW + RAISE_WAITS - timedelta(microseconds=1)).limit == held
    assert after.at(NOW + RAISE_WAITS) == Ceiling(wanted)


def test_asking_again_does_not_wait_longer() -> None:
    """The wait began with the first wish; another figure begins a new one, the old limit takes it back."""
    waiting = changed(Ceiling(100), 200, NOW)
    later = NOW + timedelta(hours=5)
    assert changed(waiting, 200, later) == waiting
    assert changed(waiting, 300, later).next_at == later + RAISE_WAITS
    assert changed(waiting, 100, later) == Ceiling(100)
    assert changed(waiting, 50, later) == Ceiling(50)


def test_a_raise_that_waited_is_what_later_wishes_start_from() -> None:
    """A day later the higher limit holds, and lowering it again is at once."""
    waiting = changed(Ceiling(100), 200, NOW)
    tomorrow = NOW + RAISE_WAITS
    assert changed(waiting, 150, tomorrow) == Ceiling(150)
    assert changed(waiting, 250, tomorrow) == Ceiling(200, 250, tomorrow + RAISE_WAITS)


@given(limit=GOLD, lost=st.integers(-10_000, 10_000), stake=st.integers(1, 10_000))
def test_a_stake_may_use_a_limit_up_and_not_cross_it(limit: int, lost: int, stake: int) -> None:
    """The whole stake counts, as if it were lost."""
    found = crossing(
        loss=Ceiling(limit),
        spend=Ceiling(),
        excluded_until=None,
        used=Usage(lost, 0),
        stake=stake,
        now=NOW,
    )
    assert (found is not None) == (lost + stake > limit)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"excluded_until": NOW + timedelta(seconds=1)}, "self_exclusion"),
        ({"excluded_until": NOW}, None),
        ({"loss": Ceiling(9)}, "daily_loss"),
        ({"spend": Ceiling(9)}, "daily_spend"),
        ({"spend": Ceiling(10)}, None),
        ({"loss": Ceiling(9, None, NOW)}, None),
        ({"loss": Ceiling(9), "excluded_until": NOW + timedelta(days=1)}, "self_exclusion"),
    ],
)
def test_the_first_reason_is_told(given: dict[str, object], reason: str | None) -> None:
    """An exclusion before a limit, and nothing once it is over."""
    asked: dict[str, object] = {"loss": Ceiling(), "spend": Ceiling(), "excluded_until": None} | given
    found = crossing(used=Usage(0, 0), stake=10, now=NOW, **asked)  # type: ignore[arg-type]
    assert (found.reason if found else None) == reason


def test_a_day_ends_at_midnight_utc() -> None:
    """Also for a moment written with another offset."""
    assert day_end(NOW) == datetime(2026, 11, 22, tzinfo=UTC)
    assert day_end(datetime.fromisoformat("2026-11-22T08:59:00+09:00")) == datetime(2026, 11, 22, tzinfo=UTC)
