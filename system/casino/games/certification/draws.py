"""Millions of real draws at once: the words of `rules.fairness`, dealt to every game by NumPy.

Each round has its own nonce and its own HMAC block, as in play. A word that the live code would reject sends its round
to the live code: both deal every round alike, which `agrees_with_live_code` checks one by one on a sample.
"""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice

import numpy as np
import numpy.typing as npt

from casino.games.rules import crash, fairness, gacha, rps, slot

WORDS_A_BLOCK = 8
CHUNK_ROUNDS = 250_000
CLIENT_SEED = "certificate"
Words = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Deals:
    """What the rounds of every game came to, one entry a round: the draw before any table or pity is looked at."""

    slot_stops: npt.NDArray[np.uint8]
    rps_draws: npt.NDArray[np.uint8]
    gacha_draws: npt.NDArray[np.uint16]
    crash_points: npt.NDArray[np.int32]

    @property
    def rounds(self) -> int:
        """How many rounds of each game."""
        return len(self.rps_draws)


def deal(server_seed: bytes, rounds: int, *, spoiled_share: float = 0.0, workers: int = 1) -> Deals:
    """So many rounds of every game from nonce 1 on.

    `spoiled_share` of the rounds have their first word set to 0, evenly spread: a planted bias, to see it found.
    """
    chunks = [(first, min(CHUNK_ROUNDS, rounds - first)) for first in range(0, rounds, CHUNK_ROUNDS)]
    work = partial(_chunk, server_seed, spoiled_share)
    if workers == 1:
        return _joined([work(chunk) for chunk in chunks])
    with ProcessPoolExecutor(workers) as pool:
        return _joined(list(pool.map(work, chunks)))


def _joined(parts: list[Deals]) -> Deals:
    return Deals(
        np.concatenate([part.slot_stops for part in parts]),
        np.concatenate([part.rps_draws for part in parts]),
        np.concatenate([part.gacha_draws for part in parts]),
        np.concatenate([part.crash_points for part in parts]),
    )


def _chunk(server_seed: bytes, spoiled_share: float, chunk: tuple[int, int]) -> Deals:
    first, rounds = chunk
    words = blocks(server_seed, CLIENT_SEED, first + 1, rounds)
    if spoiled_share:
        words = words.copy()
        words[:: round(1 / spoiled_share), 0] = 0
    again = partial(_again, server_seed, first + 1)
    return Deals(
        slot_stops=_below(words, [len(strip) for strip in slot.SLOT.strips], again).astype(np.uint8),
        rps_draws=_below(words, [rps.RPS.draws], again)[:, 0].astype(np.uint8),
        gacha_draws=_below(words, [gacha.GACHA.draws], again)[:, 0].astype(np.uint16),
        crash_points=_points(words),
    )


def blocks(server_seed: bytes, client_seed: str, first_nonce: int, rounds: int) -> Words:
    """The first eight words of each nonce: HMAC-SHA256 by its definition (RFC 2104), its two keyed states shared."""
    key = server_seed.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key))
    prefix, digests = client_seed.encode() + b":%d:0", []
    for nonce in range(first_nonce, first_nonce + rounds):
        within, around = inner.copy(), outer.copy()
        within.update(prefix % nonce)
        around.update(within.digest())
        digests.append(around.digest())
    return np.frombuffer(b"".join(digests), dtype=">u4").reshape(rounds, WORDS_A_BLOCK).astype(np.uint32)


def _again(server_seed: bytes, first_nonce: int, row: int) -> Iterator[int]:
    return fairness.words(server_seed, CLIENT_SEED, first_nonce + row)


