"""Every query and lock on identity's tables."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Row,
    ScalarSelect,
    Select,
    and_,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from casino.identity.models import (
    InviteCode,
    LoginAttempt,
    RefreshToken,
    Revocation,
    SecurityEvent,
    User,
    UserSession,
    WsTicket,
)
from casino.wallet.service import wallet_table

AnyRow = Row[*tuple[Any, ...]]
_living = User.deleted_at.is_(None)


def _accounts() -> Select[Any]:
    """Every living user with the gold they have."""
    wallet = wallet_table
    joined = select(*User.__table__.columns, wallet.c.gold_balance).join(wallet, wallet.c.user_id == User.id)
    return joined.where(_living)


def profile_section(user_id: Any) -> ScalarSelect[Any]:
    """A living user's profile as one JSON value, nothing personal in it; null without such a user."""
    wallet = wallet_table
    columns = (User.id, User.site_id, User.nickname, User.role, User.rank, wallet.c.gold_balance)
    pairs = [part for column in columns for part in (literal(column.key), column)]
    shown = select(func.jsonb_build_object(*pairs, type_=JSONB)).join(wallet, wallet.c.user_id == User.id)
    return shown.where(User.id == user_id, _living).scalar_subquery()


async def account_by_id(connection: AsyncConnection, user_id: int) -> AnyRow | None:
    """The user's row and `gold_balance`."""
    found: AnyRow | None = (await connection.execute(_accounts().where(User.id == user_id))).one_or_none()
    return found


async def account_by_site_id(connection: AsyncConnection, site_id: str) -> AnyRow | None:
    """The user's row and `gold_balance`."""
    found: AnyRow | None = (
        await connection.execute(_accounts().where(User.site_id == site_id))
    ).one_or_none()
    return found


async def names_taken(
    connection: AsyncConnection, *, site_id: str, nickname_folded: str, phone_index: bytes
) -> tuple[bool, bool, bool]:
    """Whether site_id, nickname and phone number each belong to somebody, deleted users among them."""
    asked = (
        User.site_id == site_id,
        User.nickname_folded == nickname_folded,
        User.phone_index == phone_index,
    )
    taken = (await connection.execute(select(*(select(User.id).where(one).exists() for one in asked)))).one()
    return bool(taken[0]), bool(taken[1]), bool(taken[2])


async def add_user(connection: AsyncConnection, values: dict[str, Any]) -> AnyRow:
    """Inserts a user; returns the whole row. IntegrityError names the constraint of what is taken."""
    return (await connection.execute(insert(User).values(values).returning(*User.__table__.columns))).one()


async def change_user(connection: AsyncConnection, user_id: int, values: dict[str, Any]) -> None:
    """Changes columns of a living user."""
    await connection.execute(update(User).where(User.id == user_id, _living).values(values))


async def users_of_other_keys(connection: AsyncConnection, key_id: str, *, limit: int) -> Sequence[AnyRow]:
    """Living users some of whose personal data another key wrote, locked."""
    others = or_(
        User.phone_key_id != key_id,
        and_(User.birth_date_key_id.is_not(None), User.birth_date_key_id != key_id),
    )
    query = select(*User.__table__.columns).where(others, _living).order_by(User.id).limit(limit)
    return (await connection.execute(query.with_for_update(key_share=True))).all()


async def enter(
    connection: AsyncConnection, user_id: int, *, verified_hash: str, new_hash: str | None
) -> AnyRow | None:
    """Marks the log-in and locks the user's row; None when the password is no longer the verified one."""
    values: dict[str, Any] = {"last_login_at": func.now()} | ({"password_hash": new_hash} if new_hash else {})
    entered = (
        update(User).where(User.id == user_id, User.password_hash == verified_hash, _living).values(values)
    )
    return (await connection.execute(entered.returning(*User.__table__.columns))).one_or_none()


async def lock_user(connection: AsyncConnection, user_id: int) -> None:
    """Waits until no log-in, refresh or revocation of the user is under way, and keeps others waiting."""
    await connection.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))


async def promote(connection: AsyncConnection, site_id: str, role: str) -> AnyRow | None:
    """Gives a living user the role; (id, role before), or None without such a user."""
    before = (
        select(User.id, User.role).where(User.site_id == site_id, _living).with_for_update(key_share=True)
    )
    row = (await connection.execute(before)).one_or_none()
    if row is not None:
        await connection.execute(update(User).where(User.id == row.id).values(role=role))
    return row


