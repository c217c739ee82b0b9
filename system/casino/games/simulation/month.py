"""Plays the month, all players at once: a vector entry is a player, a step is a day or a handful of rounds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml
from numpy.random import Generator, default_rng

from casino.games.certification.exact import crash_payouts, rps_payouts, slot_payouts
from casino.games.rules.gacha import GACHA

POPULATION = Path(__file__).with_name("population.yaml")
HANDFUL = 10
INSTANT = ("slot", "rps", "crash")
Gold = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Population:
    """The assumptions of `population.yaml`."""

    signup_gold: int
    segments: Mapping[str, Mapping[str, Any]]
    streak: Mapping[str, int]
    purchase_gold: int
    gacha: Mapping[str, float]
    crash_leaves_at: int
    targets: Mapping[str, Any]


def load_population(file: Path = POPULATION) -> Population:
    """The assumptions in a file; raises TypeError when one is missing or unknown."""
    return Population(**yaml.safe_load(file.read_text()))


@dataclass(slots=True)
class Month:
    """What happened, a row a day: gold given besides the games, gold lost and spent, balances, and each game's gold."""

    earned: list[float] = field(default_factory=list)
    sunk: list[float] = field(default_factory=list)
    bought: list[float] = field(default_factory=list)
    active: list[int] = field(default_factory=list)
    median: list[float] = field(default_factory=list)
    ninetieth: list[float] = field(default_factory=list)
    circulation: list[int] = field(default_factory=list)
    staked: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*INSTANT, "gacha"), 0))
    paid: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*INSTANT, "gacha"), 0))
    # What the tables expect of these very rounds; of the gacha where each player's pity stood.
    expected: dict[str, float] = field(default_factory=lambda: dict.fromkeys((*INSTANT, "gacha"), 0.0))
    # What the tables say of how far the gold paid may lie off that: variances of these rounds, added up. A sample's own
    # spread would be far too small while nobody has pulled a Legendary.
    variance: dict[str, float] = field(default_factory=lambda: dict.fromkeys((*INSTANT, "gacha"), 0.0))
    first_purchases: int = 0


