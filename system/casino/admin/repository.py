"""Every query on the tables of the back office."""

from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.admin.models import AdminAuditLog

AnyRow = Row[Any]


async def add_audit_row(connection: AsyncConnection, row: dict[str, Any]) -> None:
    """Appends one row."""
    await connection.execute(insert(AdminAuditLog).values(row))


async def audit_rows(
    connection: AsyncConnection,
    *,
    actor_id: int | None,
    action: str | None,
    before_id: int | None,
    limit: int,
) -> list[AnyRow]:
    """Audit rows, newest first, those before `before_id` only."""
    query = select(*AdminAuditLog.__table__.columns)
    if actor_id is not None:
        query = query.where(AdminAuditLog.actor_id == actor_id)
    if action is not None:
        query = query.where(AdminAuditLog.action == action)
    if before_id is not None:
        query = query.where(AdminAuditLog.id < before_id)
    return list(await connection.execute(query.order_by(AdminAuditLog.id.desc()).limit(limit)))