def living_users() -> Select[int, datetime]:
    """(user_id, created_at) of every account that was not deleted."""
    return select(User.id.label("user_id"), User.created_at).where(_living)


async def admin_ids(connection: AsyncConnection) -> list[int]:
    """Every living admin."""
    return list(
        await connection.scalars(select(User.id).where(User.role == "admin", _living).order_by(User.id))
    )


async def known_site_ids(connection: AsyncConnection, site_ids: Collection[str]) -> set[str]:
    """Which of these belong to somebody, also to a deleted user."""
    return set(await connection.scalars(select(User.site_id).where(User.site_id.in_(site_ids))))


async def invite_code(connection: AsyncConnection, code: str) -> AnyRow | None:
    """The code's row and whether it is `usable` now."""
    usable = and_(
        or_(InviteCode.max_uses.is_(None), InviteCode.used_count < InviteCode.max_uses),
        or_(InviteCode.expires_at.is_(None), InviteCode.expires_at > func.now()),
    )
    query = select(*InviteCode.__table__.columns, usable.label("usable")).where(InviteCode.code == code)
    return (await connection.execute(query)).one_or_none()


async def take_use(connection: AsyncConnection, code: str) -> bool:
    """Takes one use of a limited code, if one is left when the row's lock is ours."""
    taken = (
        update(InviteCode)
        .where(InviteCode.code == code, InviteCode.used_count < InviteCode.max_uses)
        .where(or_(InviteCode.expires_at.is_(None), InviteCode.expires_at > func.now()))
        .values(used_count=InviteCode.used_count + 1)
    )
    return (await connection.execute(taken)).rowcount == 1


async def add_invite_code(connection: AsyncConnection, code: str, *, max_uses: int | None) -> None:
    """Makes the code exist; one that does is left as it is."""
    await connection.execute(upsert(InviteCode).values(code=code, max_uses=max_uses).on_conflict_do_nothing())


async def add_session(
    connection: AsyncConnection, session_id: UUID, user_id: int, user_agent: str
) -> datetime:
    """Opens a session; the moment on PostgreSQL's clock, after every lock taken before."""
    row = insert(UserSession).values(id=session_id, user_id=user_id, user_agent=user_agent)
    opened_at: datetime = (await connection.execute(row.returning(func.clock_timestamp()))).scalar_one()
    return opened_at


async def is_new_device(connection: AsyncConnection, user_id: int, user_agent: str) -> bool:
    """Whether no session of the last 90 days called itself so, though there were others."""
    own = select(UserSession.id).where(UserSession.user_id == user_id)
    query = select(own.exists(), own.where(UserSession.user_agent == user_agent).exists())
    any_before, same_before = (await connection.execute(query)).one()
    return bool(any_before and not same_before)


async def add_refresh_token(connection: AsyncConnection, jti: str, session_id: UUID, *, days: int) -> None:
    """Stores a fresh refresh token that lives for `days`."""
    expires = func.now() + timedelta(days=days)
    await connection.execute(insert(RefreshToken).values(jti=jti, session_id=session_id, expires_at=expires))


async def raise_rank(
    connection: AsyncConnection, user_ids: Sequence[int], rank: str, lower: Sequence[str]
) -> Sequence[int]:
    """Gives the rank to those of these users who live and have one of the `lower` ones; who they were."""
    raised = update(User).where(User.id.in_(user_ids), User.rank.in_(lower), _living)
    return (await connection.scalars(raised.values(rank=rank).returning(User.id))).all()


async def lock_family(connection: AsyncConnection, jti: str) -> None:
    """Locks the user whose token this is, so that racing refreshes pass one by one."""
    owner = (
        select(User.id)
        .join(UserSession, UserSession.user_id == User.id)
        .join(RefreshToken, RefreshToken.session_id == UserSession.id)
        .where(RefreshToken.jti == jti)
    )
    await connection.execute(owner.with_for_update(of=User, key_share=True))


async def refresh_token(connection: AsyncConnection, jti: str) -> AnyRow | None:
    """The token, its session and user, whether its successor was used, and PostgreSQL's time as `now`."""
    after = aliased(RefreshToken)
    query = (
        select(
            RefreshToken.session_id,
            RefreshToken.successor,
            RefreshToken.used_at,
            RefreshToken.expires_at,
            or_(UserSession.revoked_at.is_not(None), User.deleted_at.is_not(None)).label("session_ended"),
            UserSession.user_id,
            User.rank,
            User.role,
            func.coalesce(after.used_at.is_not(None), False).label("successor_used"),
            func.clock_timestamp().label("now"),
        )
        .join(UserSession, UserSession.id == RefreshToken.session_id)
        .join(User, User.id == UserSession.user_id)
        .outerjoin(after, after.jti == RefreshToken.successor)
        .where(RefreshToken.jti == jti)
    )
    return (await connection.execute(query)).one_or_none()


