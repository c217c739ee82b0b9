"""Every query and lock on the tables of notifications."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    SmallInteger,
    Text,
    bindparam,
    column,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    update,
    values,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity.service import living_users
from casino.kit.outbox import append_facts
from casino.notifications.models import Notification, NotificationSend, NotificationSettings
from casino.notifications.rules import SETTING_OF, Kind, Message

AnyRow = Row[Any]
_COPIED = ("user_id", "kind", "title", "body", "notification_data", "source")


def _lets_in(kind: Kind, user_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether this user has not switched the kind off."""
    setting = SETTING_OF.get(kind)
    if setting is None:
        return literal(True)
    settings = NotificationSettings
    return ~exists().where(settings.user_id == user_id, ~settings.__table__.c[setting])


def _copies(recipients: Any, message: Message, source: str) -> Any:
    """Puts the message into the inbox of each `user_id` of `recipients` that lets it in and has it not yet."""
    said = select(
        recipients.c.user_id,
        literal(message.kind, Text),
        literal(message.title, Text),
        literal(message.body, Text),
        literal(message.data, JSONB),
        literal(source, Text),
    ).where(_lets_in(message.kind, recipients.c.user_id))
    return upsert(Notification).from_select(list(_COPIED), said).on_conflict_do_nothing()


async def put_into_inboxes(
    connection: AsyncConnection, user_ids: Collection[int], message: Message, *, source: str
) -> list[int]:
    """Puts the message into these users' inboxes; those that it is new to, in order."""
    asked = func.unnest(bindparam("user_ids", list(user_ids), ARRAY(BigInteger)))
    wanted = asked.table_valued(column("id", BigInteger), name="wanted").render_derived()
    living = living_users().subquery()
    recipients = select(living.c.user_id).join(wanted, wanted.c.id == living.c.user_id).subquery()
    put = _copies(recipients, message, source).returning(Notification.user_id)
    return sorted(set(await connection.scalars(put)))


async def put_into_portion(
    connection: AsyncConnection, message: Message, *, source: str, after: int, until: datetime, users_max: int
) -> tuple[int, int | None]:
    """Puts the message into the inboxes of the next users who were here at `until`.

    How many got it, and the last user looked at; None when there was nobody left.
    """
    living = living_users().subquery()
    portion = (
        select(living.c.user_id)
        .where(living.c.user_id > after, living.c.created_at <= until)
        .order_by(living.c.user_id)
        .limit(users_max)
        .cte("portion")
    )
    put = _copies(portion, message, source).returning(Notification.user_id).cte("put")
    query = select(
        select(func.count()).select_from(put).scalar_subquery(),
        select(func.max(portion.c.user_id)).scalar_subquery(),
    )
    got, last = (await connection.execute(query)).one()
    return int(got), last


async def add_facts(
    connection: AsyncConnection,
    facts: Sequence[tuple[UUID, int, int]],
    message: Message,
    *,
    kind: str,
    messages: int,
    traceparent: str | None,
) -> None:
    """One fact that tells the message, for each (event id, user id, event number)."""
    told = values(
        column("event_id", PG_UUID),
        column("user_id", BigInteger),
        column("event_no", BigInteger),
        name="told",
    ).data(list(facts))
    data = {"kind": message.kind, "title": message.title, "body": message.body, "data": message.data}
    rows = select(
        told.c.event_id,
        literal(kind, Text).label("type"),
        told.c.user_id,
        told.c.event_no,
        literal(messages, SmallInteger).label("messages"),
        literal(traceparent, Text).label("traceparent"),
        literal(data, JSONB).label("fact_data"),
    )
    await connection.execute(append_facts(rows.subquery()))


async def inbox(
    connection: AsyncConnection, user_id: int, *, unread_only: bool, before_id: int | None, limit: int
) -> list[AnyRow]:
    """The user's notifications, newest first, those before `before_id` only."""
    query = select(*Notification.__table__.columns).where(Notification.user_id == user_id)
    if unread_only:
        query = query.where(Notification.read_at.is_(None))
    if before_id is not None:
        query = query.where(Notification.id < before_id)
    return list(await connection.execute(query.order_by(Notification.id.desc()).limit(limit)))


def _unread(user_id: Any) -> Select[Any]:
    return (
        select(func.count())
        .select_from(Notification)
        .where(Notification.user_id == user_id, Notification.read_at.is_(None))
    )


async def unread_count(connection: AsyncConnection, user_id: int) -> int:
    """How many the user has not read."""
    return int((await connection.execute(_unread(user_id))).scalar_one())


def unread_section(user_id: Any, *, items_max: int) -> ScalarSelect[Any]:
    """`{unread, items}` of a user as one JSON value: how many are unread, and the newest of them."""
    newest = (
        select(*Notification.__table__.columns)
        .where(Notification.user_id == user_id, Notification.read_at.is_(None))
        .order_by(Notification.id.desc())
        .limit(items_max)
        .subquery()
    )
    names = ("id", "kind", "title", "body", "notification_data", "read_at", "created_at")
    pairs = [part for name in names for part in (literal(name), newest.c[name])]
    rows = aggregate_order_by(func.jsonb_build_object(*pairs), newest.c.id.desc())
    items = select(func.coalesce(func.jsonb_agg(rows), func.jsonb_build_array())).scalar_subquery()
    counted = _unread(user_id).scalar_subquery()
    return select(func.jsonb_build_object("unread", counted, "items", items, type_=JSONB)).scalar_subquery()


