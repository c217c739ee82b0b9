"""Items for gold, history, receipts, refunds: over HTTP, as clients do it."""

from base64 import b64decode
from typing import Any

import httpx
import pytest
import pytest_asyncio
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import FastAPI
from sqlalchemy import delete, func, select, update

from casino.app import Parts
from casino.identity.models import User
from casino.kit.database import Database
from casino.kit.models import IdempotencyRecord
from casino.kit.receipts import canonical
from casino.shop.models import Product, Refund
from casino.shop.service import Shop
from tests.factories.access import bearer
from tests.factories.log import facts_of
from tests.factories.players import a_player
from tests.shop.purchases import bought

SKIN, BADGE, BOOSTER = 3001, 3101, 3201


@pytest_asyncio.fixture
async def api(client: httpx.AsyncClient, parts: Parts, shop: Shop) -> httpx.AsyncClient:
    """The application, its payments at the paygate of the test."""
    parts.shop.till.cashier = shop.till.cashier
    parts.shop.gateway = shop.gateway
    return client


async def asked(
    api: httpx.AsyncClient, parts: Parts, user: int, method: str, path: str, body: Any = None, **more: Any
) -> httpx.Response:
    """A request of the user."""
    headers = bearer(parts.settings, user, role=more.pop("role", "user")) | more.pop("headers", {})
    return await api.request(method, f"/api/shop{path}", json=body, headers=headers, **more)


async def test_the_catalogue_shows_what_is_sold(
    api: httpx.AsyncClient, parts: Parts, database: Database
) -> None:
    """The first catalogue and the items; the alias says the same; a deleted product is gone."""
    user = await a_player(database)
    shown = (await asked(api, parts, user, "GET", "/catalog")).json()
    assert [product["id"] for product in shown["products"]] == [1001, 1002, 1003, 1004]
    assert shown["products"][0] == {
        "id": 1001,
        "sku": "GOLD_1200",
        "name": "Pocket of Gold",
        "gold": 1200,
        "price_cents": 299,
        "discounted_price_cents": 299,
        "discount_ends_at": None,
        "min_rank": "STANDARD",
        "adult_only": False,
        "active": True,
    }
    assert {item["kind"] for item in shown["items"]} == {"skin", "badge", "booster"}
    assert (await asked(api, parts, user, "GET", "/items")).json() == shown
    deleted = update(Product).where(Product.id == 1003)
    async with database.transaction() as connection:
        await connection.execute(deleted.values(deleted_at=func.now()))
    shown = (await asked(api, parts, user, "GET", "/catalog")).json()
    async with database.transaction() as connection:
        await connection.execute(deleted.values(deleted_at=None))
    assert [product["id"] for product in shown["products"]] == [1001, 1002, 1004]


async def test_the_second_catalogue_has_its_discounts(
    api: httpx.AsyncClient, parts: Parts, database: Database
) -> None:
    """With ECONOMY_V2 both are on sale, at the prices of the discounts that run."""
    user = await a_player(database)
    parts.shop.till.economy = 2
    shown = (await asked(api, parts, user, "GET", "/catalog")).json()
    parts.shop.till.economy = 1
    assert shown["economy_v2"] is True
    prices = {product["id"]: product["discounted_price_cents"] for product in shown["products"]}
    assert prices == {
        1001: 299,
        1002: 599,
        1003: 1299,
        1004: 5999,
        2001: 199,
        2002: 474,
        2003: 989,
        2004: 1954,
    }


async def test_gold_buys_an_item_once(api: httpx.AsyncClient, parts: Parts, database: Database) -> None:
    """Gold leaves and the item is there; the key answers again; a badge is owned once, boosters pile up."""
    user = await a_player(database, gold=6_200)
    key = {"headers": {"Idempotency-Key": "badge"}}
    first = await asked(api, parts, user, "POST", f"/items/{BADGE}/buy", {}, **key)
    assert first.status_code == 200 and first.json()["new_gold_balance"] == 1_200
    again = await asked(api, parts, user, "POST", f"/items/{BADGE}/buy", {}, **key)
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    owned = await asked(api, parts, user, "POST", f"/items/{BADGE}/buy", {})
    assert (owned.status_code, owned.json()["error"]) == (409, "already_owned")
    for _ in range(2):
        assert (await asked(api, parts, user, "POST", f"/items/{BOOSTER}/buy", {})).status_code == 200
    short = await asked(api, parts, user, "POST", f"/items/{BOOSTER}/buy", {})
    assert (short.status_code, short.json()["error"], short.json()["needed"]) == (
        402,
        "insufficient_gold",
        500,
    )
    reused = await asked(api, parts, user, "POST", f"/items/{BOOSTER}/buy", {}, **key)
    assert (reused.status_code, reused.json()["error"]) == (422, "idempotency_key_reused")
    inventory = (await asked(api, parts, user, "GET", "/inventory")).json()["items"]
    assert [item["product_id"] for item in inventory] == [BOOSTER, BOOSTER, BADGE]
    told = [f.data["status"] for f in await facts_of(database, user) if f.type == "shop.purchase_updated"]
    assert told == ["success", "item_purchase_failed", "success", "success", "insufficient_funds"]