async def spend_refresh_token(
    connection: AsyncConnection, jti: str, *, successor: str, now: datetime
) -> None:
    """Marks the token as rotated into its successor."""
    spent = update(RefreshToken).where(RefreshToken.jti == jti)
    await connection.execute(spent.values(used_at=now, successor=successor))


async def touch_sessions(connection: AsyncConnection, session_ids: Collection[UUID]) -> None:
    """These were seen just now. Rows that somebody holds are passed over: they will be seen again."""
    free = (
        select(UserSession.id)
        .where(UserSession.id.in_(session_ids))
        .order_by(UserSession.id)
        .with_for_update(key_share=True, skip_locked=True)
        .cte("free")
    )
    await connection.execute(
        update(UserSession).where(UserSession.id == free.c.id).values(last_seen_at=func.now())
    )


async def sessions_of(
    connection: AsyncConnection, user_id: int, *, before: UUID | None, limit: int
) -> Sequence[AnyRow]:
    """The user's open sessions, newest first, those opened before `before` only."""
    query = select(*UserSession.__table__.columns).where(
        UserSession.user_id == user_id, UserSession.revoked_at.is_(None)
    )
    if before is not None:
        query = query.where(UserSession.id < before)
    return (await connection.execute(query.order_by(UserSession.id.desc()).limit(limit))).all()


async def end_session(connection: AsyncConnection, user_id: int, session_id: UUID) -> bool:
    """Ends one open session of the user; False when there is none."""
    ended = update(UserSession).where(
        UserSession.id == session_id, UserSession.user_id == user_id, UserSession.revoked_at.is_(None)
    )
    return (await connection.execute(ended.values(revoked_at=func.now()))).rowcount == 1


async def end_sessions(connection: AsyncConnection, user_id: int) -> int:
    """Ends every open session of the user; how many."""
    ended = update(UserSession).where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
    return (await connection.execute(ended.values(revoked_at=func.now()))).rowcount


async def add_revocation(connection: AsyncConnection, user_id: int, session_id: UUID | None) -> datetime:
    """Kills the access tokens of a session, or all of the user's issued until now; returns that moment."""
    row = insert(Revocation).values(user_id=user_id, session_id=session_id, not_before=func.clock_timestamp())
    return (await connection.execute(row.returning(Revocation.not_before))).scalar_one()


async def revocations_since(
    connection: AsyncConnection, since: datetime | None, *, kept: timedelta
) -> tuple[datetime, list[AnyRow]]:
    """PostgreSQL's time, and the revocations written since; without `since` those of the last `kept`."""
    begin = literal(since) if since is not None else func.now() - kept
    clock = select(func.now().label("now")).cte("clock")
    query = select(clock.c.now, *Revocation.__table__.columns).select_from(
        clock.outerjoin(Revocation, Revocation.created_at >= begin)
    )
    rows = (await connection.execute(query)).all()
    return rows[0].now, [row for row in rows if row.id is not None]


async def add_ticket(
    connection: AsyncConnection,
    ticket_hash: bytes,
    session_id: UUID,
    *,
    token_issued_at: datetime,
    token_expires_at: datetime,
    seconds: int,
) -> None:
    """Stores a ticket that is good for `seconds`."""
    row = insert(WsTicket).values(
        ticket_hash=ticket_hash,
        session_id=session_id,
        token_issued_at=token_issued_at,
        token_expires_at=token_expires_at,
        expires_at=func.now() + timedelta(seconds=seconds),
    )
    await connection.execute(row)


async def take_ticket(connection: AsyncConnection, ticket_hash: bytes) -> AnyRow | None:
    """Uses the ticket up; its session, user, rank and role, or None when it is spent, late or ended."""
    taken = (
        delete(WsTicket)
        .where(WsTicket.ticket_hash == ticket_hash)
        .returning(*WsTicket.__table__.columns)
        .cte("taken")
    )
    query = (
        select(
            taken.c.session_id,
            taken.c.token_issued_at,
            taken.c.token_expires_at,
            User.id,
            User.rank,
            User.role,
        )
        .join(UserSession, UserSession.id == taken.c.session_id)
        .join(User, User.id == UserSession.user_id)
        .where(taken.c.expires_at > func.now(), UserSession.revoked_at.is_(None), _living)
    )
    return (await connection.execute(query)).one_or_none()


