"""What follows from a purchase elsewhere: points, progress, a notice; and what a player's own limits keep back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from casino.app import Parts
from casino.kit.database import Database
from casino.notifications.service import inbox
from casino.shop.facts import PURCHASE_UPDATED, counts
from casino.shop.jobs import resolve_pending
from casino.shop.models import ShopTransaction
from casino.shop.service import Shop, everything_of
from casino.wallet.errors import LimitReached
from casino.wallet.models import Wallet
from casino.wallet.service import Wish, change_limits
from tests.factories.access import bearer
from tests.factories.engagement import engagement_consumers, seed_engagement
from tests.factories.log import facts_of
from tests.factories.play import take
from tests.factories.players import a_player
from tests.shop.purchases import a_package, bought, bought_limited


async def notices_of(database: Database, user_id: int) -> list[dict[str, Any]]:
    """What the user's inbox says of purchases, newest first."""
    async with database.snapshot() as connection:
        page = await inbox(connection, user_id, unread_only=True, before_id=None, limit=100)
    assert page.unread == len(page.items)
    return [notice.data for notice in page.items]


async def test_money_counts_for_points_and_progress(
    client: httpx.AsyncClient, parts: Parts, shop: Shop, database: Database
) -> None:
    """A cent is a point; pass and achievement move by one purchase, not by a declined one."""
    await seed_engagement(database)
    user = await a_player(database, gold=0)
    await bought(shop.till, user)
    await bought(shop.till, user, "pm_declined")
    facts = await facts_of(database, user)
    assert [dict(counts(fact)) for fact in facts if fact.type == PURCHASE_UPDATED] == [
        {"purchases": 1, "purchase_cents": 299},
        {},
    ]
    await take(database, engagement_consumers(), facts)
    headers = bearer(parts.settings, user)
    assert (await client.get("/api/vip/status", headers=headers)).json()["vip_points"] == 299
    assert (await client.get("/api/battlepass", headers=headers)).json()["xp"] == 50
    mine = (await client.get("/api/achievements/me", headers=headers)).json()["items"]
    assert {one["code"] for one in mine if one["unlocked"]} == {"patron"}


async def test_buyers_find_their_purchases_in_the_inbox(shop: Shop, database: Database) -> None:
    """A success is told once; a declined card was the answer at once and is not told."""
    user = await a_player(database, gold=0)
    receipt = (await bought(shop.till, user)).receipt_code
    await bought(shop.till, user, "pm_declined")
    assert await notices_of(database, user) == [
        {"code": "purchase_success", "receipt_code": receipt, "gold": 1_200}
    ]


async def test_who_had_to_wait_is_told_of_a_failure(shop: Shop, database: Database, paygate: FastAPI) -> None:
    """A payment that stayed pending and was then voided is told: its buyer may have left."""
    user = await a_player(database, gold=0)
    receipt = (await bought(shop.till, user, "pm_pending_success")).receipt_code
    assert await notices_of(database, user) == []
    async with database.transaction() as connection:
        due = update(ShopTransaction).where(ShopTransaction.receipt_code == receipt)
        await connection.execute(due.values(look_at=datetime.now(UTC) - timedelta(seconds=1)))
    await resolve_pending(database, shop, void_seconds=0)
    assert await notices_of(database, user) == [
        {"code": "purchase_failed", "receipt_code": receipt, "gold": 1_200}
    ]


async def test_own_limits_hold_for_money(shop: Shop, database: Database) -> None:
    """Who is excluded, or has used up today's limit, is sold no gold; what was begun before still ends."""
    excluded = await a_player(database, gold=0)
    package = await a_package(database)
    begun = await bought(shop.till, excluded, "pm_pending_success", key="before")
    assert begun.status == "pending"
    wish = Wish(frozenset({"self_excluded_until"}), self_excluded_until=datetime.now(UTC) + timedelta(days=1))
    async with database.transaction() as connection:
        await change_limits(connection, excluded, wish)
    with pytest.raises(LimitReached):
        await bought(shop.till, excluded)
    with pytest.raises(LimitReached):
        await bought_limited(shop, excluded, package)
    again = await bought(shop.till, excluded, "pm_pending_success", key="before")
    assert again.receipt_code == begun.receipt_code
    spent = await a_player(database, gold=0)
    async with database.transaction() as connection:
        await change_limits(connection, spent, Wish(frozenset({"daily_spend_limit"}), daily_spend_limit=100))
        used = update(Wallet).where(Wallet.user_id == spent)
        await connection.execute(used.values(play_day=datetime.now(UTC).date(), spent_today=99))
    assert (await bought(shop.till, spent)).success
    async with database.transaction() as connection:
        await connection.execute(used.values(spent_today=100))
    with pytest.raises(LimitReached) as refusal:
        await bought(shop.till, spent)
    assert refusal.value.members["reason"] == "daily_spend"


async def test_purchases_are_in_the_export(shop: Shop, database: Database) -> None:
    """Who asks for all that is kept about them finds their payments, and with what they paid."""
    user = await a_player(database, gold=0)
    receipt = (await bought(shop.till, user)).receipt_code
    async with database.snapshot() as connection:
        exported = await everything_of(connection, user, rows_max=10)
    kept = [(row["receipt_code"], row["payment_method"], row["status"]) for row in exported["purchases"]]
    assert kept == [(receipt, "card", "success")]
    assert (exported["inventory"], exported["payment_checks"]) == ([], [])
