"""Whoever knows all that is public before a round, and every round before it, guesses at chance and no better."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import pytest

from casino.games.rules import fairness
from casino.games.rules.crash import CRASH, crash_points
from casino.games.rules.gacha import GACHA, pull
from casino.games.rules.rps import OUTCOMES, RPS, play
from casino.games.rules.slot import SLOT, spin

ROUNDS = 4_000
CLIENT_SEED = "casino-club"
HITS = sum(SLOT.multiplier(line) > 0 for line in product(*SLOT.strips)) / 25**3
SIGMAS = 4.0


@dataclass(frozen=True)
class Public:
    """What a player sees before a round: the promise, their seed, the number, and all outcomes so far."""

    commitment: str
    client_seed: str
    nonce: int
    before: tuple[str, ...]


Guess = Callable[[Public], str]
Game = Callable[[Iterator[int]], str]


def rps_outcome(words: Iterator[int]) -> str:
    """The outcome of a hand."""
    return play(RPS, "rock", words).outcome


def doubled(words: Iterator[int]) -> str:
    """Whether the curve reaches 2.00."""
    return "yes" if crash_points(CRASH, words) >= 200 else "no"


def a_hit(words: Iterator[int]) -> str:
    """Whether a spin pays anything."""
    return "yes" if spin(SLOT, words).multiplier else "no"


def a_common(words: Iterator[int]) -> str:
    """Whether a capsule holds the least there is."""
    pulled = pull(GACHA, words, count=1, pity=0, stock=GACHA.stock)
    return "yes" if pulled.items[0].rarity == "Common" else "no"


GAMES: dict[str, tuple[Game, dict[str, float]]] = {
    "rps": (rps_outcome, {outcome: RPS.weights[outcome] / RPS.draws for outcome in OUTCOMES}),
    "crash": (doubled, {"yes": 0.465, "no": 0.535}),
    "slot": (a_hit, {"yes": HITS, "no": 1 - HITS}),
    "gacha": (a_common, {"yes": 0.7, "no": 0.3}),
}


def keyed_by(key: Callable[[Public], bytes]) -> Callable[[Game], Guess]:
    """Plays the game's own rules with something public in the secret's place."""

    def made(game: Game) -> Guess:
        return lambda seen: game(fairness.words(key(seen), seen.client_seed, seen.nonce))

    return made


def the_last(_: Game) -> Guess:
    """What came last comes again."""
    return lambda seen: seen.before[-1] if seen.before else "no"


def the_rarest(game: Game) -> Guess:
    """What came least in the last hundred is due."""

    def guess(seen: Public) -> str:
        counted = Counter(seen.before[-100:])
        return min(sorted(counted), key=lambda outcome: counted[outcome]) if counted else "no"

    return guess


def after_the_same_three(_: Game) -> Guess:
    """What followed the same three outcomes most often so far."""

    def guess(seen: Public) -> str:
        recent, last = seen.before[-400:], seen.before[-3:]
        followed = Counter(
            recent[place + 3] for place in range(len(recent) - 3) if recent[place : place + 3] == last
        )
        return followed.most_common(1)[0][0] if followed else "no"

    return guess


PREDICTORS = {
    "commitment as the key": keyed_by(lambda seen: bytes.fromhex(seen.commitment)),
    "hash of the commitment": keyed_by(lambda seen: hashlib.sha256(seen.commitment.encode()).digest()),
    "client seed as the key": keyed_by(lambda seen: hashlib.sha256(seen.client_seed.encode()).digest()),
    "nonce as the key": keyed_by(lambda seen: seen.nonce.to_bytes(32)),
    "no key": keyed_by(lambda _: bytes(32)),
    "the last again": the_last,
    "the rarest is due": the_rarest,
    "patterns of three": after_the_same_three,
}


def sigmas_above_chance(secret: bytes, game_name: str, predictor: Callable[[Game], Guess]) -> float:
    """How far the right guesses lie above what the guessed outcomes' own chances bring."""
    game, chances = GAMES[game_name]
    guess, commitment = predictor(game), fairness.commitment(secret)
    before: list[str] = []
    right, expected, variance = 0, 0.0, 0.0
    for nonce in range(1, ROUNDS + 1):
        guessed = guess(Public(commitment, CLIENT_SEED, nonce, tuple(before[-400:])))
        outcome = game(fairness.words(secret, CLIENT_SEED, nonce))
        chance = chances.get(guessed, 0.0)
        right += guessed == outcome
        expected += chance
        variance += chance * (1 - chance)
        before.append(outcome)
    return float((right - expected) / variance**0.5)


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("predictor", PREDICTORS.values(), ids=PREDICTORS.keys())
def test_nobody_guesses_better_than_chance(game: str, predictor: Callable[[Game], Guess]) -> None:
    """Over 4,000 rounds no predictor is right more often than its guesses' chances, within four deviations."""
    secret = hashlib.sha256(b"a seed nobody was shown").digest()
    assert abs(sigmas_above_chance(secret, game, predictor)) < SIGMAS


def test_a_leak_is_found() -> None:
    """A casino that drew from what it publishes (as one in the field did) is predicted every time."""
    game, _ = GAMES["rps"]
    commitment = "ab" * 32
    leaking = bytes.fromhex(commitment)
    guess = PREDICTORS["commitment as the key"](game)
    hits = [
        guess(Public(commitment, CLIENT_SEED, nonce, ())) == game(fairness.words(leaking, CLIENT_SEED, nonce))
        for nonce in range(1, 201)
    ]
    assert all(hits)
