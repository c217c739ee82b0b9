"""What makes notifications by itself: security events become notices, and what operators scheduled is sent."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity import facts as identity
from casino.identity.service import admin_ids
from casino.kit.consumers import Consumer
from casino.kit.database import Database
from casino.kit.metrics import gauge
from casino.kit.outbox import Fact
from casino.kit.scheduler import Job
from casino.notifications import repository, rules
from casino.notifications.service import deliver_due, notify

KEPT = timedelta(days=180)
DUE_SECONDS = 1.0


def consumers() -> list[Consumer]:
    """The consumers of this room."""
    return [Consumer("notifications.security", give_notice, frozenset({identity.SECURITY_NOTED}))]


async def give_notice(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
    """Tells whom a security event concerns, and every admin where they must know; a repeat tells nobody again."""
    for fact in sorted(facts, key=lambda fact: fact.user_id):
        event, source = fact.data["event"], f"fact:{fact.event_id}"
        notice = rules.security_notice(event, fact.data["detail"])
        if notice is not None:
            await notify(connection, [fact.user_id], notice, source=source, traceparent=fact.traceparent)
        for_admins = rules.admin_notice(event, user_id=fact.user_id)
        if for_admins is not None:
            admins = [admin for admin in await admin_ids(connection) if admin != fact.user_id]
            await notify(connection, admins, for_admins, source=source, traceparent=fact.traceparent)


def scheduled(database: Database) -> list[Job]:
    """The jobs of this room."""

    async def send_due() -> None:
        try:
            await deliver_due(database)
        finally:
            # Just when sending fails somebody must see how long it is overdue.
            async with database.snapshot() as connection:
                gauge("notification_send_overdue_seconds").set(await repository.overdue_seconds(connection))

    async def forget_old() -> None:
        async with database.transaction() as connection:
            await repository.forget(connection, kept=KEPT)

    return [
        Job("notifications_due", DUE_SECONDS, send_due),
        Job("notifications_forgotten", 3_600, forget_old),
    ]
