"""What an auditor or a player runs by hand: the certificate, the simulated month, and a round drawn again."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from casino.games.rules import fairness
from casino.games.rules.redraw import PastRound, redraw

Say = Callable[[str], None]
# Of a round that names no table, as in the vectors that were published with the first ones.
FIRST_VERSION = 1
_IN_META = ("config_version", "client_seed", "nonce")
_NEEDED = ("game_type", "bet_amount", "win_amount", "server_seed", "client_seed", "nonce", "result_meta")


def certify(rounds: int, seed: str, spoiled_share: float, out: Path | None, say: Say) -> int:
    """0 when every game is what is published, 1 when not, 2 when the seed is none."""
    from casino.games.certification import certificate

    server_seed = _seed(seed) if seed else os.urandom(fairness.SERVER_SEED_BYTES)
    if server_seed is None:
        say(f"a server seed is {fairness.SERVER_SEED_BYTES} bytes in hex, this is {seed!r}")
        return 2
    found = certificate.certify(server_seed, rounds, spoiled_share=spoiled_share, workers=os.cpu_count() or 1)
    say(certificate.text(found))
    if out is not None:
        for path in certificate.write(found, out):
            say(f"wrote {path}")
    return 0 if found.holds else 1


def simulate(users: int, days: int, seed: int, population: Path | None, out: Path | None, say: Say) -> int:
    """0 when the economy is on target, 1 when not."""
    from casino.games.simulation import month, report

    assumed = month.load_population(population or month.POPULATION)
    started = time.perf_counter()
    played = month.Club(assumed, users, seed=seed).play(days)
    seconds = time.perf_counter() - started
    judged = report.judge(played, assumed)
    say(report.text(played, judged, users=users, seconds=seconds))
    if out is not None:
        for path in report.write(played, judged, out, users=users, seconds=seconds):
            say(f"wrote {path}")
    return 0 if all(one.holds for one in judged) else 1


def verify_round(file: Path, say: Say) -> int:
    """0 when a round comes out of its seed as it was settled, 1 when not, 2 when the file is no such round.

    A file with several under `rounds`, as the test vectors are published, is as good as the worst of them.
    """
    try:
        document = orjson.loads(sys.stdin.read() if str(file) == "-" else file.read_text())
    except (OSError, ValueError) as error:
        say(f"{file} cannot be read: {error}")
        return 2
    several = document.get("rounds") if isinstance(document, dict) else None
    if several is None:
        return _verify(file, document, say)
    if not isinstance(several, list) or not several:
        say(f"{file} has no list of rounds under rounds")
        return 2
    return max(_verify(f"{file}, round {place}", one, say) for place, one in enumerate(several, start=1))


def _verify(where: object, document: Any, say: Say) -> int:
    if not isinstance(document, dict):
        say(f"{where} holds no round: a JSON object is wanted")
        return 2
    meta = document.get("result_meta")
    if isinstance(meta, dict):
        # An item of the history has them there.
        document = {name: meta[name] for name in _IN_META if name in meta} | document
    missing = [name for name in _NEEDED if name not in document]
    if missing:
        say(f"{where} lacks {', '.join(missing)}")
        return 2
    server_seed = _seed(document["server_seed"])
    if server_seed is None:
        say(f"server_seed is not {fairness.SERVER_SEED_BYTES} bytes in hex")
        return 2
    try:
        faults = faults_of(document, server_seed)
    except (AssertionError, AttributeError, KeyError, TypeError, ValueError) as error:
        say(f"{where} holds no round that can be drawn: {error!r}")
        return 2
    if "server_seed_hash" not in document:
        say("no server_seed_hash was given: nothing shows that this seed was promised before the round")
    for fault in faults:
        say(fault)
    named = f"{document['game_type']} {document['nonce']}"
    say(f"{named}: as it was drawn" if not faults else f"{named}: does NOT come out of its seed")
    return 1 if faults else 0


def faults_of(document: dict[str, Any], server_seed: bytes) -> list[str]:
    """What of a round does not come out of its seed; empty when all does."""
    faults = []
    promised = document.get("server_seed_hash")
    if promised is not None and promised != fairness.commitment(server_seed):
        faults.append(f"the seed hashes to {fairness.commitment(server_seed)}, promised was {promised}")
    past = PastRound(
        document["game_type"],
        document.get("config_version", FIRST_VERSION),
        document["bet_amount"],
        document["win_amount"],
        document["result_meta"],
    )
    again = redraw(past, fairness.words(server_seed, document["client_seed"], document["nonce"]))
    if not again.matches:
        faults.append(
            f"the seed comes to {again.drawn}, settled was {dict(past.result)} for {past.win_amount}"
        )
    return faults


def _seed(text: Any) -> bytes | None:
    try:
        seed = bytes.fromhex(text)
    except (TypeError, ValueError):
        return None
    return seed if len(seed) == fairness.SERVER_SEED_BYTES else None
