"""Operators close games and narrow their stakes; each process knows what holds to within a second.

What a round pays is not theirs to change here: odds come with the code that was certified to draw by them.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.games import repository
from casino.games.errors import GameClosed, StakeOutOfLimits, UnfitLimits
from casino.games.rules import crash, rps, slot
from casino.games.rules.gacha import COUNTS, GACHA
from casino.kit.clock import utc_now
from casino.kit.database import Database
from casino.kit.metrics import gauge

POLL_SECONDS = 1.0
# How long a player waits before asking again, when nobody said when the game opens.
RETRY_SECONDS = 60

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """The smallest and the largest stake, in gold."""

    bet_min: int
    bet_max: int


OWN_LIMITS: Mapping[str, Limits] = {
    "slot": Limits(slot.BET_MIN, slot.BET_MAX),
    "rps": Limits(rps.BET_MIN, rps.BET_MAX),
    "gacha": Limits(GACHA.cost * COUNTS[0], GACHA.cost * COUNTS[-1]),
    "crash": Limits(crash.BET_MIN, crash.BET_MAX),
}
"""What each game's arithmetic allows; nobody can widen it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What holds at a game from a moment on. `version` counts decisions; 0 is how the game is shipped."""

    version: int
    enabled: bool
    limits: Limits
    effective_from: datetime | None = None
    reason: str | None = None
    created_by: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A game's decision in force, and those whose moment has not come."""

    now: Decision
    to_come: tuple[Decision, ...] = ()

    def opens_in(self, moment: datetime) -> int | None:
        """Seconds until a decision opens it, at least 1; None when nobody said."""
        opening = next((one for one in self.to_come if one.enabled), None)
        if opening is None or opening.effective_from is None:
            return None
        return max(1, ceil((opening.effective_from - moment).total_seconds()))


def shipped(game: str) -> Decision:
    """Open, with the game's own limits."""
    return Decision(0, True, OWN_LIMITS[game])


async def standings(connection: AsyncConnection) -> dict[str, Standing]:
    """How every game stands, by the database's clock."""
    in_force = {row.game_type: _decision(row) for row in await repository.configs_in_force(connection)}
    to_come: dict[str, list[Decision]] = {game: [] for game in OWN_LIMITS}
    for row in await repository.configs_to_come(connection):
        to_come[row.game_type].append(_decision(row))
    return {game: Standing(in_force.get(game, shipped(game)), tuple(to_come[game])) for game in OWN_LIMITS}


def _decision(row: Any) -> Decision:
    limits = Limits(row.bet_min, row.bet_max)
    return Decision(row.id, row.enabled, limits, row.effective_from, row.reason, row.created_by)


async def decide(
    connection: AsyncConnection,
    game: str,
    *,
    enabled: bool,
    limits: Limits | None,
    effective_from: datetime | None,
    reason: str,
    created_by: int,
) -> Decision:
    """Decides about a game from now or a moment on; without limits it has its own. Raises UnfitLimits."""
    own = OWN_LIMITS[game]
    limits = limits or own
    if not own.bet_min <= limits.bet_min <= limits.bet_max <= own.bet_max:
        raise UnfitLimits(
            f"Stakes at {game} lie between {own.bet_min} and {own.bet_max}, the smallest first.",
            bet_min=own.bet_min,
            bet_max=own.bet_max,
        )
    if game == "gacha" and limits != own:
        raise UnfitLimits("The gacha has one price; it can be closed, not narrowed.")
    values = {
        "game_type": game,
        "enabled": enabled,
        "bet_min": limits.bet_min,
        "bet_max": limits.bet_max,
        "reason": reason,
        "created_by": created_by,
    }
    return _decision(
        await repository.add_config(
            connection, values if effective_from is None else values | {"effective_from": effective_from}
        )
    )


class GameConfigs:
    """How the games stand, as one process knows it; before the first reading, as they are shipped."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._standings = {game: Standing(shipped(game)) for game in OWN_LIMITS}
        self._known = asyncio.Event()

    def of(self, game: str) -> Decision:
        """What holds at a game."""
        return self._standings[game].now

    def admit(self, game: str, bet_amount: int) -> None:
        """Lets a bet through, or raises GameClosed or StakeOutOfLimits."""
        standing = self._standings[game]
        if not standing.now.enabled:
            raise GameClosed(
                "This game is closed for now; gold and running rounds are safe.",
                retry_after_seconds=standing.opens_in(utc_now()) or RETRY_SECONDS,
                game_type=game,
            )
        limits = standing.now.limits
        if not limits.bet_min <= bet_amount <= limits.bet_max:
            raise StakeOutOfLimits(
                f"Stakes lie between {limits.bet_min} and {limits.bet_max} gold for now.",
                bet_min=limits.bet_min,
                bet_max=limits.bet_max,
            )

    async def read(self) -> None:
        """Reads how the games stand."""
        async with self._database.snapshot() as connection:
            self._standings = await standings(connection)
        for game, standing in self._standings.items():
            gauge("game_open").labels(game).set(standing.now.enabled)
        self._known.set()

    async def run(self) -> None:
        """Reads again and again until cancelled; what was known stays while the database is away."""
        while True:
            try:
                await self.read()
            except Exception as error:
                log.warning("game_configs_unknown", error=repr(error))
            await asyncio.sleep(POLL_SECONDS)

    async def wait_until_known(self, seconds_max: float) -> None:
        """Waits for the first reading, so that a process that starts opens no closed game; not for ever."""
        try:
            async with asyncio.timeout(seconds_max):
                await self._known.wait()
        except TimeoutError:
            log.warning("game_configs_unknown", error=f"no reading in {seconds_max} s")