class Club:
    """The players of one simulation. The same seed plays the same month."""

    def __init__(self, population: Population, users: int, *, seed: int) -> None:
        self._population = population
        self._chance: Generator = default_rng(seed)
        kinds = list(population.segments)
        shares = [population.segments[kind]["share"] for kind in kinds]
        self._kind = self._chance.choice(len(kinds), size=users, p=shares)
        self._of = {
            name: np.array([population.segments[kind][name] for kind in kinds], dtype=float)[self._kind]
            for name in (
                "plays_a_day",
                "rounds",
                "bet",
                "missions_gold",
                "spends_above",
                "spends",
                "buys_a_day",
            )
        }
        mixes = np.array(
            [[population.segments[kind]["games"].get(game, 0.0) for game in INSTANT] for kind in kinds]
        )
        self._mix = mixes.cumsum(axis=1)[self._kind]
        self.gold: Gold = np.full(users, population.signup_gold, dtype=np.int64)
        self._streak = np.zeros(users, dtype=np.int64)
        self._pity = np.zeros(users, dtype=np.int64)
        self._has_bought = np.zeros(users, dtype=bool)
        self._moments = {game: _moments(self._payouts(game)) for game in INSTANT}
        self._draw = {game: _sampler(self._payouts(game), self._chance) for game in INSTANT}

    def _payouts(self, game: str) -> Mapping[Any, Any]:
        if game == "crash":
            return crash_payouts(self._population.crash_leaves_at)
        return {"slot": slot_payouts, "rps": rps_payouts}[game]()

    def play(self, days: int) -> Month:
        """So many days, one after another."""
        month = Month()
        for _ in range(days):
            self._day(month)
        return month

    def _day(self, month: Month) -> None:
        here = self._chance.random(len(self.gold)) < self._of["plays_a_day"]
        earned = self._give(here)
        bought = self._buy(here)
        self.gold += earned + bought
        before = self.gold.copy()
        self._rounds(here, month)
        self._pulls(here, month)
        lost = before - self.gold
        spent = self._spend(here)
        self.gold -= spent
        active = max(1, int(here.sum()))
        month.active.append(int(here.sum()))
        month.earned.append(float(earned.sum()) / active)
        month.bought.append(float(bought.sum()) / active)
        month.sunk.append(float((lost + spent).sum()) / active)
        month.median.append(float(np.median(self.gold)))
        month.ninetieth.append(float(np.percentile(self.gold, 90)))
        month.circulation.append(int(self.gold.sum()))
        month.first_purchases = int(self._has_bought.sum())

    def _give(self, here: npt.NDArray[np.bool_]) -> Gold:
        """The streak's gold, and what missions and events bring."""
        self._streak = np.where(here, self._streak + 1, 0)
        daily, seventh = self._population.streak["daily"], self._population.streak["seventh"]
        attendance = np.where(self._streak % 7 == 0, seventh, daily)
        missions = self._of["missions_gold"] * self._chance.uniform(0.5, 1.5, len(self.gold))
        return np.where(here, attendance + missions.astype(np.int64), 0).astype(np.int64)

    def _buy(self, here: npt.NDArray[np.bool_]) -> Gold:
        buys = here & (self._chance.random(len(self.gold)) < self._of["buys_a_day"])
        self._has_bought |= buys
        return np.where(buys, self._population.purchase_gold, 0).astype(np.int64)

    def _rounds(self, here: npt.NDArray[np.bool_], month: Month) -> None:
        """Handfuls of rounds at one game each; who cannot pay a handful stops."""
        wanted = self._chance.poisson(self._of["rounds"] / HANDFUL) * here
        bet = self._of["bet"].astype(np.int64)
        for handful in range(int(wanted.max(initial=0))):
            game = (self._chance.random(len(self.gold))[:, None] > self._mix).sum(axis=1)
            able = (wanted > handful) & (self.gold >= bet * HANDFUL)
            for number, name in enumerate(INSTANT):
                who = np.flatnonzero(able & (game == number))
                stake = np.maximum(bet[who], 100) if name == "crash" else bet[who]
                rich = self.gold[who] >= stake * HANDFUL
                who, stake = who[rich], stake[rich]
                multiples = self._draw[name]((len(who), HANDFUL))
                wins = (multiples * stake[:, None]).astype(np.int64)
                mean, variance = self._moments[name]
                staked = stake.astype(np.float64)
                self._settle(name, who, stake, wins, (mean * staked, variance * staked**2), month)

    def _settle(
        self,
        game: str,
        who: npt.NDArray[np.int64],
        stake: Gold,
        wins: Gold,
        tables: tuple[Floats, Floats],
        month: Month,
    ) -> None:
        """Rounds of these players, a column a round; `tables` gives mean and variance of the gold that one pays."""
        expected, variance = tables
        month.staked[game] += int(stake.sum()) * wins.shape[1]
        month.paid[game] += int(wins.sum())
        month.expected[game] += float(expected.sum()) * wins.shape[1]
        month.variance[game] += float(variance.sum()) * wins.shape[1]
        self.gold[who] += wins.sum(axis=1) - stake * wins.shape[1]

    def _pulls(self, here: npt.NDArray[np.bool_], month: Month) -> None:
        """One pull a day for who has gold to spare, by the table and the pity."""
        rules = self._population.gacha
        eager = here & (self.gold >= rules["above"]) & (self._chance.random(len(self.gold)) < rules["chance"])
        who = np.flatnonzero(eager)
        rarities = list(GACHA.weights)
        weights = np.array(list(GACHA.weights.values()), dtype=float) / GACHA.draws
        drawn = self._chance.choice(len(rarities), size=len(who), p=weights)
        tables = _PULL_MEAN[self._pity[who]], _PULL_VARIANCE[self._pity[who]]
        legendary = rarities.index("Legendary")
        drawn[self._pity[who] >= GACHA.hard_pity - 1] = legendary
        self._pity[who] = np.where(drawn == legendary, 0, self._pity[who] + 1)
        rewards = np.array([GACHA.rewards[rarity] for rarity in rarities], dtype=np.int64)[drawn]
        cost = np.full(len(who), GACHA.cost, dtype=np.int64)
        self._settle("gacha", who, cost, rewards[:, None], tables, month)

    def _spend(self, here: npt.NDArray[np.bool_]) -> Gold:
        """Cosmetics, for who has more gold than they play with."""
        rich = here & (self.gold >= self._of["spends_above"])
        return np.where(rich, self._of["spends"], 0).astype(np.int64)


def _sampler(payouts: Mapping[Any, Any], chance: Generator) -> Callable[[tuple[int, int]], Floats]:
    values = np.array([float(pay) for pay in payouts])
    bounds = np.cumsum([float(share) for share in payouts.values()])
    bounds[-1] = 1.0

    def draw(shape: tuple[int, int]) -> Floats:
        return values[np.searchsorted(bounds, chance.random(shape), side="right")]

    return draw


def _moments(payouts: Mapping[Any, Any]) -> tuple[float, float]:
    """(mean, variance) of what a round pays, in stakes."""
    mean = sum(pay * share for pay, share in payouts.items())
    return float(mean), float(sum(pay * pay * share for pay, share in payouts.items()) - mean * mean)


def _pull_moments(pity: int) -> tuple[float, float]:
    """(mean, variance) of the gold of a pull after so many without a Legendary."""
    weights = GACHA.weights_at(pity)
    return _moments(
        {GACHA.rewards[rarity]: Fraction(weight, GACHA.draws) for rarity, weight in weights.items()}
    )


_PULLS = np.array([_pull_moments(pity) for pity in range(GACHA.hard_pity)])
_PULL_MEAN: Floats = _PULLS[:, 0]
_PULL_VARIANCE: Floats = _PULLS[:, 1]