async def test_a_receipt_answers_a_key_whose_answer_is_forgotten(
    api: httpx.AsyncClient, parts: Parts, shop: Shop, database: Database
) -> None:
    """Long after, the same words come back, and no gold leaves; for anything else the key is taken."""
    user = await a_player(database, gold=2_000)
    key = {"headers": {"Idempotency-Key": "old"}}
    first = await asked(api, parts, user, "POST", f"/items/{BOOSTER}/buy", {}, **key)
    async with database.transaction() as connection:
        await connection.execute(delete(IdempotencyRecord).where(IdempotencyRecord.user_id == user))
    again = await asked(api, parts, user, "POST", f"/items/{BOOSTER}/buy", {}, **key)
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    other = await asked(api, parts, user, "POST", f"/items/{BADGE}/buy", {}, **key)
    assert (other.status_code, other.json()["error"]) == (422, "idempotency_key_reused")
    await bought(shop.till, user, key="money")
    gold = {"headers": {"Idempotency-Key": "money"}}
    reused = await asked(api, parts, user, "POST", f"/items/{BOOSTER}/buy", {}, **gold)
    assert (reused.status_code, reused.json()["error"]) == (422, "idempotency_key_reused")
    assert len((await asked(api, parts, user, "GET", "/inventory")).json()["items"]) == 1


async def test_what_is_for_adults_is_sold_to_adults(
    api: httpx.AsyncClient, parts: Parts, database: Database
) -> None:
    """For money and for gold: 403 before the date of birth is given, sold after it."""
    user = await a_player(database, gold=1_000)
    marked = update(Product).where(Product.id.in_([1001, BOOSTER]))
    async with database.transaction() as connection:
        await connection.execute(marked.values(adult_only=True))
    paths: list[tuple[str, Any]] = [("/buy", {"product_id": 1001}), (f"/items/{BOOSTER}/buy", {})]
    refused = [await asked(api, parts, user, "POST", path, body) for path, body in paths]
    async with database.transaction() as connection:
        await connection.execute(update(User).where(User.id == user).values(adult_verified_at=func.now()))
    sold = [await asked(api, parts, user, "POST", path, body) for path, body in paths]
    async with database.transaction() as connection:
        await connection.execute(marked.values(adult_only=False))
    assert [(one.status_code, one.json()["error"]) for one in refused] == [
        (403, "age_verification_required")
    ] * 2
    assert [one.json()["success"] for one in sold] == [True, True]


async def test_money_is_taken_over_http(api: httpx.AsyncClient, parts: Parts, database: Database) -> None:
    """The answer, its replay byte for byte, the history and the receipt agree."""
    user = await a_player(database, gold=0)
    key = {"headers": {"X-Idempotency-Key": "gold"}}
    first = await asked(api, parts, user, "POST", "/buy", {"productId": 1001, "amount": 299}, **key)
    assert first.status_code == 200, first.text
    again = await asked(api, parts, user, "POST", "/buy", {"product_id": 1001, "amount": 299}, **key)
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    receipt = first.json()["receipt_code"]
    (row,) = (await asked(api, parts, user, "GET", "/transactions")).json()["items"]
    assert (row["receipt_code"], row["status"], row["amount_cents"], row["gold"]) == (
        receipt,
        "success",
        299,
        1200,
    )
    signed = (await asked(api, parts, user, "GET", f"/transactions/{receipt}")).json()
    assert signed["receipt"] == row | {"user_id": user}
    key_of_casino = Ed25519PublicKey.from_public_bytes(b64decode(signed["public_key"]))
    key_of_casino.verify(b64decode(signed["signature"]), canonical(signed["receipt"]))
    with pytest.raises(InvalidSignature):
        cheaper = signed["receipt"] | {"amount_cents": 298}
        key_of_casino.verify(b64decode(signed["signature"]), canonical(cheaper))
    stranger = await a_player(database)
    assert (await asked(api, parts, stranger, "GET", f"/transactions/{receipt}")).status_code == 404
    wrong = await asked(api, parts, user, "POST", "/buy", {"product_id": 1001, "amount": 298})
    assert (wrong.status_code, wrong.json()["expected_cents"]) == (422, 299)


