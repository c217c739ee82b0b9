"""What can be asked of the home page: the log of actions, and everything at once."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, SmallInteger, Text, column, values
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.home import repository
from casino.home.dashboard import HomePage
from casino.home.facts import ACTION_LOGGED, ACTION_MESSAGES
from casino.home.figure_streams import FigureStreams
from casino.home.figures import PublicFigures
from casino.home.public_status import PublicStatus
from casino.home.schemas import Action, ActionAsked, action_of
from casino.kit.clock import rfc3339
from casino.kit.http.wire import Page, write_cursor
from casino.kit.ids import uuid7
from casino.kit.outbox import append_facts
from casino.wallet.service import reserve_events

__all__ = [
    "FigureStreams",
    "HomePage",
    "PublicFigures",
    "PublicStatus",
    "log_actions",
    "recent_actions",
]


async def log_actions(
    connection: AsyncConnection, user_id: int, asked: Sequence[ActionAsked], *, traceparent: str | None
) -> list[Action]:
    """Logs what a player's browser reports, in order, and tells their sockets. Raises WalletNotFound."""
    first = await reserve_events(connection, user_id, len(asked) * ACTION_MESSAGES)
    rows = [
        {
            "user_id": user_id,
            "event_no": event_no,
            "action_type": action.action_type,
            "source": "client",
            "client_ts": action.client_ts,
            "action_data": action.context,
        }
        for event_no, action in enumerate(asked, first)
    ]
    created_at = await repository.log_actions(connection, rows)
    await connection.execute(append_facts(_facts(rows, traceparent)))
    return [action_of({**row, "created_at": created_at}) for row in rows]


def _facts(rows: Sequence[dict[str, Any]], traceparent: str | None) -> Any:
    columns = {
        "event_id": UUID,
        "type": Text,
        "user_id": BigInteger,
        "event_no": BigInteger,
        "messages": SmallInteger,
        "traceparent": Text,
        "fact_data": JSONB,
    }
    told = [
        (uuid7(), ACTION_LOGGED, row["user_id"], row["event_no"], ACTION_MESSAGES, traceparent, _told(row))
        for row in rows
    ]
    return values(*(column(name, kind) for name, kind in columns.items()), name="facts").data(told)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    told = {"action_type": row["action_type"], "context": row["action_data"]}
    return told if row["client_ts"] is None else told | {"client_ts": rfc3339(row["client_ts"])}


async def recent_actions(
    connection: AsyncConnection, user_id: int, *, before_event_no: int | None, limit: int
) -> Page[Action]:
    """The user's actions, newest first."""
    rows = await repository.recent_actions(
        connection, user_id, before_event_no=before_event_no, limit=limit + 1
    )
    shown = [action_of(row._mapping) for row in rows[:limit]]
    return Page(items=shown, next_cursor=write_cursor(shown[-1].id) if len(rows) > limit else None)
