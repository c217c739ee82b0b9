"""A process may die between any two steps of a purchase: whoever asks again then brings it to the one end."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.database import Database
from casino.kit.redis import RedisClient
from casino.kit.settings import Settings
from casino.shop.facts import PURCHASE_UPDATED
from casino.shop.gateway import Charge
from casino.shop.jobs import finish_refunds, resolve_pending
from casino.shop.service import Shop, audited_sales, refund, shop_with
from casino.wallet.audit import Scope
from tests.factories.gateways import a_gateway
from tests.factories.log import facts_of
from tests.factories.players import a_player
from tests.shop.purchases import a_package, a_promo, books_of, bought, bought_limited, stock_of
from tests.shop.test_after_purchases import notices_of
from tests.shop.test_buy import due_now

STEPS_MAX = 24
METHODS = ("card", "pm_declined", "pm_error", "pm_error_after_capture", "pm_pending_success")


class Crash(BaseException):
    """The process is gone: nothing that runs in it may catch this."""


class Fuse:
    """Burns down at every step and crashes at the last: 0 crashes at the first step there is."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    @property
    def burnt(self) -> bool:
        """Whether it crashed."""
        return self.left < 0

    def step(self) -> None:
        """A point where a process may die."""
        self.left -= 1
        if self.left == -1:
            raise Crash


class CrashingDatabase:
    """The real database; a step before and after each commit."""

    def __init__(self, database: Database, fuse: Fuse) -> None:
        self._database, self._fuse = database, fuse

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Rolled back when it crashes before the commit."""
        async with self._database.transaction() as connection:
            yield connection
            self._fuse.step()
        self._fuse.step()


class CrashingGateway:
    """The real gateway; a step before and after each call."""

    def __init__(self, gateway: Any, fuse: Fuse) -> None:
        self._gateway, self._fuse = gateway, fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._gateway, name)
        if name not in ("authorise", "capture", "find", "void", "refund"):
            return found
        return self._stepping(found)

    def _stepping(self, call: Callable[..., Awaitable[Charge]]) -> Callable[..., Awaitable[Charge]]:
        async def stepping(*args: Any, **named: Any) -> Charge:
            self._fuse.step()
            charge = await call(*args, **named)
            self._fuse.step()
            return charge

        return stepping


async def ended_by_all(database: Database, shop: Shop, user: int) -> None:
    """The scheduler comes by until nothing of the user's is pending."""
    for _ in range(3):
        await due_now(database, user)
        await resolve_pending(database, shop, void_seconds=0)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("replay", ["same key", "scheduler", "scheduler, then same key"])
async def test_every_crash_point_ends_with_one_effect(
    settings: Settings, database: Database, redis: RedisClient, paygate: FastAPI, method: str, replay: str
) -> None:
    """Whatever step it died after: captures equal grants, there is one purchase at most, nothing stays pending."""
    gateway = a_gateway(paygate, timeout_seconds=0.3)
    whole = shop_with(settings, gateway, database=database, redis=redis)
    crashed_at = []
    for step in range(STEPS_MAX):
        user, fuse = await a_player(database, gold=100), Fuse(step)
        broken = shop_with(
            settings,
            CrashingGateway(gateway, fuse),  # type: ignore[arg-type]  # the gateway but for its steps
            database=CrashingDatabase(database, fuse),  # type: ignore[arg-type]  # likewise
            redis=redis,
        )
        try:
            await bought(broken.till, user, method, key="k")
        except Crash:
            crashed_at.append(step)
        if "scheduler" in replay:
            await ended_by_all(database, whole, user)
        if "same key" in replay:
            await due_now(database, user)
            await bought(whole.till, user, method, key="k")
            await ended_by_all(database, whole, user)
        books = await books_of(database, paygate, user)
        assert books.captured == books.grants == books.purchases.get("success", 0), f"step {step}: {books}"
        assert sum(books.purchases.values()) <= 1 and "pending" not in books.purchases, (
            f"step {step}: {books}"
        )
        assert books.balance == 100 + 1_200 * books.grants, f"step {step}: {books}"
        if not fuse.burnt:
            break
    assert crashed_at == list(range(len(crashed_at))) and len(crashed_at) >= 4
    await gateway.close()


