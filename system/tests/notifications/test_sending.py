"""Sending: to everybody in portions, at its time, once, and taken back only before."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from casino.kit.clock import utc_now
from casino.kit.database import Database
from casino.kit.metrics import REGISTRY
from casino.notifications import jobs, repository, sending
from casino.notifications.errors import SendNotFound, SendNotPending
from casino.notifications.models import Notification, NotificationSend
from casino.notifications.service import Message, cancel, change_settings, deliver_due, schedule
from tests.factories.log import facts_of
from tests.factories.players import a_player

NEWS = Message("ADMIN_BROADCAST", "News", "For everybody.", {})


async def left(
    database: Database, admin: int, *, user_ids: list[int] | None = None, in_seconds: float = 0
) -> int:
    """Something left to the worker; its id."""
    message = NEWS if user_ids is None else NEWS._replace(kind="ADMIN_NOTIFICATION")
    async with database.transaction() as connection:
        sent = await schedule(
            connection,
            message,
            user_ids=user_ids,
            send_at=utc_now() + timedelta(seconds=in_seconds),
            created_by=admin,
        )
    return sent.id


async def how_it_stands(database: Database, send_id: int) -> tuple[str, int]:
    """(state, inboxes it is in)."""
    async with database.snapshot() as connection:
        row = await repository.send_by_id(connection, send_id)
    assert row is not None
    return row.state, row.delivered


async def test_a_broadcast_reaches_everybody_once(
    fact_log: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In portions, each inbox once; the sockets are told with the last portion, by one fact without a number."""
    monkeypatch.setattr(sending, "USERS_A_PORTION", 3)
    users = [await a_player(fact_log) for _ in range(8)]
    async with fact_log.transaction() as connection:
        await change_settings(connection, users[4], {"admin_broadcast": False})
    number = await left(fact_log, users[0])
    late = await a_player(fact_log)
    assert await deliver_due(fact_log) == 7
    assert await deliver_due(fact_log) == 0
    assert await how_it_stands(fact_log, number) == ("sent", 7)
    async with fact_log.snapshot() as connection:
        held = list(await connection.scalars(select(Notification.user_id).order_by(Notification.user_id)))
    assert held == [user for user in users if user != users[4]]
    assert late not in held
    told = [fact for fact in await facts_of(fact_log, users[0]) if fact.type == "notifications.broadcast"]
    assert [(fact.messages, fact.data["title"]) for fact in told] == [(0, "News")]
    assert [f for f in await facts_of(fact_log, users[1]) if f.type.startswith("notifications.")] == []


async def test_two_workers_share_a_broadcast(fact_log: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sends a portion while the other passes by; a worker that dies between portions loses nothing."""
    monkeypatch.setattr(sending, "USERS_A_PORTION", 2)
    monkeypatch.setattr(sending, "PORTIONS_A_TURN_MAX", 1)
    users = [await a_player(fact_log) for _ in range(5)]
    number = await left(fact_log, users[0])
    assert await deliver_due(fact_log) == 2
    assert await how_it_stands(fact_log, number) == ("sending", 2)
    async with fact_log.transaction() as connection:
        assert await repository.take_due(connection) is not None
        assert await deliver_due(fact_log) == 0
    while await deliver_due(fact_log):
        pass
    assert await how_it_stands(fact_log, number) == ("sent", 5)
    async with fact_log.snapshot() as connection:
        assert (await connection.execute(select(func.count()).select_from(Notification))).scalar_one() == 5


async def test_nothing_is_sent_before_its_time(fact_log: Database) -> None:
    """What is scheduled waits, can be taken back once, and is never sent then."""
    admin, user = await a_player(fact_log), await a_player(fact_log)
    number = await left(fact_log, admin, user_ids=[user, user], in_seconds=60)
    assert await deliver_due(fact_log) == 0
    async with fact_log.transaction() as connection:
        assert (await cancel(connection, number)).targeted == 1
    with pytest.raises(SendNotPending) as refused:
        async with fact_log.transaction() as connection:
            await cancel(connection, number)
    assert refused.value.members["state"] == "cancelled"
    with pytest.raises(SendNotFound):
        async with fact_log.transaction() as connection:
            await cancel(connection, number + 1)
    async with fact_log.transaction() as connection:
        earlier = utc_now() - timedelta(seconds=1)
        await connection.execute(update(NotificationSend).values(send_at=earlier))
    assert await deliver_due(fact_log) == 0


async def test_overdue_is_measured(fact_log: Database) -> None:
    """What a worker did not send in time shows in the gauge, and is 0 once the job has run."""
    admin = await a_player(fact_log)
    await left(fact_log, admin, in_seconds=-90)
    async with fact_log.snapshot() as connection:
        assert 90 <= await repository.overdue_seconds(connection) < 120
    job = next(job for job in jobs.scheduled(fact_log) if job.name == "notifications_due")
    await job.run()
    assert REGISTRY.get_sample_value("notification_send_overdue_seconds") == 0
