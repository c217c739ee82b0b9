"""HTTP in and out of playing: one route for each thing that a game can be asked."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.types import Receive, Scope

from casino.games import crash_view, repository
from casino.games.deal_gacha import Wanted
from casino.games.end_crash import CashOut, CrashEnds
from casino.games.odds import gacha_odds
from casino.games.odds_schemas import GachaOdds
from casino.games.play import Table
from casino.games.play_schemas import (
    AuditedCrashRounds,
    CashOutAnswer,
    CashOutAsked,
    CrashBetAsked,
    CrashNow,
    CrashRoundShown,
    CrashStarted,
    GachaStats,
    Played,
    PullAnswer,
    PullAsked,
    RpsAnswer,
    RpsAsked,
    SpinAnswer,
    SpinAsked,
)
from casino.games.refusals import Answer
from casino.games.rules.crash import POINTS_A_UNIT, Status
from casino.games.rules.gacha import GACHA, RARITIES, daily_limit
from casino.games.server_clock import ServerClock
from casino.games.service import Bet, game_stats_of
from casino.identity.service import CurrentUser, Principal, TokenChecker, require_role
from casino.kit import tracing
from casino.kit.database import Database
from casino.kit.http.edge import Lean, LeanAnswer, exchange_of, read_body
from casino.kit.http.resources import resource
from casino.kit.http.validation import read_json
from casino.kit.http.wire import Cursor, Limit, Page, links, problems, read_cursor
from casino.kit.idempotency import KEY_SCHEMA, REPLAYED_HEADER, checked_key, fingerprint

PREFIX = "/api/games"
SPIN_PATH = f"{PREFIX}/slot/spin"
router = APIRouter(prefix=PREFIX, tags=["games"])
admin_router = APIRouter(prefix="/api/admin", tags=["admin"])
Db = Annotated[Database, resource(Database)]
GameTable = Annotated[Table, resource(Table)]
Ends = Annotated[CrashEnds, resource(CrashEnds)]
Clock = Annotated[ServerClock, resource(ServerClock)]
Operator = Annotated[Principal, require_role("operator")]
IdempotencyKey = Annotated[
    str | None, Header(description="Makes the write safe to repeat.", json_schema_extra=KEY_SCHEMA)
]
VERIFY: dict[str, Any] = {"operationId": "games_fairness_verify_v1"}
_VERIFY_ROUND = links(200, verify=VERIFY | {"requestBody": {"roundId": "$response.body#/round_id"}})
_PLAYED = problems(401, 402, 403, 404, 409, 415, 422, 429, 503)
_SPIN_HEADERS = frozenset((b"authorization", b"idempotency-key", b"x-idempotency-key"))


@router.post(
    "/slot/spin",
    operation_id="games_slot_spin_v1",
    response_model=SpinAnswer,
    responses=_PLAYED | _VERIFY_ROUND,
)
async def spin(
    request: Request,
    asked: SpinAsked,
    user: CurrentUser,
    table: GameTable,
    idempotency_key: IdempotencyKey = None,
    x_idempotency_key: IdempotencyKey = None,
) -> Response:
    """Plays one round: stake and payout settle together, once for each idempotency key."""
    key = _chosen(idempotency_key, x_idempotency_key, asked.idempotency_key)
    return _answer(
        await table.play(_spin_bet(user.user_id, asked, key, exchange_of(request.scope).traceparent))
    )


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
        key = _chosen(sent.get(b"idempotency-key"), sent.get(b"x-idempotency-key"), asked.idempotency_key)
        answer = await table.play(_spin_bet(user.user_id, asked, key, exchange_of(scope).traceparent))
        headers = tuple((name.lower().encode(), value.encode()) for name, value in _replayed(answer).items())
        return LeanAnswer(answer.body.encode(), headers=headers)

    return spin


def _spin_bet(user_id: int, asked: SpinAsked, key: str | None, traceparent: str) -> Bet:
    return _bet("slot", user_id, asked, key, traceparent, bet_amount=asked.bet_amount)


@router.post(
    "/rps/play",
    operation_id="games_rps_play_v1",
    response_model=RpsAnswer,
    responses=_PLAYED | _VERIFY_ROUND,
)
async def play_rps(
    request: Request,
    asked: RpsAsked,
    user: CurrentUser,
    table: GameTable,
    idempotency_key: IdempotencyKey = None,
    x_idempotency_key: IdempotencyKey = None,
) -> Response:
    """Plays one hand against the server's."""
    key = _chosen(idempotency_key, x_idempotency_key, asked.idempotency_key)
    bet = _bet(
        "rps",
        user.user_id,
        asked,
        key,
        exchange_of(request.scope).traceparent,
        bet_amount=asked.bet_amount,
        asked_of_game=asked.choice,
    )
    return _answer(await table.play(bet))


