"""What each game returns exactly, found by sending every possible draw through the live code, and its PAR sheet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import sqrt

from casino.games.rules import crash, gacha, rps, slot

PLAYS = (1_000, 10_000, 100_000, 1_000_000)
Z_90 = 1.6449
Payouts = Mapping[Fraction, Fraction]
CRASH_LEAVES = (150, 200, 1_000)


@dataclass(frozen=True, slots=True)
class ParSheet:
    """A game in figures: its return, how often it pays, how widely it swings, and where the return will lie.

    `volatility` is the standard deviation of a round's payout, in stakes; `bands` hold the return of so many plays in
    nine cases of ten.
    """

    game: str
    variant: str
    exact_return: Fraction
    hit_rate: float
    volatility: float
    bands: dict[int, tuple[float, float]]


def payouts_of(game: str) -> Payouts:
    """How likely each payout is, in stakes; of crash for a player who always leaves at 2.00."""
    by_game: dict[str, Callable[[], Payouts]] = {
        "slot": slot_payouts,
        "rps": rps_payouts,
        "gacha": gacha_payouts,
        "crash": lambda: crash_payouts(200),
    }
    return by_game[game]()


def slot_payouts() -> Payouts:
    """By spinning every combination of stops."""
    lengths = [len(strip) for strip in slot.SLOT.strips]
    every = [slot.spin(slot.SLOT, iter(stops)).multiplier for stops in product(*map(range, lengths))]
    return _counted([Fraction(pay) for pay in every])


def rps_payouts() -> Payouts:
    """By playing every draw."""
    every = [rps.play(rps.RPS, "rock", iter((drawn,))).multiplier for drawn in range(rps.RPS.draws)]
    return _counted([Fraction(pay) for pay in every])


def gacha_payouts() -> Payouts:
    """By pulling every draw at every pity, each as often as the chain over pity is there in the long run."""
    config = gacha.GACHA
    plenty = dict.fromkeys(gacha.STOCKED, 1)
    kinds: dict[tuple[int, ...], dict[str, Fraction]] = {}
    reached, visits, found = Fraction(1), Fraction(0), dict.fromkeys(gacha.RARITIES, Fraction(0))
    for pity in range(config.hard_pity):
        weights = tuple(config.weights_at(pity).values())
        if weights not in kinds:
            kinds[weights] = _rarities_at(config, pity, plenty)
        chances = kinds[weights]
        visits += reached
        for rarity, chance in chances.items():
            found[rarity] += reached * chance
        reached *= 1 - chances["Legendary"]
    return {
        Fraction(config.rewards[rarity], config.cost): found[rarity] / visits for rarity in gacha.RARITIES
    }


def _rarities_at(config: gacha.GachaConfig, pity: int, stock: Mapping[str, int]) -> dict[str, Fraction]:
    given = [
        gacha.pull(config, iter((drawn,)), count=1, pity=pity, stock=stock).items[0].rarity
        for drawn in range(config.draws)
    ]
    return {rarity: Fraction(given.count(rarity), config.draws) for rarity in gacha.RARITIES}


def crash_payouts(points: int) -> Payouts:
    """Of leaving at `points`, by the first draw that no longer reaches them: every smaller one does."""
    count = crash.CRASH.reach_count(points)
    for draw, reaches in ((count - 1, True), (count, False)):
        ends = crash.crash_points(crash.CRASH, iter(divmod(draw, 1 << 32)))
        assert (ends >= points) is reaches, "the live code ends where the count says"
    reached = Fraction(count, crash.DRAW_RANGE)
    return {Fraction(points, crash.POINTS_A_UNIT): reached, Fraction(0): 1 - reached}


def _counted(every: list[Fraction]) -> Payouts:
    return {pay: Fraction(every.count(pay), len(every)) for pay in set(every)}


def mean(payouts: Payouts) -> Fraction:
    """The expected payout, in stakes."""
    return sum((pay * chance for pay, chance in payouts.items()), Fraction(0))


def volatility(payouts: Payouts) -> float:
    """The standard deviation of the payout, in stakes."""
    square = sum((pay * pay * chance for pay, chance in payouts.items()), Fraction(0))
    return sqrt(float(square - mean(payouts) ** 2))


def par_sheets() -> list[ParSheet]:
    """Every game's sheet; of crash one for each of a few ways to play it."""
    sheets = [_sheet(game, "", payouts_of(game)) for game in ("slot", "rps", "gacha")]
    return sheets + [
        _sheet("crash", f"leaving at {points / crash.POINTS_A_UNIT:.2f}", crash_payouts(points))
        for points in CRASH_LEAVES
    ]


def _sheet(game: str, variant: str, payouts: Payouts) -> ParSheet:
    returned, swing = mean(payouts), volatility(payouts)
    reach = {plays: Z_90 * swing / sqrt(plays) for plays in PLAYS}
    return ParSheet(
        game=game,
        variant=variant,
        exact_return=returned,
        hit_rate=float(sum((chance for pay, chance in payouts.items() if pay), Fraction(0))),
        volatility=swing,
        bands={plays: (float(returned) - wide, float(returned) + wide) for plays, wide in reach.items()},
    )
