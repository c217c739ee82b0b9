"""Runs the whole certification and says what it found."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from casino.games.certification import battery, exact
from casino.games.certification.battery import Finding
from casino.games.certification.draws import (
    Deals,
    agrees_with_live_code,
    deal,
    live_rarities,
    rarities_in_turn,
)
from casino.games.configs import shipped
from casino.games.odds import games_on_offer
from casino.games.rules import crash, gacha, rps, slot

SAMPLE = 20_000
GAP_LONGEST = 60
CRASH_BOUNDS = (100, 110, 125, 150, 175, 200, 250, 300, 400, 600, 1_000, 2_500, 10_000, 100_000)


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was found. `mismatches` say where figures that must be equal are not."""

    rounds: int
    seconds: float
    server_seed: str
    findings: list[Finding]
    mismatches: list[str]
    sheets: list[exact.ParSheet]

    @property
    def holds(self) -> bool:
        """Whether the games are what they are said to be."""
        return not self.mismatches and battery.all_hold(self.findings)


def certify(server_seed: bytes, rounds: int, *, spoiled_share: float = 0.0, workers: int = 1) -> Certificate:
    """Deals so many rounds of every game from the seed and tests them; `spoiled_share` plants a bias.

    At 99 % one test in a hundred fails for an honest game: what fails is dealt again from another seed, once, and has
    to hold there.
    """
    started = time.perf_counter()
    deals = deal(server_seed, rounds, spoiled_share=spoiled_share, workers=workers)
    findings = _battery(deals)
    failed = {(one.game, one.test) for one in findings if not one.holds}
    if failed:
        other = bytes(byte ^ 0xFF for byte in server_seed)
        second = _battery(deal(other, rounds, spoiled_share=spoiled_share, workers=workers))
        again = {(one.game, one.test): one for one in second}
        findings = [again[one.game, one.test] if (one.game, one.test) in failed else one for one in findings]
    mismatches = _published() + agrees_with_live_code(server_seed, deals, SAMPLE)
    walked = rarities_in_turn(deals.gacha_draws[:SAMPLE], gacha.GACHA)
    if [gacha.RARITIES[one] for one in walked] != live_rarities(deals.gacha_draws, SAMPLE):
        mismatches.append("gacha: the pity walks otherwise than the live code's")
    seconds = time.perf_counter() - started
    return Certificate(rounds, seconds, server_seed.hex(), findings, mismatches, exact.par_sheets())


def _published() -> list[str]:
    """Where the return that is published is not the one the live code comes to."""
    found = []
    for game in games_on_offer({}, shipped):
        live = float(exact.mean(exact.payouts_of(game.game_type)))
        if abs(live - game.rtp) > 1e-12:
            found.append(f"{game.game_type}: {game.rtp} is published, the live code returns {live}")
    return found


def _battery(deals: Deals) -> list[Finding]:
    return [
        *_slot(deals.slot_stops),
        *_rps(deals.rps_draws),
        *_gacha(deals.gacha_draws),
        *_crash(deals.crash_points),
    ]


def _slot(stops: npt.NDArray[np.uint8]) -> list[Finding]:
    lengths = [len(strip) for strip in slot.SLOT.strips]
    table = np.array(
        [
            [
                [slot.SLOT.multiplier((first, second, third)) for third in slot.SLOT.strips[2]]
                for second in slot.SLOT.strips[1]
            ]
            for first in slot.SLOT.strips[0]
        ],
        dtype=float,
    )
    multipliers = table[stops[:, 0], stops[:, 1], stops[:, 2]]
    payouts = exact.slot_payouts()
    hit_rate = float(sum(chance for pay, chance in payouts.items() if pay))
    combination = (stops[:, 0].astype(np.int64) * lengths[1] + stops[:, 1]) * lengths[2] + stops[:, 2]
    every = int(np.prod(lengths))
    findings = [
        battery.chi_square(
            "slot",
            f"chi-square, reel {reel + 1}",
            np.bincount(stops[:, reel], minlength=length),
            [1 / length] * length,
        )
        for reel, length in enumerate(lengths)
    ]
    findings.append(
        battery.chi_square(
            "slot",
            "chi-square, combinations",
            np.bincount(combination, minlength=every),
            np.full(every, 1 / every),
        )
    )
    return [
        *findings,
        battery.runs("slot", multipliers > 0, hit_rate),
        battery.serial_correlation("slot", stops[:, 0].astype(float)),
        battery.gaps("slot", multipliers > 0, hit_rate, longest=GAP_LONGEST),
        _return("slot", multipliers, payouts),
    ]


def _rps(draws: npt.NDArray[np.uint8]) -> list[Finding]:
    config, payouts = rps.RPS, exact.rps_payouts()
    pays = np.array([config.pays[config.outcome_of(draw)] for draw in range(config.draws)], dtype=float)
    wins = draws < config.weights["win"]
    chance = config.weights["win"] / config.draws
    return [
        battery.chi_square(
            "rps",
            "chi-square, draws",
            np.bincount(draws, minlength=config.draws),
            [1 / config.draws] * config.draws,
        ),
        battery.runs("rps", wins, chance),
        battery.serial_correlation("rps", draws.astype(float)),
        battery.gaps("rps", wins, chance, longest=GAP_LONGEST),
        _return("rps", pays[draws], payouts),
    ]


