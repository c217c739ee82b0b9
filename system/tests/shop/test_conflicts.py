"""The gateway and we disagree about a purchase that has ended: its money goes back, or somebody is told."""

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from casino.kit.database import Database
from casino.kit.metrics import REGISTRY
from casino.shop.conflicts import undo_conflicts
from casino.shop.jobs import show_figures
from casino.shop.schemas import WebhookEvent
from casino.shop.service import Shop
from casino.shop.webhook import take_webhook
from paygate.charges import Status
from paygate.plan import Plan
from tests.factories.gateways import charges_of
from tests.factories.players import a_player
from tests.shop.purchases import books_of, bought
from tests.shop.webhooks import an_event


async def told(database: Database, event: dict[str, object]) -> str:
    """What a webhook, its signature checked, came to."""
    answer, _ = await take_webhook(
        database, WebhookEvent.model_validate(event), str(event["event_id"]), traceparent=None
    )
    return answer.outcome


@pytest.fixture(autouse=True)
async def no_older_conflict(database: Database) -> None:
    """Those of other tests are of another day."""
    async with database.transaction() as connection:
        await connection.execute(text("UPDATE webhook_events SET created_at = now() - interval '2 days'"))


async def test_money_taken_for_a_failed_purchase_goes_back(
    shop: Shop, database: Database, paygate: FastAPI
) -> None:
    """It is captured, it cannot be granted any more: the gateway gives it back, once, and the conflict is over."""
    user = await a_player(database, gold=0)
    receipt = (await bought(shop.till, user, "pm_pending_success")).receipt_code
    assert await told(database, an_event(receipt, user, "failed")) == "applied"
    charges = charges_of(paygate)
    charges._move(charges.find(receipt), Status.CAPTURED)
    assert await told(database, an_event(receipt, user)) == "conflict"
    paygate.state.gateway.plan = Plan(down=True)
    assert await undo_conflicts(database, shop.gateway) == 1
    labels = {"rule": "payment_conflicts"}
    assert REGISTRY.get_sample_value("data_quality_violations", labels) == 1
    paygate.state.gateway.plan = Plan()
    shop.gateway._breaker.succeeded()
    for _ in range(2):
        assert await undo_conflicts(database, shop.gateway) == 0
    assert REGISTRY.get_sample_value("data_quality_violations", labels) == 0
    assert charges.find(receipt).status == "refunded"
    books = await books_of(database, paygate, user)
    assert (books.purchases, books.grants, books.captured, books.balance) == ({"failed": 1}, 0, 0, 0)


async def test_a_grant_the_gateway_takes_back_is_for_people(shop: Shop, database: Database) -> None:
    """No rule takes gold from a player; the figure says for a day that somebody must look."""
    user = await a_player(database, gold=0)
    receipt = (await bought(shop.till, user)).receipt_code
    assert await told(database, an_event(receipt, user, "failed")) == "conflict"
    assert await undo_conflicts(database, shop.gateway) == 1


async def test_a_refund_that_is_owed_too_long_is_seen(shop: Shop, database: Database) -> None:
    """The gold was taken an hour ago and more, and the gateway has not given the money back."""
    labels = {"rule": "overdue_refunds"}
    await show_figures(database)
    before = REGISTRY.get_sample_value("data_quality_violations", labels)
    assert before is not None
    user = await a_player(database, gold=1_200)
    receipt = (await bought(shop.till, user)).receipt_code
    owed = text(
        "INSERT INTO refunds (transaction_id, user_id, amount_cents, gold, status, reason, transfer_seq,"
        " balance_after, refunded_by, created_at) SELECT id, user_id, amount_cents, gold, 'pending', 'owed', 1, 0,"
        " user_id, now() - make_interval(mins => :minutes) FROM shop_transactions WHERE receipt_code = :receipt"
    )
    gone = text("DELETE FROM refunds WHERE user_id = :user")
    for minutes, more in ((59, 0), (61, 1)):
        async with database.transaction() as connection:
            await connection.execute(owed, {"minutes": minutes, "receipt": receipt})
        await show_figures(database)
        assert REGISTRY.get_sample_value("data_quality_violations", labels) == before + more
        async with database.transaction() as connection:
            await connection.execute(gone, {"user": user})
