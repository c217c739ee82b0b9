"""HTTP in and out of identity."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response

from casino.identity import invites, profile, sessions, tickets
from casino.identity.admission import Admission
from casino.identity.checker import TokenChecker
from casino.identity.guards import CurrentUser, authorization_of, current_user, require_rank
from casino.identity.principal import Principal
from casino.identity.rules import refresh_tokens
from casino.identity.schemas import (
    AccountInfo,
    BalanceAnswer,
    EntryAnswer,
    InviteAnswer,
    LogInAsked,
    OwnProfile,
    ProfileAsked,
    PublicProfile,
    RankProof,
    RefreshAsked,
    Session,
    SignUpAsked,
    TicketAnswer,
    TokensAnswer,
    UserId,
)
from casino.identity.sessions import Caller, Grant
from casino.identity.sign_up import Application
from casino.kit.database import Database
from casino.kit.errors import Unauthorized
from casino.kit.http.deprecation import superseded_by
from casino.kit.http.edge import exchange_of, hold
from casino.kit.http.resources import resource
from casino.kit.http.wire import BadCursor, Cursor, Limit, Page, links, problems, read_cursor, write_cursor
from casino.kit.limits import Limit as RateLimit
from casino.kit.limits import RateLimits
from casino.kit.settings import Settings
from casino.wallet import service as wallet

USER_AGENT_LENGTH_MAX = 300
ALIASES_DEPRECATED_SINCE = date(2026, 11, 21)

LEADS_OF_ENTRY = {
    "refresh": {
        "operationId": "auth_refresh_v1",
        "requestBody": {"refreshToken": "$response.body#/refresh_token"},
    },
    "profile": {"operationId": "users_public_v1", "parameters": {"user_id": "$response.body#/user/id"}},
}

router = APIRouter(prefix="/api")
Db = Annotated[Database, resource(Database)]
Door = Annotated[Admission, resource(Admission)]
Checker = Annotated[TokenChecker, resource(TokenChecker)]
Transport = Annotated[
    Literal["bearer", "cookie"],
    Header(alias="X-Auth-Transport", description="`cookie` keeps the refresh token in an HttpOnly cookie."),
]


async def caller_of(request: Request) -> Caller:
    """Where the request comes from; what a device calls itself is cut to what can be printed."""
    given = request.headers.get("user-agent", "")
    printable = "".join(character for character in given if character.isprintable())
    return Caller(request.scope["address"], printable[:USER_AGENT_LENGTH_MAX])


async def limit_guessing(
    request: Request,
    limits: Annotated[RateLimits, resource(RateLimits)],
    settings: Annotated[Settings, resource(Settings)],
) -> None:
    """Counts an address's tries at names, passwords and codes; 429 when there are too many."""
    if limits.mode != "off":
        a_minute = RateLimit("credentials", settings.rate_limit_credentials_per_minute, 60)
        hold(limits, exchange_of(request.scope), request.scope["address"], a_minute)


From = Annotated[Caller, Depends(caller_of)]
guessing_limited = [Depends(limit_guessing)]


@router.post(
    "/auth/signup",
    status_code=201,
    operation_id="auth_signup_v1",
    tags=["auth"],
    dependencies=guessing_limited,
    responses=problems(400, 409, 413, 415, 422, 429, 503) | links(201, **LEADS_OF_ENTRY),
)
async def sign_up(
    asked: SignUpAsked, response: Response, caller: From, door: Door, transport: Transport = "bearer"
) -> EntryAnswer:
    """Makes an account, gives it its gold, and opens its first session."""
    wanted = Application(
        site_id=asked.site_id,
        nickname=asked.nickname,
        phone_number=asked.phone_number,
        invite_code=asked.invite_code,
        password=asked.password.get_secret_value(),
    )
    return _entry(await door.sign_up(wanted, caller), response, door, transport)


@router.post(
    "/auth/login",
    operation_id="auth_login_v1",
    tags=["auth"],
    dependencies=guessing_limited,
    responses=problems(400, 401, 413, 415, 422, 429, 503) | links(200, **LEADS_OF_ENTRY),
)
async def log_in(
    asked: LogInAsked, response: Response, caller: From, door: Door, transport: Transport = "bearer"
) -> EntryAnswer:
    """Opens a session. Too many failures lock the account, from the failing address first."""
    entered = await door.log_in(asked.site_id, asked.password.get_secret_value(), caller)
    return _entry(entered, response, door, transport)


