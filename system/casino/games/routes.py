"""HTTP in and out of the games."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.types import Receive, Scope

from casino.games import service
from casino.games.play import Answer, Bet, Table
from casino.games.schemas import (
    Games,
    GameStats,
    GameType,
    RotateAsked,
    Rotation,
    Round,
    SeedInUse,
    SpinAnswer,
    SpinAsked,
    UserStats,
    Verification,
    VerifyAsked,
)
from casino.identity.service import CurrentUser, TokenChecker, require_self_or_admin
from casino.kit import tracing
from casino.kit.database import Database
from casino.kit.http.edge import Lean, LeanAnswer, exchange_of, read_body
from casino.kit.http.resources import resource
from casino.kit.http.validation import read_json
from casino.kit.http.wire import AskedMoment, Cursor, Limit, Page, links, problems, read_cursor
from casino.kit.idempotency import KEY_SCHEMA, REPLAYED_HEADER, checked_key, fingerprint
from casino.kit.metrics import counter

SPIN_PATH = "/api/games/slot/spin"
router = APIRouter(prefix="/api/games", tags=["games"])
users_router = APIRouter(prefix="/api/users", tags=["users"])
Db = Annotated[Database, resource(Database)]
SlotTable = Annotated[Table, resource(Table)]
IdempotencyKey = Annotated[
    str | None, Header(description="Makes the write safe to repeat.", json_schema_extra=KEY_SCHEMA)
]
VERIFY: dict[str, Any] = {"operationId": "games_fairness_verify_v1"}
_SPIN_HEADERS = frozenset((b"authorization", b"idempotency-key", b"x-idempotency-key"))


@router.get("/", operation_id="games_list_v1")
async def list_games() -> Games:
    """The games with their limits, return and odds."""
    return Games(games=service.games_on_offer())


@router.post(
    "/slot/spin",
    operation_id="games_slot_spin_v1",
    response_model=SpinAnswer,
    responses=problems(401, 402, 404, 409, 415, 422, 429, 503)
    | links(200, verify=VERIFY | {"requestBody": {"roundId": "$response.body#/round_id"}}),
)
async def spin(
    request: Request,
    asked: SpinAsked,
    user: CurrentUser,
    table: SlotTable,
    idempotency_key: IdempotencyKey = None,
    x_idempotency_key: IdempotencyKey = None,
) -> Response:
    """Plays one round: stake and payout settle together, once for each idempotency key."""
    key = _chosen(idempotency_key, x_idempotency_key, asked)
    answer = await table.spin(_bet(user.user_id, asked, key, exchange_of(request.scope).traceparent))
    return Response(answer.body, media_type="application/json", headers=_replayed(answer))


def lean_spin(table: Table, checker: TokenChecker) -> Lean:
    """The same route without the router, for requests that are not traced: they are nearly all."""

    async def spin(scope: Scope, receive: Receive) -> LeanAnswer:
        # Of a header sent twice the first counts, as for every other route.
        sent: dict[bytes, str] = {}
        for name, value in scope["headers"]:
            if name in _SPIN_HEADERS:
                sent.setdefault(name, value.decode("latin-1"))
        authorization = sent.get(b"authorization")
        user = checker.admit(scope, authorization.encode("latin-1") if authorization is not None else None)
        asked = read_json(await read_body(receive), SpinAsked)
        key = _chosen(sent.get(b"idempotency-key"), sent.get(b"x-idempotency-key"), asked)
        answer = await table.spin(_bet(user.user_id, asked, key, exchange_of(scope).traceparent))
        headers = tuple((name.lower().encode(), value.encode()) for name, value in _replayed(answer).items())
        return LeanAnswer(answer.body.encode(), headers=headers)

    return spin


def _chosen(header: str | None, alias: str | None, asked: SpinAsked) -> str | None:
    """The key of a request, the header before its alias before the body; 422 when any that was sent is no key."""
    sent = [checked_key(key) for key in (header, alias, asked.idempotency_key) if key is not None]
    return sent[0] if sent else None


def _bet(user_id: int, asked: SpinAsked, key: str | None, traceparent: str) -> Bet:
    body = {"bet_amount": asked.bet_amount, "client_seed": asked.client_seed}
    return Bet(
        user_id=user_id,
        bet_amount=asked.bet_amount,
        client_seed=asked.client_seed,
        key=key,
        fingerprint=fingerprint("POST", SPIN_PATH, {}, body) if key else None,
        traceparent=tracing.sampled_or_none(traceparent),
    )


def _replayed(answer: Answer) -> dict[str, str]:
    if not answer.replayed:
        return {}
    counter("idempotent_replays_total").labels("replayed").inc()
    return {REPLAYED_HEADER: "true"}


@users_router.get("/stats", operation_id="users_stats_v1", responses=problems(401, 429))
@router.get("/stats/me", operation_id="games_stats_me_v1", responses=problems(401, 429))
async def my_stats(user: CurrentUser, database: Db) -> UserStats:
    """Your totals over all games."""
    async with database.snapshot() as connection:
        return await service.stats_of(connection, user.user_id)


@router.get("/stats/{user_id}", operation_id="games_stats_user_v1", responses=problems(401, 403, 422, 429))
async def user_stats(user_id: int, user: CurrentUser, database: Db) -> UserStats:
    """Totals of a user: your own, or anybody's for an admin."""
    require_self_or_admin(user, user_id)
    async with database.snapshot() as connection:
        return await service.stats_of(connection, user_id)


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
    game_type: GameType | None = None,
    since: Annotated[AskedMoment | None, Query(description="Rounds settled at or after this moment.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[Round]:
    """Your rounds, newest first."""
    before_seq = read_cursor(cursor, int)
    moment: datetime | None = since
    async with database.snapshot() as connection:
        return await service.history_page(
            connection, user.user_id, game_type=game_type, since=moment, before_seq=before_seq, limit=limit
        )


@router.get("/fairness/seed", operation_id="games_fairness_seed_v1", responses=problems(401, 429))
async def fairness_seed(user: CurrentUser, database: Db) -> SeedInUse:
    """What your next rounds are drawn from; the server's seed is shown as its hash."""
    async with database.transaction() as connection:
        return await service.seed_in_use(connection, user.user_id)


@router.post(
    "/fairness/rotate", operation_id="games_fairness_rotate_v1", responses=problems(401, 409, 415, 422, 429)
)
async def fairness_rotate(asked: RotateAsked, user: CurrentUser, database: Db, table: SlotTable) -> Rotation:
    """Reveals the seed in use and commits to a new one."""
    async with database.transaction() as connection:
        rotation = await service.rotate_seed(connection, user.user_id, asked.client_seed)
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
        return await service.verify_round(connection, user.user_id, asked.round_id)


@router.get("/{game_type}/stats", operation_id="games_game_stats_v1", responses=problems(401, 422, 429))
async def game_stats(game_type: GameType, user: CurrentUser, database: Db) -> GameStats:
    """Your totals in one game; zeros before your first round in it."""
    async with database.snapshot() as connection:
        return await service.game_stats_of(connection, user.user_id, game_type)
