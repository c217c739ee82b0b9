"""The gacha: four rarities drawn from a published table, a hard pity, and a stock that only ever downgrades."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from casino.games.rules.fairness import draw_below

RARITIES = ("Common", "Rare", "Epic", "Legendary")
STOCKED = ("Rare", "Epic", "Legendary")
COUNTS = (1, 10)
# How the draws are laid out: just past the Legendary ones lie Commons, which nearly were one.
LAYOUT = ("Legendary", "Common", "Rare", "Epic")
ANIMATIONS = {"Common": "standard", "Rare": "glow", "Epic": "burst", "Legendary": "supernova"}


@dataclass(frozen=True, slots=True)
class GachaConfig:
    """One version of the table. Weights are of `draws` equally likely draws, numbered in the order of `LAYOUT`.

    From pull `soft_pity_from` on (counted since the last Legendary) each pull adds `soft_pity_step` draws to the
    Legendary, taken from the Common; pull `hard_pity` is a Legendary. The first `near_band` Commons past the
    Legendary are shown as near misses, which means nothing else.
    """

    version: int
    cost: int
    weights: dict[str, int]
    rewards: dict[str, int]
    hard_pity: int
    stock: dict[str, int]
    daily_limits: dict[str, int]
    near_band: int
    soft_pity_from: int | None = None
    soft_pity_step: int = 0

    @property
    def draws(self) -> int:
        """How many equally likely draws there are."""
        return sum(self.weights.values())

    def weights_at(self, pity: int) -> dict[str, int]:
        """The weights of the pull that follows `pity` pulls without a Legendary."""
        pull = pity + 1
        if pull >= self.hard_pity:
            return dict.fromkeys(RARITIES, 0) | {"Legendary": self.draws}
        if self.soft_pity_from is None or pull < self.soft_pity_from:
            return self.weights
        moved = min(self.weights["Common"], self.soft_pity_step * (pull - self.soft_pity_from + 1))
        return self.weights | {
            "Common": self.weights["Common"] - moved,
            "Legendary": self.weights["Legendary"] + moved,
        }

    def expected_reward(self, pity: int) -> Fraction:
        """The gold that the pull after `pity` others is worth on average, while nothing is out of stock."""
        weights = self.weights_at(pity)
        return Fraction(sum(weights[rarity] * self.rewards[rarity] for rarity in RARITIES), self.draws)

    def effective_rates(self) -> dict[str, Fraction]:
        """Share of each rarity in the long run, pity included and stock not: the stationary Markov chain over pity."""
        reached, cycle_pulls = Fraction(1), Fraction(0)
        expected = dict.fromkeys(RARITIES, Fraction(0))
        for pity in range(self.hard_pity):
            weights = self.weights_at(pity)
            cycle_pulls += reached
            for rarity in RARITIES:
                expected[rarity] += reached * Fraction(weights[rarity], self.draws)
            reached *= 1 - Fraction(weights["Legendary"], self.draws)
        assert reached == 0, "the hard pity ends every cycle"
        return {rarity: count / cycle_pulls for rarity, count in expected.items()}

    def exact_return(self) -> Fraction:
        """Gold given over gold paid in the long run while nothing is out of stock."""
        rates = self.effective_rates()
        return sum((rates[rarity] * self.rewards[rarity] for rarity in RARITIES), Fraction(0)) / self.cost

    def mean_square(self) -> Fraction:
        """The mean of an item's squared gold, in costs, in the long run."""
        rates = self.effective_rates()
        square = sum((rates[rarity] * self.rewards[rarity] ** 2 for rarity in RARITIES), Fraction(0))
        return square / self.cost**2


GACHA = GachaConfig(
    version=1,
    cost=5_000,
    weights={"Legendary": 60, "Epic": 540, "Rare": 2_400, "Common": 7_000},
    rewards={"Common": 2_000, "Rare": 5_000, "Epic": 15_000, "Legendary": 75_000},
    hard_pity=90,
    stock={"Rare": 200_000, "Epic": 50_000, "Legendary": 10_000},
    daily_limits={"STANDARD": 3, "PREMIUM": 3, "VIP": 5},
    near_band=300,
)
VERSIONS = {GACHA.version: GACHA}
"""The tables that rounds were drawn by: one that is replaced stays, so that its rounds can be drawn again."""


@dataclass(frozen=True, slots=True)
class Item:
    """One pull: what was drawn, what is given (a Common when the drawn one is out of stock), and its gold."""

    drawn: str
    rarity: str
    reward: int
    near_miss: bool

    @property
    def downgraded(self) -> bool:
        """Whether the stock had none left of what was drawn."""
        return self.drawn != self.rarity


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull of one or ten items, the pity after it, and the gold the table expected of it where it stood."""

    items: tuple[Item, ...]
    pity: int
    expected_reward: Fraction

    @property
    def reward(self) -> int:
        """Gold given in all."""
        return sum(item.reward for item in self.items)

    def count(self, rarity: str) -> int:
        """How many items of this rarity are given."""
        return sum(item.rarity == rarity for item in self.items)

    def short_of(self, rarity: str) -> bool:
        """Whether an item of this rarity was drawn that the stock no longer had."""
        return any(item.downgraded and item.drawn == rarity for item in self.items)


def pull(
    config: GachaConfig, stream: Iterator[int], *, count: int, pity: int, stock: Mapping[str, int]
) -> Pull:
    """Draws `count` items, one after another; `pity` counts the pulls since the last Legendary that was given."""
    assert count in COUNTS and 0 <= pity < config.hard_pity
    left = dict(stock)
    items = []
    expected = Fraction(0)
    for _ in range(count):
        expected += config.expected_reward(pity)
        drawn, near_miss = _draw(config, draw_below(stream, config.draws), pity)
        given = drawn if drawn not in left or left[drawn] > 0 else "Common"
        if given in left:
            left[given] -= 1
        items.append(Item(drawn, given, config.rewards[given], near_miss))
        pity = 0 if given == "Legendary" else min(pity + 1, config.hard_pity - 1)
    return Pull(tuple(items), pity, expected)


def _draw(config: GachaConfig, drawn: int, pity: int) -> tuple[str, bool]:
    """(rarity, near miss) of one of the draws."""
    weights = config.weights_at(pity)
    past = drawn
    for rarity in LAYOUT:
        if past < weights[rarity]:
            return rarity, rarity == "Common" and past < config.near_band
        past -= weights[rarity]
    raise AssertionError("the weights add up to the number of draws")


def daily_limit(config: GachaConfig, rank: str) -> int:
    """Pulls a day; an unknown rank has the least."""
    return config.daily_limits.get(rank, min(config.daily_limits.values()))


def message_of(pulled: Pull, config: GachaConfig) -> str:
    """The code of the sentence shown beside a pull; the page has its words."""
    if pulled.count("Legendary"):
        return "legendary"
    if pulled.pity >= config.hard_pity * 8 // 10:
        return "pity_near"
    if any(item.near_miss for item in pulled.items):
        return "so_close"
    return "epic" if pulled.count("Epic") else "keep_calm"