@router.post(
    "/auth/refresh",
    operation_id="auth_refresh_v1",
    tags=["auth"],
    responses=problems(400, 401, 403, 413, 415, 422, 429, 503),
)
async def refresh(
    request: Request,
    response: Response,
    door: Door,
    asked: RefreshAsked | None = None,
    transport: Transport = "bearer",
) -> TokensAnswer:
    """Trades a refresh token (body, Bearer or cookie) for new tokens; a spent one ends all sessions."""
    token = (asked.refresh_token if asked else None) or _bearer_refresh_token(request)
    if token is None:
        token = door.cookie.read(request)
        transport = "cookie"
    if token is None:
        raise Unauthorized("Send the refresh token: in the body, as Bearer, or as the cookie.")
    grant = await door.refresh(token)
    return TokensAnswer(**_tokens(grant, response, door, transport))


def _bearer_refresh_token(request: Request) -> str | None:
    """The Bearer token, if it is a refresh token: clients also send the access token they want to renew."""
    scheme, _, token = (authorization_of(request.scope) or b"").decode("latin-1").partition(" ")
    return token if scheme.lower() == "bearer" and refresh_tokens.looks_like_one(token) else None


def _entry(
    entered: tuple[profile.Profile, Grant], response: Response, door: Admission, transport: str
) -> EntryAnswer:
    user, grant = entered
    return EntryAnswer(**_tokens(grant, response, door, transport), user=OwnProfile.model_validate(user))


def _tokens(grant: Grant, response: Response, door: Admission, transport: str) -> dict[str, str | int | None]:
    response.headers["cache-control"] = "no-store"
    if transport == "cookie":
        door.cookie.put(response, grant.refresh_token)
    shown = None if transport == "cookie" else grant.refresh_token
    return {"access_token": grant.access_token, "refresh_token": shown, "expires_in": grant.expires_in}


@router.post(
    "/auth/logout",
    status_code=204,
    operation_id="auth_logout_v1",
    tags=["auth"],
    responses=problems(401, 429),
)
async def log_out(
    *, request: Request, response: Response, user: CurrentUser, database: Db, checker: Checker, door: Door
) -> None:
    """Ends this session, everywhere and at once."""
    async with database.transaction() as connection:
        revoked = await sessions.log_out(connection, user)
    await checker.revocations.announce(revoked)
    door.cookie.clear(request, response)


@router.post(
    "/auth/logout-all",
    status_code=204,
    operation_id="auth_logout_all_v1",
    tags=["auth"],
    responses=problems(401, 429),
)
async def log_out_everywhere(
    *, request: Request, response: Response, user: CurrentUser, database: Db, checker: Checker, door: Door
) -> None:
    """Ends all your sessions, everywhere and at once."""
    async with database.transaction() as connection:
        revoked = await sessions.log_out_everywhere(connection, user.user_id)
    await checker.revocations.announce(revoked)
    door.cookie.clear(request, response)


@router.get(
    "/auth/sessions",
    operation_id="auth_sessions_v1",
    tags=["auth"],
    responses=problems(401, 422, 429)
    | links(
        200,
        next_page={
            "operationId": "auth_sessions_v1",
            "parameters": {"cursor": "$response.body#/next_cursor"},
        },
        end={
            "operationId": "auth_end_session_v1",
            "parameters": {"session_id": "$response.body#/items/0/id"},
        },
    ),
)
async def list_sessions(
    user: CurrentUser, database: Db, limit: Limit = 20, cursor: Cursor = None
) -> Page[Session]:
    """Your open sessions, newest first."""
    async with database.snapshot() as connection:
        rows, following = await sessions.session_page(
            connection, user.user_id, before=_session_id(cursor), limit=limit
        )
    items = [
        Session(
            id=row.id,
            user_agent=row.user_agent,
            created_at=row.created_at,
            last_seen=row.last_seen_at,
            current=str(row.id) == user.sid,
        )
        for row in rows
    ]
    return Page(items=items, next_cursor=write_cursor(str(following)) if following else None)


def _session_id(cursor: str | None) -> UUID | None:
    given = read_cursor(cursor, str)
    try:
        return UUID(given) if given is not None else None
    except ValueError as error:
        raise BadCursor(
            "The cursor is not one that this list gave out; start from its first page."
        ) from error


@router.delete(
    "/auth/sessions/{session_id}",
    status_code=204,
    operation_id="auth_end_session_v1",
    tags=["auth"],
    responses=problems(401, 404, 422, 429),
)
async def end_session(session_id: UUID, user: CurrentUser, database: Db, checker: Checker) -> None:
    """Ends one of your sessions, such as that of a lost device."""
    async with database.transaction() as connection:
        revoked = await sessions.end_session(connection, user.user_id, session_id)
    await checker.revocations.announce(revoked)


@router.post(
    "/auth/ws-ticket",
    status_code=201,
    operation_id="auth_ws_ticket_v1",
    tags=["auth"],
    responses=problems(401, 429),
)
async def ws_ticket(user: CurrentUser, database: Db) -> TicketAnswer:
    """A ticket that opens one socket, once, within 30 seconds."""
    async with database.transaction() as connection:
        ticket = await tickets.issue_ticket(connection, user)
    return TicketAnswer(ticket=ticket, expires_in=tickets.TICKET_SECONDS)


