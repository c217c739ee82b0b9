"""The simulated month: repeatable, on target as shipped, and off it when the economy is broken."""

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from casino.games.commands import simulate
from casino.games.rules.gacha import GACHA
from casino.games.simulation import month, report

USERS, DAYS = 1_500, 21


def test_the_shipped_economy_is_on_target(tmp_path: Path) -> None:
    """Earnings, sinks and growth lie within their targets, and the report and its picture are written."""
    said: list[str] = []
    assert simulate(USERS, DAYS, 1, None, tmp_path, said.append) == 0, said[0]
    written = orjson.loads((tmp_path / "simulation.json").read_bytes())
    assert all(one["holds"] for one in written["judged"])
    assert (tmp_path / "simulation.png").stat().st_size > 10_000


def test_the_same_seed_plays_the_same_month() -> None:
    """Another seed plays another one."""
    population = month.load_population()
    first, again, other = (month.Club(population, 300, seed=seed).play(8) for seed in (5, 5, 6))
    assert first.circulation == again.circulation != other.circulation


def test_gold_is_conserved() -> None:
    """What is in the wallets at the end is sign-up gold and gold earned and bought, less what was sunk."""
    population = month.load_population()
    club = month.Club(population, 400, seed=2)
    played = club.play(10)
    moved = sum(
        round((earned + bought - sunk) * active)
        for earned, bought, sunk, active in zip(
            played.earned, played.bought, played.sunk, played.active, strict=True
        )
    )
    assert int(club.gold.sum()) == 400 * population.signup_gold + moved
    assert club.gold.min() >= 0


def test_returns_lie_where_the_tables_say() -> None:
    """Each game's interval, widened to five deviations, holds what the tables expect of the rounds that were played."""
    played = month.Club(month.load_population(), 4_000, seed=3).play(16)
    found = report.returns(played)
    for one in found.values():
        assert abs(one.value - one.expected) < 5 / report.Z_95 * (one.value - one.low) + 1e-9
    assert [round(found[game].expected, 4) for game in ("slot", "rps", "crash")] == [0.92, 0.95, 0.93]
    assert found["gacha"].expected < float(GACHA.exact_return())


@pytest.mark.parametrize(
    ("streak", "off"),
    [({"daily": 5_000, "seventh": 5_000}, "gold earned"), ({"daily": 0, "seventh": 0}, "gold earned")],
)
def test_a_broken_economy_is_off_target(streak: dict[str, int], off: str) -> None:
    """Rewards far too large or far too small miss the target that names them."""
    population = replace(month.load_population(), streak=streak)
    judged = report.judge(month.Club(population, 800, seed=1).play(14), population)
    assert any(one.name.startswith(off) and not one.holds for one in judged)
