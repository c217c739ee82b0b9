"""What is on sale, what it costs now, and what a fresh casino starts with."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity.service import Principal, check_rank, require_adult
from casino.kit.database import Database
from casino.shop import repository
from casino.shop.errors import ProductNotFound
from casino.shop.models import FraudRule, LimitedPackage, Product, PromoCode
from casino.shop.repository import AnyRow
from casino.shop.rules.prices import discounted_cents
from casino.shop.schemas import Catalogue, Item, ProductOnSale

SEEDS = Path(__file__).with_name("catalogue.yaml")
GOLD = "gold"


async def catalogue(connection: AsyncConnection, *, economy: int) -> Catalogue:
    """Everything on sale in this economy version: gold for money, and items for gold."""
    at = await repository.now(connection)
    rows = await repository.products(connection, economy=economy)
    return Catalogue(
        economy_v2=economy == 2,
        products=[_product(row, at) for row in rows if row.kind == GOLD],
        items=[Item.model_validate(row) for row in rows if row.kind != GOLD],
    )


def _product(row: AnyRow, at: datetime) -> ProductOnSale:
    cents = price_of(row, at)
    discounted = cents < row.price_cents
    return ProductOnSale(
        id=row.id,
        sku=row.sku,
        name=row.name,
        gold=row.gold,
        price_cents=row.price_cents,
        discounted_price_cents=cents,
        discount_ends_at=row.discount_ends_at if discounted else None,
        min_rank=row.min_rank,
        adult_only=row.adult_only,
        active=row.active,
    )


def price_of(row: AnyRow, at: datetime) -> int:
    """Cents that one piece costs at this moment."""
    return discounted_cents(
        row.price_cents, percent=row.discount_percent, ends_at=row.discount_ends_at, at=at
    )


async def product_for(
    connection: AsyncConnection, buyer: Principal, product_id: int, *, economy: int, items: bool
) -> AnyRow:
    """A product that this buyer may buy.

    Raises ProductNotFound, RankTooLow, or AgeVerificationRequired.
    """
    row = await repository.product(connection, product_id, economy=economy)
    if row is None or (row.kind != GOLD) is not items:
        what = "item" if items else "product"
        raise ProductNotFound(f"There is no {what} {product_id} on sale.")
    check_rank(buyer, row.min_rank)
    if row.adult_only:
        await require_adult(connection, buyer.user_id)
    return row


async def seed_catalogue(database: Database) -> int:
    """Adds what the seeds hold and the tables lack; how many rows. What is there is left as it is."""
    seeds: dict[str, list[dict[str, Any]]] = yaml.safe_load(SEEDS.read_text())
    async with database.transaction() as connection:
        at = await repository.now(connection)
        products = [_seeded_product(row, at) for row in seeds["products"]]
        packages = [_seeded_package(row, at) for row in seeds["limited_packages"]]
        promos = [_opened(row, at) for row in seeds["promo_codes"]]
        rules = [{"limits_data": row.pop("limits"), **row} for row in seeds["fraud_rules"]]
        added = 0
        for model, rows in (
            (Product, products),
            (LimitedPackage, packages),
            (PromoCode, promos),
            (FraudRule, rules),
        ):
            added += await repository.add_missing(connection, model, rows)
    return added


def _seeded_product(row: dict[str, Any], at: datetime) -> dict[str, Any]:
    days = row.pop("discount_days", None)
    return row if days is None else row | {"discount_ends_at": at + timedelta(days=days)}


def _seeded_package(row: dict[str, Any], at: datetime) -> dict[str, Any]:
    stock = row.pop("stock")
    return _opened(row, at) | {"stock_total": stock, "stock_left": stock}


def _opened(row: dict[str, Any], at: datetime) -> dict[str, Any]:
    days = row.pop("open_days")
    return row | {"starts_at": at, "ends_at": at + timedelta(days=days)}
