"""What is published of each game: computed from the very tables that rounds are drawn from."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from itertools import product

from casino.games.configs import OWN_LIMITS, Decision
from casino.games.odds_schemas import (
    CrashOdds,
    GachaOdds,
    Game,
    PayLine,
    PityPoint,
    RarityOdds,
    RpsOdds,
    SlotOdds,
)
from casino.games.rules import crash, rps, slot
from casino.games.rules.gacha import GACHA, LAYOUT, RARITIES

_SHOWN_POINTS = (101, 150, 200, 500, 1_000, 10_000, 100_000)


def games_on_offer(stock: Mapping[str, int], decided: Callable[[str], Decision]) -> list[Game]:
    """Every game as it stands, with its exact return and its odds; `stock` is what the gacha has left."""
    return [_offer(game, decided(game.game_type)) for game in (_slot(), _rps(), _gacha(stock), _crash())]


def _offer(game: Game, decision: Decision) -> Game:
    limits = decision.limits
    standing = {"enabled": decision.enabled, "min_bet": limits.bet_min, "max_bet": limits.bet_max}
    return game.model_copy(update=standing)


def _exact(fraction: Fraction) -> str:
    return f"{fraction.numerator}/{fraction.denominator}"


@cache
def _slot() -> Game:
    config = slot.SLOT
    combinations = list(product(*config.strips))
    hits = Fraction(sum(config.multiplier(line) > 0 for line in combinations), len(combinations))
    exact = config.exact_return()
    odds = SlotOdds(
        game_type="slot",
        strips=[list(strip) for strip in config.strips],
        pay_table=[PayLine(symbols=list(symbols), multiplier=pay) for symbols, pay in config.pay_table()],
        rtp_exact=_exact(exact),
        hit_rate=float(hits),
    )
    return Game(
        game_type="slot",
        title="Neon Orchard",
        min_bet=OWN_LIMITS["slot"].bet_min,
        max_bet=OWN_LIMITS["slot"].bet_max,
        rtp=float(exact),
        enabled=True,
        config_version=config.version,
        odds=odds,
    )


@cache
def _rps() -> Game:
    config = rps.RPS
    exact = config.exact_return()
    odds = RpsOdds.model_validate(
        {
            "game_type": "rps",
            "draws": config.draws,
            "weights": config.weights,
            "chances": {outcome: weight / config.draws for outcome, weight in config.weights.items()},
            "pays": config.pays,
            "rtp_exact": _exact(exact),
        }
    )
    return Game(
        game_type="rps",
        title="Neon Hands",
        min_bet=OWN_LIMITS["rps"].bet_min,
        max_bet=OWN_LIMITS["rps"].bet_max,
        rtp=float(exact),
        enabled=True,
        config_version=config.version,
        odds=odds,
    )


def gacha_odds(stock: Mapping[str, int]) -> GachaOdds:
    """The gacha's table, its pity curve and what is left of each rarity."""
    rates, _ = _gacha_rates()
    rarities = [
        RarityOdds.model_validate(
            {
                "rarity": rarity,
                "weight": GACHA.weights[rarity],
                "chance": GACHA.weights[rarity] / GACHA.draws,
                "effective_rate": float(rates[rarity]),
                "reward": GACHA.rewards[rarity],
                "stock_left": stock.get(rarity),
            }
        )
        for rarity in RARITIES
    ]
    return GachaOdds.model_validate(
        {
            "game_type": "gacha",
            "cost": GACHA.cost,
            "draws": GACHA.draws,
            "layout": LAYOUT,
            "hard_pity": GACHA.hard_pity,
            "rarities": rarities,
            "pity_curve": _pity_curve(),
            "daily_limits": GACHA.daily_limits,
        }
    )


@cache
def _gacha_rates() -> tuple[dict[str, Fraction], Fraction]:
    """(effective rates, return): fractions of hundreds of digits, computed once."""
    return GACHA.effective_rates(), GACHA.exact_return()


def _pity_curve() -> list[PityPoint]:
    curve: list[PityPoint] = []
    for pity in range(GACHA.hard_pity):
        chance = GACHA.weights_at(pity)["Legendary"] / GACHA.draws
        if not curve or curve[-1].chance != chance:
            curve.append(PityPoint(after=pity, chance=chance))
    return curve


def _gacha(stock: Mapping[str, int]) -> Game:
    return Game(
        game_type="gacha",
        title="Neon Capsules",
        min_bet=OWN_LIMITS["gacha"].bet_min,
        max_bet=OWN_LIMITS["gacha"].bet_max,
        rtp=float(_gacha_rates()[1]),
        enabled=True,
        config_version=GACHA.version,
        odds=gacha_odds(stock),
    )


@cache
def _crash() -> Game:
    config = crash.CRASH
    odds = CrashOdds(
        game_type="crash",
        numerator=config.numerator,
        multiplier_max=config.points_max / crash.POINTS_A_UNIT,
        growth=config.growth,
        effective_rtp={
            f"{points / crash.POINTS_A_UNIT:.2f}": float(config.effective_return(points, crash.BET_MIN))
            for points in _SHOWN_POINTS
        },
    )
    return Game(
        game_type="crash",
        title="Neon Comet",
        min_bet=OWN_LIMITS["crash"].bet_min,
        max_bet=OWN_LIMITS["crash"].bet_max,
        rtp=float(config.exact_return(crash.POINTS_A_UNIT)),
        enabled=True,
        config_version=config.version,
        odds=odds,
    )
