"""Turns the journeys of a profile into one player's endless sequence of steps."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from loadtests.profile import Profile


def steps_of(profile: Profile, rng: Random) -> Iterator[str]:
    """Names of steps, journey after journey, each journey drawn by weight and its repetitions anew."""
    weights = [journey.weight for journey in profile.journeys]
    while True:
        (journey,) = rng.choices(profile.journeys, weights)
        for use in journey.steps:
            if rng.random() < use.chance:
                yield from [use.step] * rng.randint(*use.times)
