"""HTTP in and out of the games besides playing: odds, totals, history, sittings, proofs."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request

from casino.games import proofs, receipts, repository, service, sittings
from casino.games.configs import GameConfigs
from casino.games.odds import games_on_offer
from casino.games.odds_schemas import Games
from casino.games.play import Table
from casino.games.play_routes import PREFIX, VERIFY
from casino.games.schemas import (
    GameStats,
    GameType,
    History,
    LeaveAsked,
    Receipt,
    RotateAsked,
    Rotation,
    SeedInUse,
    SitDownAsked,
    Sitting,
    UserStats,
    Verification,
    VerifyAsked,
)
from casino.identity.service import CurrentUser, Principal, require_role, require_self_or_admin
from casino.kit import tracing
from casino.kit.database import Database
from casino.kit.http.edge import exchange_of
from casino.kit.http.paging import Paging
from casino.kit.http.resources import resource
from casino.kit.http.wire import AskedMoment, links, problems, read_cursor
from casino.kit.receipts import ReceiptKey, ReceiptSigner, Signed

router = APIRouter(prefix=PREFIX, tags=["games"])
users_router = APIRouter(prefix="/api/users", tags=["users"])
Db = Annotated[Database, resource(Database)]
GameTable = Annotated[Table, resource(Table)]
Configs = Annotated[GameConfigs, resource(GameConfigs)]
Signer = Annotated[ReceiptSigner, resource(ReceiptSigner)]
Admin = Annotated[Principal, require_role("admin")]
UserId = Annotated[int, Path(ge=1, lt=2**63)]


@router.get("/", operation_id="games_list_v1")
async def list_games(database: Db, configs: Configs) -> Games:
    """The games with their limits, return and odds, open or closed."""
    async with database.snapshot() as connection:
        stock = await repository.gacha_stock(connection)
    return Games(games=games_on_offer(stock, configs.of))


@users_router.get("/stats", operation_id="users_stats_v1", responses=problems(401, 429))
@router.get("/stats/me", operation_id="games_stats_me_v1", responses=problems(401, 429))
async def my_stats(user: CurrentUser, database: Db) -> UserStats:
    """Your totals over all games."""
    async with database.snapshot() as connection:
        return await service.stats_of(connection, user.user_id)


@router.get("/stats/{user_id}", operation_id="games_stats_user_v1", responses=problems(401, 403, 422, 429))
async def user_stats(user_id: UserId, user: CurrentUser, database: Db) -> UserStats:
    """Totals of a user: your own, or anybody's for an admin."""
    require_self_or_admin(user, user_id)
    async with database.snapshot() as connection:
        return await service.stats_of(connection, user_id)


@router.post(
    "/stats/recalculate/{user_id}",
    operation_id="games_stats_recalculate_v1",
    responses=problems(401, 403, 404, 409, 415, 422, 429),
)
async def recalculate(user_id: UserId, _: Admin, database: Db) -> UserStats:
    """Counts a user's totals again from the rounds (admin); they come to the running ones."""
    async with database.transaction() as connection:
        return await service.recalculate_stats(connection, user_id)


@router.post(
    "/session/start",
    operation_id="games_session_start_v1",
    status_code=201,
    responses=problems(401, 415, 422, 429)
    | links(
        201,
        end={
            "operationId": "games_session_end_v1",
            "requestBody": {"sessionId": "$response.body#/session_id"},
        },
    ),
)
async def start_session(asked: SitDownAsked, user: CurrentUser, database: Db) -> Sitting:
    """Sits down at a game."""
    async with database.transaction() as connection:
        return await sittings.start(connection, user.user_id, asked.game_type)


@router.post(
    "/session/end",
    operation_id="games_session_end_v1",
    responses=problems(401, 404, 409, 415, 422, 429),
)
async def end_session(request: Request, asked: LeaveAsked, user: CurrentUser, database: Db) -> Sitting:
    """Leaves: what was played meanwhile is added up. Asking again answers the same."""
    traceparent = tracing.sampled_or_none(exchange_of(request.scope).traceparent)
    async with database.transaction() as connection:
        return await sittings.end(connection, user.user_id, asked.session_id, traceparent=traceparent)


@router.get(
    "/history",
    operation_id="games_history_v1",
    responses=problems(401, 422, 429)
    | links(
        200,
        next_page={
            "operationId": "games_history_v1",
            "parameters": {"cursor": "$response.body#/next_cursor"},
        },
        verify=VERIFY | {"requestBody": {"roundId": "$response.body#/items/0/round_id"}},
    ),
)
async def history(
    user: CurrentUser,
    database: Db,
    paging: Paging,
    game_type: GameType | None = None,
    since: Annotated[AskedMoment | None, Query(description="Rounds settled at or after this moment.")] = None,
) -> History:
    """Your rounds, newest first."""
    before_seq = read_cursor(paging.cursor, int)
    moment: datetime | None = since
    async with database.snapshot() as connection:
        return await service.history_page(
            connection,
            user.user_id,
            game_type=game_type,
            since=moment,
            before_seq=before_seq,
            limit=paging.limit,
            offset=paging.offset,
        )


@router.get(
    "/rounds/{round_id}/receipt",
    operation_id="games_receipt_v1",
    responses=problems(401, 404, 422, 429),
)
async def receipt(round_id: UUID, user: CurrentUser, database: Db, signer: Signer) -> Signed[Receipt]:
    """The signed receipt of one of your rounds."""
    async with database.snapshot() as connection:
        return signer.sign(await receipts.receipt_of(connection, user.user_id, round_id))


@router.get("/fairness/key", operation_id="games_receipt_key_v1", responses=problems(429))
async def receipt_key(signer: Signer) -> ReceiptKey:
    """The key that every receipt of this casino is signed with: note it before you need it."""
    return ReceiptKey(algorithm="Ed25519", public_key=signer.public_key)


@router.get("/fairness/seed", operation_id="games_fairness_seed_v1", responses=problems(401, 429))
async def fairness_seed(user: CurrentUser, database: Db) -> SeedInUse:
    """What your next rounds are drawn from; the server's seed is shown as its hash."""
    async with database.transaction() as connection:
        return await proofs.seed_in_use(connection, user.user_id)


@router.post(
    "/fairness/rotate", operation_id="games_fairness_rotate_v1", responses=problems(401, 409, 415, 422, 429)
)
async def fairness_rotate(asked: RotateAsked, user: CurrentUser, database: Db, table: GameTable) -> Rotation:
    """Reveals the seed in use and commits to a new one."""
    async with database.transaction() as connection:
        rotation = await proofs.rotate_seed(connection, user.user_id, asked.client_seed)
    table.forget(user.user_id)
    return rotation


@router.post(
    "/fairness/verify",
    operation_id="games_fairness_verify_v1",
    responses=problems(401, 404, 409, 415, 422, 429),
)
async def fairness_verify(asked: VerifyAsked, user: CurrentUser, database: Db) -> Verification:
    """Draws one of your past rounds again from its revealed seed."""
    async with database.snapshot() as connection:
        return await proofs.verify_round(connection, user.user_id, asked.round_id)


@router.get("/{game_type}/stats", operation_id="games_game_stats_v1", responses=problems(401, 422, 429))
async def game_stats(game_type: GameType, user: CurrentUser, database: Db) -> GameStats:
    """Your totals in one game; zeros before your first round in it."""
    async with database.snapshot() as connection:
        return await service.game_stats_of(connection, user.user_id, game_type)
