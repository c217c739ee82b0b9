"""Buying, as the routes do it, and what the database and the gateway hold then."""

from dataclasses import dataclass
from uuid import uuid4

from fastapi import FastAPI
from sqlalchemy import func, insert, select

from casino.identity.service import Principal
from casino.kit.database import Database
from casino.kit.idempotency import KeyedRequest, fingerprint
from casino.shop.buy import Till, buy, intent_of
from casino.shop.buy_limited import buy_limited
from casino.shop.models import LimitedHold, LimitedPackage, PromoCode, ShopTransaction
from casino.shop.schemas import Bought, BuyAsked, LimitedAsked, LimitedBought
from casino.shop.service import Shop
from casino.wallet.models import LedgerTransfer, Wallet
from tests.factories.gateways import charges_of


def a_buyer(user_id: int, *, rank: str = "STANDARD") -> Principal:
    """The principal of a player."""
    return Principal(user_id, str(uuid4()), rank, "user", 2e9, 1e9)


async def bought(
    till: Till, user_id: int, method: str = "card", *, key: str | None = None, product_id: int = 1001
) -> Bought:
    """The answer to a purchase of one piece."""
    asked = BuyAsked(product_id=product_id, payment_method=method)
    return (await answered(till, user_id, asked, key=key))[0]


async def answered(
    till: Till, user_id: int, asked: BuyAsked, *, key: str | None = None, rank: str = "STANDARD"
) -> tuple[Bought, bool]:
    """The answer to a purchase, and whether it was given before."""
    body = asked.model_dump(mode="json", exclude={"idempotency_key"})
    intent = intent_of(
        KeyedRequest(user_id, key, fingerprint("POST", "/api/shop/buy", {}, body)),
        payment_method=asked.payment_method,
        traceparent=None,
    )
    return await buy(till, a_buyer(user_id, rank=rank), asked, intent)


async def bought_limited(
    shop: Shop,
    user_id: int,
    package: str,
    *,
    promo: str | None = None,
    method: str = "card",
    key: str | None = None,
) -> LimitedBought:
    """The answer to a purchase of a piece of a package."""
    asked = LimitedAsked(package_id=package, promo_code=promo, payment_method=method)
    body = asked.model_dump(mode="json", exclude={"idempotency_key"})
    intent = intent_of(
        KeyedRequest(user_id, key, fingerprint("POST", "/api/shop/limited/buy", {}, body)),
        payment_method=method,
        traceparent=None,
    )
    return (await buy_limited(shop.till, shop.gate, asked, intent))[0]


@dataclass(frozen=True)
class Books:
    """What one user's purchases came to: by our tables, by the ledger, by the gateway."""

    purchases: dict[str, int]
    grants: int
    gold_granted: int
    balance: int
    captured: int


async def books_of(database: Database, paygate: FastAPI, user_id: int) -> Books:
    """All three, of one user."""
    purchase, transfer = ShopTransaction, LedgerTransfer
    async with database.snapshot() as connection:
        by_status = await connection.execute(
            select(purchase.status, func.count()).where(purchase.user_id == user_id).group_by(purchase.status)
        )
        purchases = {row[0]: row[1] for row in by_status}
        granted = await connection.execute(
            select(func.count(), func.coalesce(func.sum(transfer.amount), 0)).where(
                transfer.user_id == user_id, transfer.kind == "purchase"
            )
        )
        grants, gold = granted.one()
        balance = await connection.scalar(select(Wallet.gold_balance).where(Wallet.user_id == user_id))
        receipts = await connection.execute(select(purchase.receipt_code).where(purchase.user_id == user_id))
        charges = [charges_of(paygate).find(receipt) for receipt in receipts.scalars()]
    captured = sum(charge is not None and charge.status == "captured" for charge in charges)
    return Books(purchases, grants, int(gold), int(balance or 0), captured)


async def a_package(
    database: Database, *, stock: int = 20, per_user_max: int = 1, price_cents: int = 499
) -> str:
    """A package that is on sale."""
    code = f"PKG_{uuid4().hex[:12]}"
    async with database.transaction() as connection:
        row = insert(LimitedPackage).values(
            code=code,
            name="Of a test",
            gold=500,
            price_cents=price_cents,
            stock_total=stock,
            stock_left=stock,
            per_user_max=per_user_max,
        )
        await connection.execute(row)
    return code


async def a_promo(database: Database, package: str | None, *, uses: int = 5, per_user_max: int = 1) -> str:
    """A code that takes 50 cents off."""
    code = f"P{uuid4().hex[:12]}"
    async with database.transaction() as connection:
        row = insert(PromoCode).values(
            code=code, package_code=package, discount_cents=50, max_uses=uses, per_user_max=per_user_max
        )
        await connection.execute(row)
    return code


async def stock_of(database: Database, package: str) -> tuple[int, dict[str, int]]:
    """(pieces left, holds by state)."""
    async with database.snapshot() as connection:
        left = await connection.scalar(
            select(LimitedPackage.stock_left).where(LimitedPackage.code == package)
        )
        states = await connection.execute(
            select(LimitedHold.state, func.count())
            .where(LimitedHold.package_code == package)
            .group_by(LimitedHold.state)
        )
        return int(left or 0), {row[0]: row[1] for row in states}