@router.post(
    "/gacha/pull",
    operation_id="games_gacha_pull_v1",
    response_model=PullAnswer,
    responses=_PLAYED | _VERIFY_ROUND,
)
async def pull_gacha(
    request: Request,
    asked: PullAsked,
    user: CurrentUser,
    table: GameTable,
    idempotency_key: IdempotencyKey = None,
    x_idempotency_key: IdempotencyKey = None,
) -> Response:
    """Pulls one item or ten. Over the day's limit of the rank: 429 `daily_gacha_limit`."""
    key = _chosen(idempotency_key, x_idempotency_key, asked.idempotency_key)
    bet = _bet(
        "gacha",
        user.user_id,
        asked,
        key,
        exchange_of(request.scope).traceparent,
        bet_amount=GACHA.cost * asked.count,
        asked_of_game=Wanted(asked.count, daily_limit(GACHA, user.rank)),
    )
    return _answer(await table.play(bet))


@router.get("/gacha/stats", operation_id="games_gacha_stats_v1", responses=problems(401, 429))
async def gacha_stats(user: CurrentUser, database: Db) -> GachaStats:
    """Your totals at the gacha, what you have pulled, and where you stand."""
    async with database.snapshot() as connection:
        totals = await game_stats_of(connection, user.user_id, "gacha")
        place = await repository.gacha_progress(connection, user.user_id)
    counts = {rarity: getattr(place, f"{rarity.lower()}_count", 0) for rarity in RARITIES}
    used = place.pulls_that_day if place is not None and place.pulled_on == place.today else 0
    return GachaStats.model_validate(
        totals.model_dump()
        | {
            "rarity_counts": counts,
            "pity": getattr(place, "pity", 0),
            "daily_limit": daily_limit(GACHA, user.rank),
            "daily_used": used,
        }
    )


@router.get("/gacha/odds", operation_id="games_gacha_odds_v1", responses=problems(429))
async def read_gacha_odds(database: Db) -> GachaOdds:
    """The table the engine draws from, the effective rates with the pity, and what is left in stock."""
    async with database.snapshot() as connection:
        return gacha_odds(await repository.gacha_stock(connection))


@router.post(
    "/crash/bet",
    operation_id="games_crash_bet_v1",
    response_model=CrashStarted,
    responses=_PLAYED
    | links(
        200,
        cash_out={
            "operationId": "games_crash_cashout_v1",
            "requestBody": {"gameId": "$response.body#/game_id"},
        },
    ),
)
async def bet_on_crash(
    request: Request,
    asked: CrashBetAsked,
    user: CurrentUser,
    table: GameTable,
    idempotency_key: IdempotencyKey = None,
    x_idempotency_key: IdempotencyKey = None,
) -> Response:
    """Starts a round: the stake leaves now. One at a time: 409 `round_active`."""
    key = _chosen(idempotency_key, x_idempotency_key, asked.idempotency_key)
    bet = _bet(
        "crash",
        user.user_id,
        asked,
        key,
        exchange_of(request.scope).traceparent,
        bet_amount=asked.bet_amount,
        asked_of_game=None if asked.auto_cashout is None else round(asked.auto_cashout * POINTS_A_UNIT),
    )
    return _answer(await table.play(bet))


