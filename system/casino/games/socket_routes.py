"""The games' views of the hub: a player's own rounds, and the whole floor for an admin."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, WebSocket

from casino.games import crash_view, repository, service
from casino.games.configs import GameConfigs
from casino.games.dealing import GAMES
from casino.games.rules.crash import Status
from casino.games.server_clock import ServerClock
from casino.identity.service import TokenChecker, has_role
from casino.kit.clock import rfc3339, utc_now
from casino.kit.database import Database
from casino.kit.http.resources import resource
from casino.realtime.service import Hub, View, admit, show_only, turn_away
from casino.wallet.service import balance_of

NEWEST_ROUNDS = 20
RUNNING_MAX = 50

router = APIRouter(prefix="/api/games")
Db = Annotated[Database, resource(Database)]
Clock = Annotated[ServerClock, resource(ServerClock)]
Configs = Annotated[GameConfigs, resource(GameConfigs)]
TheHub = Annotated[Hub, resource(Hub)]
Checker = Annotated[TokenChecker, resource(TokenChecker)]


@router.websocket("/ws")
async def own_games(socket: WebSocket, hub: TheHub, checker: Checker, database: Db, clock: Clock) -> None:
    """The user's own rounds, totals and sittings, as contracts/asyncapi.yaml describes them."""
    admitted = await admit(socket, checker, database)
    if admitted is not None:
        shown = show_only("game_event", "stats_update", "session_end")
        await hub.serve(socket, *admitted, view=View(partial(_own_state, database, clock), shown))


@router.websocket("/ws/monitor")
async def floor(socket: WebSocket, hub: TheHub, checker: Checker, database: Db, configs: Configs) -> None:
    """Everybody's rounds as they settle, for an admin."""
    admitted = await admit(socket, checker, database)
    if admitted is None:
        return
    principal, _ = admitted
    if not has_role(principal.role, "admin"):
        await turn_away(socket, "admins_only")
        return
    view = View(partial(_floor_state, database, configs), show_only(), watches=True)
    await hub.serve(socket, principal, None, view=view)


async def _own_state(database: Database, clock: ServerClock, user_id: int) -> dict[str, Any]:
    async with database.snapshot() as connection:
        stats = await service.stats_of(connection, user_id)
        crash = await crash_view.current(connection, user_id, now=clock.now())
        gold = await balance_of(connection, user_id)
    return {
        "gold_balance": gold,
        "stats": stats.model_dump(mode="json"),
        "crash": crash.model_dump(mode="json"),
    }


async def _floor_state(database: Database, configs: GameConfigs, _: int) -> dict[str, Any]:
    async with database.snapshot() as connection:
        rounds = await repository.newest_rounds(connection, limit=NEWEST_ROUNDS)
        running = await repository.audited_crash_rounds(
            connection, user_id=None, status=Status.ACTIVE, limit=RUNNING_MAX
        )
    return {
        "games": [{"game_type": game, "enabled": configs.of(game).enabled} for game in GAMES],
        "rounds": [_round(row) for row in rounds],
        "crash_running": [_ride(row) for row in running],
        "generated_at": rfc3339(utc_now()),
    }


def _round(row: Any) -> dict[str, Any]:
    return {
        "round_id": str(row.id),
        "user_id": row.user_id,
        "game_type": row.game_type,
        "bet_amount": row.bet_amount,
        "win_amount": row.win_amount,
        "multiplier": float(row.multiplier),
        "settled_at": rfc3339(row.created_at),
    }


def _ride(row: Any) -> dict[str, Any]:
    """A running round of crash; where it ends is a secret for an admin too."""
    return {
        "game_id": str(row.id),
        "user_id": row.user_id,
        "bet_amount": row.bet_amount,
        "started_at": rfc3339(row.started_at),
    }
