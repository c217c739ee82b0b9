"""Server seeds whose first curve is known."""

from casino.games.rules import fairness
from casino.games.rules.crash import CRASH, crash_points


def seed_for(wanted: int, *, at_most: int = 5_000) -> bytes:
    """A server seed whose first round ends at `wanted` hundredths or later, but not beyond `at_most`."""
    for number in range(100_000):
        seed = number.to_bytes(32)
        if wanted <= end_of(seed) <= at_most:
            return seed
    raise AssertionError("there is such a seed")


def end_of(seed: bytes) -> int:
    """Where the first round of a seed ends, in hundredths."""
    return crash_points(CRASH, fairness.words(seed, "casino-club", 1))