async def test_history_is_paged(api: httpx.AsyncClient, parts: Parts, shop: Shop, database: Database) -> None:
    """Newest first, every one once."""
    user = await a_player(database)
    receipts = [(await bought(shop.till, user)).receipt_code for _ in range(5)]
    seen, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await asked(api, parts, user, "GET", "/transactions", params=query)).json()
        seen += [row["receipt_code"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == receipts[::-1]


async def test_an_admin_refunds_once(
    api: httpx.AsyncClient, parts: Parts, shop: Shop, database: Database, paygate: FastAPI
) -> None:
    """Gold is taken back, money given back; asked again the refund answers; spent gold or no success refuses it."""
    user = await a_player(database, gold=0)
    receipt = (await bought(shop.till, user)).receipt_code
    path, why = f"/transactions/{receipt}/refund", {"reason": "asked by mail"}
    assert (await asked(api, parts, user, "POST", path, why)).status_code == 403
    done = (await asked(api, parts, user, "POST", path, why, role="admin")).json()
    assert (done["status"], done["gold"], done["new_gold_balance"]) == ("done", 1_200, 0)
    assert (await asked(api, parts, user, "POST", path, why, role="admin")).json() == done
    assert paygate.state.gateway.charges.find(receipt).status == "refunded"
    (row,) = (await asked(api, parts, user, "GET", "/transactions")).json()["items"]
    assert (row["status"], row["refunded"]) == ("success", "done")
    spender = await a_player(database, gold=0)
    spent = (await bought(shop.till, spender)).receipt_code
    assert (await asked(api, parts, spender, "POST", f"/items/{BOOSTER}/buy", {})).status_code == 200
    short = await asked(api, parts, user, "POST", f"/transactions/{spent}/refund", why, role="admin")
    assert (short.status_code, short.json()["error"]) == (402, "insufficient_gold")
    declined = (await bought(shop.till, user, "pm_declined")).receipt_code
    none = await asked(api, parts, user, "POST", f"/transactions/{declined}/refund", why, role="admin")
    assert (none.status_code, none.json()["error"]) == (409, "not_refundable")


async def test_a_refund_waits_for_the_gateway(
    api: httpx.AsyncClient, parts: Parts, shop: Shop, database: Database, paygate: FastAPI
) -> None:
    """Gold is taken back at once; the money follows when the gateway is there again."""
    from casino.shop.jobs import finish_refunds
    from paygate.plan import Plan

    user = await a_player(database, gold=0)
    receipt = (await bought(shop.till, user)).receipt_code
    paygate.state.gateway.plan = Plan(down=True)
    path, why = f"/transactions/{receipt}/refund", {"reason": "asked by mail"}
    waiting = (await asked(api, parts, user, "POST", path, why, role="admin")).json()
    assert (waiting["status"], waiting["new_gold_balance"]) == ("pending", 0)
    paygate.state.gateway.plan = Plan()
    await finish_refunds(database, shop)
    async with database.snapshot() as connection:
        status = await connection.scalar(select(Refund.status).where(Refund.user_id == user))
    assert status == "done"


async def test_an_admin_settles_by_what_the_gateway_holds(
    api: httpx.AsyncClient, parts: Parts, shop: Shop, database: Database, paygate: FastAPI
) -> None:
    """A pending purchase can be voided by hand; what was captured cannot be called failed."""
    user = await a_player(database, gold=0)
    receipt = (await bought(shop.till, user, "pm_pending_success")).receipt_code
    path = f"/transactions/{receipt}/settle"
    assert (await asked(api, parts, user, "POST", path, {}, role="admin")).json()["status"] == "pending"
    voided = (await asked(api, parts, user, "POST", path, {"outcome": "failed"}, role="admin")).json()
    assert (voided["status"], voided["reason_code"]) == ("failed", "VOIDED")
    captured = (await bought(shop.till, user, "pm_error_after_capture")).receipt_code
    path = f"/transactions/{captured}/settle"
    refused = await asked(api, parts, user, "POST", path, {"outcome": "failed"}, role="admin")
    assert (refused.status_code, refused.json()["error"]) == (409, "not_settleable")
    settled = (await asked(api, parts, user, "POST", path, {"outcome": "success"}, role="admin")).json()
    assert (settled["status"], settled["gold_granted"]) == ("success", 1_200)
