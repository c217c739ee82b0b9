"""The client of the gateway: what it may conclude from an answer that did not come, or that is none."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest
from fastapi import FastAPI

from casino.kit.database import Database
from casino.kit.metrics import REGISTRY
from casino.shop.gateway import FAILURES_UNTIL_OPEN, Gateway, NotSent, OutcomeUnknown
from casino.shop.jobs import resolve_pending
from casino.shop.service import Shop
from tests.factories.gateways import charges_of
from tests.factories.players import a_player
from tests.shop.purchases import books_of, bought
from tests.shop.test_buy import due_now

Before = Callable[[httpx.Request], Awaitable[httpx.Response | None]]


class Path(httpx.AsyncBaseTransport):
    """The way to the real gateway; `before` may answer in its stead, or break it."""

    def __init__(self, paygate: FastAPI, before: Before) -> None:
        self._there = httpx.ASGITransport(paygate)
        self._before = before

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """What `before` answers, else what the gateway does."""
        return await self._before(request) or await self._there.handle_async_request(request)


def lead(shop: Shop, paygate: FastAPI, before: Before) -> None:
    """Has the shop reach its gateway by such a way."""
    shop.gateway._client._transport = Path(paygate, before)


async def test_a_capture_that_was_not_sent_is_not_a_failure(
    shop: Shop, database: Database, paygate: FastAPI
) -> None:
    """The card was held by then: the purchase waits, and the capture is made once the gateway is there again."""

    async def no_capture(request: httpx.Request) -> None:
        if request.url.path.endswith("/capture"):
            raise httpx.ConnectError("refused", request=request)

    user = await a_player(database, gold=0)
    way = shop.gateway._client._transport
    lead(shop, paygate, no_capture)
    first = await bought(shop.till, user, key="k")
    assert (first.status, first.reason_code) == ("pending", "AWAITING_GATEWAY")
    assert charges_of(paygate).find(first.receipt_code).status == "authorized"
    shop.gateway._client._transport = way
    await due_now(database, user)
    await resolve_pending(database, shop, void_seconds=900)
    books = await books_of(database, paygate, user)
    assert (books.purchases, books.grants, books.captured) == ({"success": 1}, 1, 1)


async def test_who_finds_no_gateway_too_late_decides_nothing(
    shop: Shop, database: Database, paygate: FastAPI
) -> None:
    """A process that slept until its purchase was out of its hand leaves it: another may be charging it."""
    user = await a_player(database)

    async def slept(request: httpx.Request) -> None:
        await due_now(database, user)
        raise httpx.ConnectError("refused", request=request)

    lead(shop, paygate, slept)
    answer = await bought(shop.till, user)
    assert (answer.status, answer.reason_code) == ("pending", "AWAITING_GATEWAY")


@pytest.mark.parametrize("body", ["<html>", "[]", "{}", '{"status": "captured"}'])
async def test_an_answer_that_is_no_charge_tells_nothing(
    shop: Shop, database: Database, paygate: FastAPI, body: str
) -> None:
    """A proxy's page with 200 is no word of the gateway: pending, not an error of ours."""

    async def a_page(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=body)

    lead(shop, paygate, a_page)
    assert (await bought(shop.till, await a_player(database))).status == "pending"


async def test_one_purchase_keeps_no_other_from_its_end(
    shop: Shop, database: Database, paygate: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be resolved is told at the end of the turn; all others of the turn have ended by then."""
    users = [await a_player(database, gold=0) for _ in range(4)]
    receipts = [(await bought(shop.till, user, "pm_error_after_capture")).receipt_code for user in users]
    find = shop.gateway.find

    async def broken(reference: str) -> object:
        if reference == receipts[0]:
            raise RuntimeError("a fault of ours")
        return await find(reference)

    monkeypatch.setattr(shop.gateway, "find", broken)
    for user in users:
        await due_now(database, user)
    with pytest.raises(RuntimeError, match="a fault of ours"):
        await resolve_pending(database, shop, void_seconds=900)
    ended = [(await books_of(database, paygate, user)).purchases for user in users]
    assert ended == [{"pending": 1}, *[{"success": 1}] * 3]


async def test_a_call_we_gave_up_says_nothing_about_the_gateway(paygate: FastAPI) -> None:
    """It neither closes nor opens the breaker; an open one is shown until the moment it would let a call through."""
    answers = iter([*[503] * (FAILURES_UNTIL_OPEN - 1), None, 503])

    async def failing(_: httpx.Request) -> httpx.Response:
        status = next(answers)
        if status is None:
            await asyncio.sleep(30)
        return httpx.Response(status or 200)

    gateway = Gateway(
        url="http://paygate.test",
        api_key="k",
        timeout_seconds=5,
        attempts_max=1,
        transport=Path(paygate, failing),
    )
    for _ in range(FAILURES_UNTIL_OPEN - 1):
        with pytest.raises(OutcomeUnknown):
            await gateway.find("r_1")
    call = asyncio.create_task(gateway.find("r_1"))
    await asyncio.sleep(0.05)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert REGISTRY.get_sample_value("payment_breaker_open") == 0
    with pytest.raises(OutcomeUnknown):
        await gateway.find("r_1")
    assert REGISTRY.get_sample_value("payment_breaker_open") == 1
    with pytest.raises(NotSent):
        await gateway.find("r_1")
    gateway._breaker._closed_from = 0.0
    assert REGISTRY.get_sample_value("payment_breaker_open") == 0
    await gateway.close()