@pytest.mark.parametrize("method", ["card", "pm_declined", "pm_error_after_capture"])
async def test_every_crash_point_of_a_limited_purchase_leaves_the_stock_right(
    settings: Settings, database: Database, redis: RedisClient, paygate: FastAPI, method: str
) -> None:
    """Pieces sold equal captures; what was held for a purchase that failed is back, and so is the use of the code."""
    gateway = a_gateway(paygate, timeout_seconds=0.3)
    whole = shop_with(settings, gateway, database=database, redis=redis)
    package = await a_package(database, stock=100)
    promo = await a_promo(database, package, uses=100)
    sold = 0
    for step in range(STEPS_MAX):
        user, fuse = await a_player(database, gold=0), Fuse(step)
        broken = shop_with(
            settings,
            CrashingGateway(gateway, fuse),  # type: ignore[arg-type]  # the gateway but for its steps
            database=CrashingDatabase(database, fuse),  # type: ignore[arg-type]  # likewise
            redis=redis,
        )
        try:
            await bought_limited(broken, user, package, promo=promo, method=method, key="k")
        except Crash:
            await ended_by_all(database, whole, user)
        await ended_by_all(database, whole, user)
        books = await books_of(database, paygate, user)
        assert books.captured == books.grants == books.purchases.get("success", 0), f"step {step}: {books}"
        sold += books.grants
        left, holds = await stock_of(database, package)
        assert (left, holds.get("sold", 0), holds.get("held", 0)) == (100 - sold, sold, 0), f"step {step}"
        if not fuse.burnt:
            break
    await gateway.close()


@pytest.mark.parametrize("replay", ["asked again", "scheduler"])
async def test_every_crash_point_of_a_refund_gives_back_once(
    settings: Settings, database: Database, redis: RedisClient, paygate: FastAPI, replay: str
) -> None:
    """Gold and money go back together in the end, or neither was touched and asking again does it."""
    gateway = a_gateway(paygate, timeout_seconds=0.3)
    whole = shop_with(settings, gateway, database=database, redis=redis)
    crashed = 0
    for step in range(STEPS_MAX):
        user, fuse = await a_player(database, gold=100), Fuse(step)
        receipt = (await bought(whole.till, user)).receipt_code
        about = {"reason": "asked by mail", "admin_id": user, "traceparent": None}
        try:
            await refund(
                CrashingDatabase(database, fuse),  # type: ignore[arg-type]  # the database but for its steps
                CrashingGateway(gateway, fuse),  # type: ignore[arg-type]  # likewise
                receipt,
                **about,  # type: ignore[arg-type]  # by name
            )
        except Crash:
            crashed += 1
        if replay == "scheduler":
            await finish_refunds(database, whole)
            books = await books_of(database, paygate, user)
            assert (books.balance, books.captured) in ((100, 0), (1_300, 1)), f"step {step}: {books}"
        done = await refund(database, gateway, receipt, **about)  # type: ignore[arg-type]  # by name
        assert (done.status, done.new_gold_balance) == ("done", 100), f"step {step}: {done}"
        books = await books_of(database, paygate, user)
        assert (books.balance, books.captured) == (100, 0), f"step {step}: {books}"
        if not fuse.burnt:
            break
    assert crashed >= 6
    await gateway.close()


async def test_a_process_that_died_is_no_reason_to_tell_nothing(
    settings: Settings, database: Database, redis: RedisClient, paygate: FastAPI
) -> None:
    """Whose purchase the scheduler found hears that it waits, and, if it fails in the end, finds a notice."""
    gateway = a_gateway(paygate)
    whole = shop_with(settings, gateway, database=database, redis=redis)
    fuse = Fuse(3)
    broken = shop_with(
        settings,
        CrashingGateway(gateway, fuse),  # type: ignore[arg-type]  # the gateway but for its steps
        database=CrashingDatabase(database, fuse),  # type: ignore[arg-type]  # likewise
        redis=redis,
    )
    user = await a_player(database, gold=0)
    with pytest.raises(Crash):
        await bought(broken.till, user, "pm_pending_success")
    await due_now(database, user)
    await resolve_pending(database, whole, void_seconds=900)
    await ended_by_all(database, whole, user)
    told = [fact.data["status"] for fact in await facts_of(database, user) if fact.type == PURCHASE_UPDATED]
    assert told == ["pending", "failed"]
    notices = await notices_of(database, user)
    assert [notice["code"] for notice in notices] == ["purchase_failed"]
    await gateway.close()


async def test_the_ledger_holds_after_all_of_it(database: Database) -> None:
    """The auditor finds every purchase's transfer, and no transfer without its purchase."""
    from casino.wallet.jobs import run_audit

    report = await run_audit(database, Scope(full=True, sources=audited_sales()))
    wrong = {f.invariant: f.examples for f in report.findings if f.violations}
    # Other rooms' accounts have no source here: only what the shop is to blame for counts.
    assert not [line for lines in wrong.values() for line in lines if "shop:" in line or "sink:" in line], (
        wrong
    )
    assert set(wrong) <= {"accounts_match_sources"}