def _gacha(draws: npt.NDArray[np.uint16]) -> list[Finding]:
    config = gacha.GACHA
    given = rarities_in_turn(draws, config)
    legendary = given == gacha.RARITIES.index("Legendary")
    chance = config.weights["Legendary"] / config.draws
    between = np.diff(np.flatnonzero(legendary))
    waits = chance * (1 - chance) ** np.arange(config.hard_pity)
    waits[-1] = 1 - waits[:-1].sum()
    rewards = np.array([config.rewards[rarity] for rarity in gacha.RARITIES], dtype=float) / config.cost
    # Pulls hang together through the pity: whole thousands of them hardly do, and their means are tested.
    pulled = rewards[given]
    thousands = pulled[: len(pulled) // 1_000 * 1_000].reshape(-1, 1_000).mean(axis=1)
    expected = float(gacha.GACHA.exact_return())
    return [
        battery.chi_square(
            "gacha",
            "chi-square, draws",
            np.bincount(draws, minlength=config.draws),
            np.full(config.draws, 1 / config.draws),
        ),
        battery.chi_square(
            "gacha",
            "chi-square, waits for a Legendary",
            np.bincount(between - 1, minlength=config.hard_pity),
            waits,
        ),
        battery.runs("gacha", draws < config.draws // 2, 0.5),
        battery.serial_correlation("gacha", draws.astype(float)),
        battery.gaps("gacha", draws < config.draws // 10, 0.1, longest=GAP_LONGEST),
        battery.mean_within("gacha", "return", thousands, expected, float(thousands.std())),
    ]


def _crash(points: npt.NDArray[np.int32]) -> list[Finding]:
    reached = [crash.CRASH.reach_count(bound) / crash.DRAW_RANGE for bound in CRASH_BOUNDS]
    chances = -np.diff([1.0, *reached, 0.0])
    bands = np.bincount(np.searchsorted(CRASH_BOUNDS, points, side="right"), minlength=len(chances))
    doubled = points >= 200
    chance = float(exact.crash_payouts(200)[Fraction(2)])
    # The rank of a draw is even over the unit interval; the points themselves have no variance to speak of.
    rank = crash.CRASH.numerator / points.astype(float)
    findings = [
        battery.chi_square("crash", "chi-square, bands", bands, chances),
        battery.runs("crash", doubled, chance),
        battery.serial_correlation("crash", rank),
        battery.gaps("crash", doubled, chance, longest=GAP_LONGEST),
    ]
    for left in exact.CRASH_LEAVES:
        paid = np.where(points >= left, left / crash.POINTS_A_UNIT, 0.0)
        name = f"return, leaving at {left / crash.POINTS_A_UNIT:.2f}"
        findings.append(_return("crash", paid, exact.crash_payouts(left), name))
    return findings


def _return(
    game: str, payouts: npt.NDArray[np.float64], chances: exact.Payouts, name: str = "return"
) -> Finding:
    return battery.mean_within(game, name, payouts, float(exact.mean(chances)), exact.volatility(chances))


def text(found: Certificate) -> str:
    """The certificate for a person to read."""
    lines = [f"{found.rounds:,} rounds of every game in {found.seconds:.1f} s, seed {found.server_seed}", ""]
    lines += [
        f"{'game':6} {'':18} {'return':>10} {'hits':>7} {'volatility':>10}   return of 100,000 plays, 9 in 10"
    ]
    for sheet in found.sheets:
        low, high = sheet.bands[100_000]
        lines.append(
            f"{sheet.game:6} {sheet.variant:18} {float(sheet.exact_return):10.6f} {sheet.hit_rate:7.2%} "
            f"{sheet.volatility:10.3f}   {low:.4f} – {high:.4f}"
        )
    lines += ["", f"{'game':6} {'test':34} {'statistic':>12} {'p':>8}"]
    lines += [
        f"{one.game:6} {one.test:34} {one.statistic:12.3f} {one.p_value:8.4f}{'' if one.holds else '  FAILS'}"
        for one in found.findings
    ]
    lines += ["", *found.mismatches, "certified" if found.holds else "NOT certified"]
    return "\n".join(lines)


def write(found: Certificate, folder: Path) -> Sequence[Path]:
    """Writes certificate.json and certificate.txt; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    document = asdict(found) | {"holds": found.holds}
    for sheet in document["sheets"]:
        sheet["exact_return"] = float(sheet["exact_return"])
    files = [folder / "certificate.json", folder / "certificate.txt"]
    files[0].write_text(json.dumps(document, indent=2) + "\n")
    files[1].write_text(text(found) + "\n")
    return files