def _below(words: Words, limits: list[int], again: partial[Iterator[int]]) -> npt.NDArray[np.uint32]:
    """One draw below each limit, a column each, from the first words of each row."""
    drawn = np.empty((len(words), len(limits)), dtype=np.uint32)
    rejected = np.zeros(len(words), dtype=bool)
    for column, limit in enumerate(limits):
        fair_end = fairness.WORD_RANGE - fairness.WORD_RANGE % limit
        rejected |= words[:, column] >= fair_end
        drawn[:, column] = words[:, column] % np.uint32(limit)
    for row in np.flatnonzero(rejected):
        stream = again(int(row))
        drawn[row] = [fairness.draw_below(stream, limit) for limit in limits]
    return drawn


def _points(words: Words) -> npt.NDArray[np.int32]:
    """Where the curve ends, from the first two words of each row.

    Double precision is off by less than one in 2⁵⁰: only a quotient that near to a whole number is divided again.
    """
    config = crash.CRASH
    high, low = words[:, 0].astype(np.float64), words[:, 1].astype(np.float64)
    quotient = config.numerator * 2.0**64 / (high * 2.0**32 + low + 1.0)
    points = np.minimum(quotient, config.points_max).astype(np.int32)
    close = np.abs(quotient - np.rint(quotient)) < 1e-9 * quotient
    for row in np.flatnonzero(close & (quotient < config.points_max + 1)):
        points[row] = crash.crash_points(config, iter((int(words[row, 0]), int(words[row, 1]))))
    return points


def agrees_with_live_code(server_seed: bytes, deals: Deals, sample: int) -> list[str]:
    """Each game of whose first rounds the live rules deal some otherwise; empty when they deal all alike."""
    otherwise: dict[str, list[int]] = {}
    for row in range(min(sample, deals.rounds)):
        drawn = partial(fairness.words, server_seed, CLIENT_SEED, row + 1)
        live = {
            "slot": slot.spin(slot.SLOT, drawn()).stops == tuple(int(stop) for stop in deals.slot_stops[row]),
            "rps": rps.play(rps.RPS, "rock", drawn()).outcome
            == rps.RPS.outcome_of(int(deals.rps_draws[row])),
            "gacha": fairness.draw_below(drawn(), gacha.GACHA.draws) == int(deals.gacha_draws[row]),
            "crash": crash.crash_points(crash.CRASH, drawn()) == int(deals.crash_points[row]),
        }
        for game in (game for game, same in live.items() if not same):
            otherwise.setdefault(game, []).append(row + 1)
    return [
        f"{game}: of the first {min(sample, deals.rounds):,} rounds {len(rounds):,} are dealt otherwise by the live "
        f"code, round {rounds[0]} first"
        for game, rounds in otherwise.items()
    ]


def rarities_in_turn(draws: npt.NDArray[np.uint16], config: gacha.GachaConfig) -> npt.NDArray[np.uint8]:
    """The rarity (index in `RARITIES`) of each pull of one player who pulls them one after another, pity included."""
    assert config.soft_pity_from is None, "the walk below knows the hard pity alone"
    bounds, rarities, end = [], [], 0
    for rarity in gacha.LAYOUT:
        end += config.weights[rarity]
        bounds.append(end)
        rarities.append(gacha.RARITIES.index(rarity))
    given = np.array(rarities, dtype=np.uint8)[np.searchsorted(bounds, draws, side="right")]
    legendary = gacha.RARITIES.index("Legendary")
    lucky = np.flatnonzero(given == legendary)
    starts, ends = np.concatenate(([-1], lucky)), np.concatenate((lucky, [len(draws)]))
    for start, stop in zip(starts, ends, strict=True):
        given[start + config.hard_pity : stop : config.hard_pity] = legendary
    return given


def live_rarities(draws: npt.NDArray[np.uint16], pulls: int) -> list[str]:
    """The same by the live code, pull by pull."""
    pity, shown = 0, []
    plenty = dict.fromkeys(gacha.STOCKED, pulls)
    for drawn in islice(draws, pulls):
        pulled = gacha.pull(gacha.GACHA, iter((int(drawn),)), count=1, pity=pity, stock=plenty)
        pity = pulled.pity
        shown.append(pulled.items[0].rarity)
    return shown
