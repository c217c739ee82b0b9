"""Operators close games, narrow their stakes, and see how each stands; every decision leaves its audit row."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.admin.audit import Actor, record
from casino.admin.schemas import GameDecision, GameDecisionAsked, GameStanding, GameStandings, GameType
from casino.games.service import GAMES, OWN_LIMITS, Decision, Limits, Standing, decide, standings


async def game_standings(connection: AsyncConnection) -> GameStandings:
    """How every game stands."""
    found = await standings(connection)
    return GameStandings(games=[_standing(game, found[game]) for game in GAMES])


async def decide_about_game(
    connection: AsyncConnection, actor: Actor, game: GameType, asked: GameDecisionAsked
) -> GameStanding:
    """Takes a decision; how the game stands then. Raises UnfitLimits."""
    own = OWN_LIMITS[game]
    before = (await standings(connection))[game].now
    decision = await decide(
        connection,
        game,
        enabled=asked.enabled,
        limits=Limits(asked.min_bet or own.bet_min, asked.max_bet or own.bet_max),
        effective_from=asked.effective_from,
        reason=asked.reason,
        created_by=actor.user_id,
    )
    rows = (_decision(one).model_dump(mode="json") for one in (before, decision))
    await record(connection, actor, "games.configure", f"game:{game}", before=next(rows), after=next(rows))
    return _standing(game, (await standings(connection))[game])


def _decision(decision: Decision) -> GameDecision:
    return GameDecision(**_members(decision))


def _standing(game: Any, standing: Standing) -> GameStanding:
    to_come = [_decision(one) for one in standing.to_come]
    return GameStanding(game_type=game, to_come=to_come, **_members(standing.now))


def _members(decision: Decision) -> dict[str, Any]:
    return {
        "version": decision.version,
        "enabled": decision.enabled,
        "min_bet": decision.limits.bet_min,
        "max_bet": decision.limits.bet_max,
        "effective_from": decision.effective_from,
        "reason": decision.reason,
        "decided_by": decision.created_by,
    }
