"""What a room keeps about a user, row by row, for the export they may ask for."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.clock import rfc3339
from casino.kit.database import Base


def own_rows(table: type[Base], user_id: int, *, newest: str, owner: str = "user_id") -> Select[Any]:
    """A user's rows, the highest of the column `newest` first, without the column that says whose they are."""
    columns = table.__table__.columns
    shown = [column for column in columns if column.name != owner]
    return select(*shown).where(columns[owner] == user_id).order_by(columns[newest].desc())


async def exported(
    connection: AsyncConnection, queries: Mapping[str, Select[Any]], *, rows_max: int
) -> dict[str, list[dict[str, Any]]]:
    """The first rows of each query as JSON has them: moments as RFC 3339, numbers as numbers."""
    found = {}
    for name, query in queries.items():
        rows = await connection.execute(query.limit(rows_max))
        found[name] = [{key: _plain(value) for key, value in row._mapping.items()} for row in rows]
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return str(value) if isinstance(value, UUID) else value