async def mark_read(connection: AsyncConnection, user_id: int, notification_id: int) -> AnyRow | None:
    """The notification, read by now; None when the user has no such one. The first reading's moment stays."""
    read = update(Notification).where(Notification.id == notification_id, Notification.user_id == user_id)
    marked = read.values(read_at=func.coalesce(Notification.read_at, func.now()))
    return (await connection.execute(marked.returning(*Notification.__table__.columns))).one_or_none()


async def mark_all_read(connection: AsyncConnection, user_id: int) -> int:
    """Marks everything in the user's inbox as read; how many were unread."""
    unread = update(Notification).where(Notification.user_id == user_id, Notification.read_at.is_(None))
    return (await connection.execute(unread.values(read_at=func.now()))).rowcount


async def settings_of(connection: AsyncConnection, user_id: int) -> AnyRow | None:
    """What the user lets in; None for one who never said."""
    query = select(*NotificationSettings.__table__.columns).where(NotificationSettings.user_id == user_id)
    return (await connection.execute(query)).one_or_none()


async def set_settings(connection: AsyncConnection, user_id: int, chosen: dict[str, bool]) -> None:
    """Keeps what the user lets in."""
    row = upsert(NotificationSettings).values(user_id=user_id, **chosen)
    kept = row.on_conflict_do_update(index_elements=["user_id"], set_=chosen | {"updated_at": func.now()})
    await connection.execute(kept)


async def who_declines(connection: AsyncConnection, user_ids: Collection[int], kind: Kind) -> set[int]:
    """Who of these has switched the kind off."""
    setting = SETTING_OF.get(kind)
    if setting is None or not user_ids:
        return set()
    table = NotificationSettings.__table__
    declined = select(table.c.user_id).where(table.c.user_id.in_(user_ids), ~table.c[setting])
    return set(await connection.scalars(declined))


async def add_send(connection: AsyncConnection, row: dict[str, Any]) -> AnyRow:
    """Stores what is to be sent; returns its row."""
    added = insert(NotificationSend).values(row).returning(*NotificationSend.__table__.columns)
    return (await connection.execute(added)).one()


async def take_due(connection: AsyncConnection) -> AnyRow | None:
    """The sending that has waited longest past its time, locked; None when none is due or free."""
    due = (
        select(*NotificationSend.__table__.columns)
        .where(NotificationSend.finished_at.is_(None), NotificationSend.send_at <= func.now())
        .order_by(NotificationSend.send_at, NotificationSend.id)
        .limit(1)
    )
    return (await connection.execute(due.with_for_update(skip_locked=True))).one_or_none()


async def advance(connection: AsyncConnection, send_id: int, *, delivered: int, after: int | None) -> None:
    """Notes a portion: `delivered` more inboxes have it; without `after` everybody has."""
    moved = update(NotificationSend).where(NotificationSend.id == send_id)
    progress: dict[str, Any] = {"delivered": NotificationSend.delivered + delivered}
    over = {"state": "sent", "finished_at": func.now()}
    progress |= over if after is None else {"state": "sending", "after_user_id": after}
    await connection.execute(moved.values(progress))


async def send_by_id(connection: AsyncConnection, send_id: int, *, lock: bool = False) -> AnyRow | None:
    """One sending."""
    query = select(*NotificationSend.__table__.columns).where(NotificationSend.id == send_id)
    return (await connection.execute(query.with_for_update() if lock else query)).one_or_none()


async def cancel_send(connection: AsyncConnection, send_id: int) -> None:
    """Ends a sending that nobody has received."""
    ended = update(NotificationSend).where(NotificationSend.id == send_id)
    await connection.execute(ended.values(state="cancelled", finished_at=func.now()))


async def sends(
    connection: AsyncConnection, *, state: str | None, before_id: int | None, limit: int
) -> list[AnyRow]:
    """Sendings, newest first, those before `before_id` only."""
    query = select(*NotificationSend.__table__.columns)
    if state is not None:
        query = query.where(NotificationSend.state == state)
    if before_id is not None:
        query = query.where(NotificationSend.id < before_id)
    return list(await connection.execute(query.order_by(NotificationSend.id.desc()).limit(limit)))


async def overdue_seconds(connection: AsyncConnection) -> float:
    """How long the oldest unfinished sending is past its time; 0 when none is."""
    age = func.extract("epoch", func.now() - func.min(NotificationSend.send_at))
    waiting = select(func.coalesce(age, 0)).where(NotificationSend.finished_at.is_(None))
    due = waiting.where(NotificationSend.send_at <= func.now())
    return float((await connection.execute(due)).scalar_one())


async def forget(connection: AsyncConnection, *, kept: timedelta) -> int:
    """Drops notifications older than this; how many."""
    old = delete(Notification).where(Notification.created_at < func.now() - kept)
    return (await connection.execute(old)).rowcount


async def forget_user(connection: AsyncConnection, user_id: int) -> None:
    """Drops a user's inbox and settings."""
    await connection.execute(delete(Notification).where(Notification.user_id == user_id))
    await connection.execute(delete(NotificationSettings).where(NotificationSettings.user_id == user_id))