async def failures(
    connection: AsyncConnection,
    *,
    site_id: str,
    address: str,
    within: timedelta,
    here_max: int,
    anywhere_max: int,
) -> tuple[datetime, list[datetime], list[datetime]]:
    """PostgreSQL's time, the newest failures from this address since its last success, and from anywhere."""
    recent = and_(LoginAttempt.site_id == site_id, LoginAttempt.created_at > func.now() - within)
    success = aliased(LoginAttempt)
    last_success = (
        select(func.max(success.created_at))
        .where(success.site_id == site_id, success.address == address, success.outcome == "ok")
        .where(success.created_at > func.now() - within)
        .scalar_subquery()
    )
    failed = select(LoginAttempt.created_at).where(recent, LoginAttempt.outcome == "failed")
    newest_first = failed.order_by(LoginAttempt.created_at.desc())
    here = newest_first.where(
        LoginAttempt.address == address, func.coalesce(LoginAttempt.created_at > last_success, true())
    )
    arrays = (
        func.array(here.limit(here_max).scalar_subquery()),
        func.array(newest_first.limit(anywhere_max).scalar_subquery()),
    )
    now, from_here, from_anywhere = (await connection.execute(select(func.now(), *arrays))).one()
    return now, from_here, from_anywhere


async def record_attempt(connection: AsyncConnection, *, site_id: str, address: str, outcome: str) -> None:
    """Remembers an attempt: ``ok``, ``failed`` or ``locked``."""
    await connection.execute(insert(LoginAttempt).values(site_id=site_id, address=address, outcome=outcome))


async def add_security_event(
    connection: AsyncConnection, kind: str, *, user_id: int | None, data: dict[str, Any]
) -> None:
    """Leaves a row for operators to look up."""
    await connection.execute(insert(SecurityEvent).values(kind=kind, user_id=user_id, event_data=data))


async def every_session_of(connection: AsyncConnection, user_id: int, *, limit: int) -> Sequence[AnyRow]:
    """The user's sessions, ended ones too, newest first."""
    query = select(*UserSession.__table__.columns).where(UserSession.user_id == user_id)
    return (await connection.execute(query.order_by(UserSession.id.desc()).limit(limit))).all()


async def security_events_of(connection: AsyncConnection, user_id: int, *, limit: int) -> Sequence[AnyRow]:
    """What was noted about the user's account, newest first."""
    query = select(*SecurityEvent.__table__.columns).where(SecurityEvent.user_id == user_id)
    return (await connection.execute(query.order_by(SecurityEvent.created_at.desc()).limit(limit))).all()


async def attempts_on(connection: AsyncConnection, site_id: str, *, limit: int) -> Sequence[AnyRow]:
    """Attempts to log in under this name, newest first."""
    query = select(*LoginAttempt.__table__.columns).where(LoginAttempt.site_id == site_id)
    return (await connection.execute(query.order_by(LoginAttempt.created_at.desc()).limit(limit))).all()


async def forget_traces(connection: AsyncConnection, user_id: int, site_id: str) -> None:
    """Drops the user's sessions, with their tokens and tickets, and the attempts on their name."""
    await connection.execute(delete(UserSession).where(UserSession.user_id == user_id))
    await connection.execute(delete(LoginAttempt).where(LoginAttempt.site_id == site_id))


async def purge(connection: AsyncConnection, *, token_seconds: int, idle_days: int) -> dict[str, int]:
    """Drops what can no longer matter; rows dropped by table. A session takes its refresh tokens with it."""
    old = {
        WsTicket: WsTicket.expires_at < func.now(),
        Revocation: Revocation.created_at < func.now() - timedelta(seconds=token_seconds, hours=1),
        RefreshToken: RefreshToken.expires_at < func.now(),
        UserSession: UserSession.last_seen_at < func.now() - timedelta(days=idle_days),
        LoginAttempt: LoginAttempt.created_at < func.now() - timedelta(days=idle_days),
    }
    return {
        table.__tablename__: (await connection.execute(delete(table).where(due))).rowcount
        for table, due in old.items()
    }