@router.get(
    "/auth/me",
    operation_id="auth_me_v1",
    tags=["auth"],
    responses=problems(401, 404, 429)
    | links(
        200,
        public={"operationId": "users_public_v1", "parameters": {"user_id": "$response.body#/id"}},
        stats={"operationId": "games_stats_user_v1", "parameters": {"user_id": "$response.body#/id"}},
        actions={"operationId": "home_actions_recent_v1", "parameters": {"user_id": "$response.body#/id"}},
    ),
)
@router.get("/users/me", operation_id="users_me_v1", tags=["users"], responses=problems(401, 404, 429))
@router.get(
    "/users/profile",
    operation_id="users_profile_v1",
    tags=["users"],
    deprecated=True,
    dependencies=[superseded_by("/api/auth/me", since=ALIASES_DEPRECATED_SINCE)],
    responses=problems(401, 404, 429),
)
@router.get(
    "/auth/profile",
    operation_id="auth_profile_v1",
    tags=["auth"],
    deprecated=True,
    dependencies=[superseded_by("/api/auth/me", since=ALIASES_DEPRECATED_SINCE)],
    responses=problems(401, 404, 429),
)
async def me(user: CurrentUser, database: Db, door: Door) -> OwnProfile:
    """Your profile."""
    async with database.snapshot() as connection:
        return OwnProfile.model_validate(await profile.own_profile(connection, user.user_id, door.personal))


@router.put(
    "/auth/me",
    operation_id="auth_change_me_v1",
    tags=["auth"],
    responses=problems(400, 401, 404, 409, 413, 415, 422, 429),
)
async def change_me(asked: ProfileAsked, user: CurrentUser, database: Db, door: Door) -> OwnProfile:
    """Changes your nickname, your phone number, or both."""
    async with database.transaction() as connection:
        changed = await profile.change_profile(
            connection, user.user_id, door.personal, nickname=asked.nickname, phone_number=asked.phone_number
        )
    return OwnProfile.model_validate(changed)


@router.get(
    "/users/balance", operation_id="users_balance_v1", tags=["users"], responses=problems(401, 404, 429)
)
async def balance(user: CurrentUser, database: Db) -> BalanceAnswer:
    """Your gold."""
    async with database.snapshot() as connection:
        gold = await wallet.balance_of(connection, user.user_id)
    return BalanceAnswer(gold_balance=gold, cyber_token_balance=gold)


@router.get("/users/info", operation_id="users_info_v1", tags=["users"], responses=problems(401, 404, 429))
async def info(user: CurrentUser, database: Db) -> AccountInfo:
    """Since when you are here, and when you last logged in."""
    async with database.snapshot() as connection:
        account = await profile.account_of(connection, user.user_id)
    return AccountInfo(
        id=account.id,
        nickname=account.nickname,
        rank=account.rank,
        created_at=account.created_at,
        last_login=account.last_login_at,
    )


@router.get(
    "/users/{user_id}",
    operation_id="users_public_v1",
    tags=["users"],
    dependencies=[Depends(current_user)],
    responses=problems(401, 404, 422, 429),
)
async def public_profile(user_id: Annotated[UserId, Path()], database: Db) -> PublicProfile:
    """What others may see of a user."""
    async with database.snapshot() as connection:
        return PublicProfile.model_validate(await profile.account_of(connection, user_id))


@router.get(
    "/invite/validate",
    operation_id="invite_validate_v1",
    tags=["invite"],
    dependencies=guessing_limited,
    responses=problems(422, 429),
)
async def validate_invite(
    database: Db,
    code: Annotated[str, Query(min_length=1, max_length=invites.CODE_LENGTH_MAX, examples=["5858"])],
) -> InviteAnswer:
    """Whether a code lets somebody sign up now; nothing is taken."""
    async with database.snapshot() as connection:
        return InviteAnswer.model_validate(await invites.look_at_code(connection, code))


@router.get("/rbac/premium", operation_id="rbac_premium_v1", tags=["rbac"], responses=problems(401, 403, 429))
async def premium(user: Annotated[Principal, require_rank("PREMIUM")]) -> RankProof:
    """For PREMIUM and above."""
    return RankProof.model_validate({"needed": "PREMIUM", "rank": user.rank})


@router.get("/rbac/vip", operation_id="rbac_vip_v1", tags=["rbac"], responses=problems(401, 403, 429))
async def vip(user: Annotated[Principal, require_rank("VIP")]) -> RankProof:
    """For VIP and above."""
    return RankProof.model_validate({"needed": "VIP", "rank": user.rank})