@router.post(
    "/crash/cashout",
    operation_id="games_crash_cashout_v1",
    response_model=CashOutAnswer,
    responses=problems(401, 404, 409, 415, 422, 429, 503) | _VERIFY_ROUND,
)
async def cash_out_of_crash(
    request: Request,
    asked: CashOutAsked,
    user: CurrentUser,
    ends: Ends,
    clock: Clock,
    idempotency_key: IdempotencyKey = None,
    x_idempotency_key: IdempotencyKey = None,
) -> Response:
    """Leaves the round at the multiplier of the moment the request arrived, by the database's clock."""
    exchange = exchange_of(request.scope)
    key = _chosen(idempotency_key, x_idempotency_key, asked.idempotency_key)
    path = f"{PREFIX}/crash/cashout"
    out = CashOut(
        user_id=user.user_id,
        game_id=asked.game_id,
        arrived_at=clock.at(exchange.arrived),
        key=key,
        fingerprint=fingerprint("POST", path, {}, {"game_id": str(asked.game_id)}) if key else None,
        traceparent=tracing.sampled_or_none(exchange.traceparent),
    )
    return _answer(await ends.cash_out(out))


@router.get("/crash/current", operation_id="games_crash_current_v1", responses=problems(401, 429, 503))
async def crash_now(user: CurrentUser, database: Db, clock: Clock) -> CrashNow:
    """The running round, to go on with after a reconnect, and the one before it."""
    async with database.snapshot() as connection:
        return await crash_view.current(connection, user.user_id, now=clock.now())


@router.get("/crash/history", operation_id="games_crash_history_v1", responses=problems(401, 422, 429))
async def crash_history(
    user: CurrentUser, database: Db, limit: Limit = 20, cursor: Cursor = None
) -> Page[CrashRoundShown]:
    """Your rounds of crash, newest first."""
    before_seq = read_cursor(cursor, int)
    async with database.snapshot() as connection:
        return await crash_view.history(connection, user.user_id, before_seq=before_seq, limit=limit)


@admin_router.get(
    "/crash/sessions", operation_id="admin_crash_sessions_v1", responses=problems(401, 403, 422, 429)
)
async def audit_crash(
    _: Operator,
    database: Db,
    user_id: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    status: Status | None = None,
    limit: Limit = 50,
) -> AuditedCrashRounds:
    """Rounds of crash of all players, newest first (operator); a running one keeps its secret."""
    async with database.snapshot() as connection:
        return await crash_view.audited(connection, user_id=user_id, status=status, limit=limit)


def _chosen(header: str | None, alias: str | None, in_body: str | None) -> str | None:
    """The key of a request, the header before its alias before the body; 422 when any that was sent is no key."""
    sent = [checked_key(key) for key in (header, alias, in_body) if key is not None]
    return sent[0] if sent else None


_PATHS: Mapping[str, str] = {
    "slot": SPIN_PATH,
    "rps": f"{PREFIX}/rps/play",
    "gacha": f"{PREFIX}/gacha/pull",
    "crash": f"{PREFIX}/crash/bet",
}


def _bet(
    game: str,
    user_id: int,
    asked: Played,
    key: str | None,
    traceparent: str,
    *,
    bet_amount: int,
    asked_of_game: Any = None,
) -> Bet:
    body = asked.model_dump(exclude={"idempotency_key"}) if key else {}
    return Bet(
        user_id=user_id,
        bet_amount=bet_amount,
        client_seed=asked.client_seed,
        key=key,
        fingerprint=fingerprint("POST", _PATHS[game], {}, body) if key else None,
        traceparent=tracing.sampled_or_none(traceparent),
        game=game,
        asked=asked_of_game,
    )


def _answer(answer: Answer) -> Response:
    return Response(answer.body, media_type="application/json", headers=_replayed(answer))


def _replayed(answer: Answer) -> dict[str, str]:
    return {REPLAYED_HEADER: "true"} if answer.replayed else {}
