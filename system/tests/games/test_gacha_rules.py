"""The gacha's table, its pity and its stock, held against counts of their own."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casino.games.rules import fairness, gacha
from casino.games.rules.gacha import GACHA, RARITIES, STOCKED

SEED = bytes(range(32))
PLENTY = dict.fromkeys(STOCKED, 1_000_000)
LEGENDARY, COMMON = 0, 60 + GACHA.near_band


def drawn(*values: int) -> Iterator[int]:
    """Words that come to these draws."""
    return iter(values)


def test_a_return_below_the_cost_by_another_way() -> None:
    """The return by the chain over pity equals the one of a long walk over it, and lies below 1."""
    share, rates = 1.0, dict.fromkeys(RARITIES, 0.0)
    pity = [1.0] + [0.0] * (GACHA.hard_pity - 1)
    for _ in range(4_000):
        following = [0.0] * GACHA.hard_pity
        rates = dict.fromkeys(RARITIES, 0.0)
        for place, share in enumerate(pity):
            weights = GACHA.weights_at(place)
            for rarity in RARITIES:
                rates[rarity] += share * weights[rarity] / GACHA.draws
            following[0] += share * weights["Legendary"] / GACHA.draws
            if place + 1 < GACHA.hard_pity:
                following[place + 1] += share * (1 - weights["Legendary"] / GACHA.draws)
        pity = following
    walked = sum(rates[rarity] * GACHA.rewards[rarity] for rarity in RARITIES) / GACHA.cost
    assert walked == pytest.approx(float(GACHA.exact_return()), abs=1e-9)
    assert walked < 1


def test_the_published_effective_rate_of_six_in_a_thousand_with_pity_90() -> None:
    """0.6 % with a hard pity at 90 is 1.435 % in the long run."""
    assert round(float(GACHA.effective_rates()["Legendary"]), 5) == 0.01435


def test_the_ninetieth_is_a_legendary() -> None:
    """After 89 without one the draw no longer matters, and the pity starts again; after 88 it does."""
    last = gacha.pull(GACHA, drawn(COMMON), count=1, pity=89, stock=PLENTY)
    assert (last.items[0].rarity, last.pity) == ("Legendary", 0)
    before = gacha.pull(GACHA, drawn(COMMON), count=1, pity=88, stock=PLENTY)
    assert (before.items[0].rarity, before.pity) == ("Common", 89)


def test_a_ten_pull_carries_the_pity_through() -> None:
    """Within one pull of ten the pity counts each item and ends with the Legendary it forces."""
    pulled = gacha.pull(GACHA, drawn(*[COMMON] * 10), count=10, pity=85, stock=PLENTY)
    assert [item.rarity for item in pulled.items].index("Legendary") == 4
    assert pulled.pity == 5


def test_what_is_out_of_stock_becomes_a_common() -> None:
    """The second Legendary of a stock of one is given as a Common, pays as one, and is owed: the pity goes on."""
    pulled = gacha.pull(
        GACHA, drawn(LEGENDARY, LEGENDARY, *[COMMON] * 8), count=10, pity=0, stock=PLENTY | {"Legendary": 1}
    )
    first, second = pulled.items[:2]
    assert (first.rarity, first.downgraded) == ("Legendary", False)
    assert (second.rarity, second.downgraded, second.reward) == ("Common", True, GACHA.rewards["Common"])
    assert pulled.short_of("Legendary") and pulled.pity == 9


def test_near_misses_are_commons_just_past_a_legendary() -> None:
    """A near miss changes neither the rarity nor the gold."""
    near = gacha.pull(GACHA, drawn(60), count=1, pity=0, stock=PLENTY).items[0]
    plain = gacha.pull(GACHA, drawn(COMMON), count=1, pity=0, stock=PLENTY).items[0]
    assert near.near_miss and not plain.near_miss
    assert (near.rarity, near.reward) == (plain.rarity, plain.reward)


def test_soft_pity_moves_draws_from_common_to_legendary() -> None:
    """From its pull on each pull has more Legendary draws, and the table still adds up."""
    soft = replace(GACHA, soft_pity_from=75, soft_pity_step=600)
    assert soft.weights_at(73) == GACHA.weights
    assert soft.weights_at(74)["Legendary"] == 660
    assert soft.weights_at(80)["Legendary"] == 4_260
    assert all(sum(soft.weights_at(pity).values()) == soft.draws for pity in range(90))
    assert soft.effective_rates()["Legendary"] > GACHA.effective_rates()["Legendary"]


@given(
    st.sampled_from([1, 10]), st.integers(0, 89), st.dictionaries(st.sampled_from(STOCKED), st.integers(0, 3))
)
def test_a_pull_never_takes_more_than_there_is(count: int, pity: int, low: dict[str, int]) -> None:
    """Whatever is left, what is given was there, and the pity stays below the hard one."""
    stock = dict.fromkeys(STOCKED, 5) | low
    pulled = gacha.pull(GACHA, fairness.words(SEED, "c", 1 + pity), count=count, pity=pity, stock=stock)
    assert all(pulled.count(rarity) <= stock[rarity] for rarity in STOCKED)
    assert len(pulled.items) == count and 0 <= pulled.pity < GACHA.hard_pity


def test_draws_come_as_often_as_published() -> None:
    """20,000 pulls: each rarity lies within four standard deviations of its chance."""
    weights = GACHA.weights
    counted: Counter[str] = Counter()
    for nonce in range(1, 20_001):
        pulled = gacha.pull(GACHA, fairness.words(SEED, "c", nonce), count=1, pity=0, stock=PLENTY)
        counted[pulled.items[0].rarity] += 1
    for rarity in RARITIES:
        chance = weights[rarity] / GACHA.draws
        spread = (20_000 * chance * (1 - chance)) ** 0.5
        assert abs(counted[rarity] - 20_000 * chance) < 4 * spread


def test_what_a_pull_is_worth_follows_the_pity() -> None:
    """3,860 gold while the pity is far, the Legendary's at the end; a ten-pull adds up where each item stands."""
    assert GACHA.expected_reward(0) == 3_860
    assert GACHA.expected_reward(89) == 75_000
    pulled = gacha.pull(GACHA, drawn(*[COMMON] * 10), count=10, pity=85, stock=PLENTY)
    assert pulled.expected_reward == 9 * 3_860 + 75_000
