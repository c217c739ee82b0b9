"""Queries and locks on limited packages, their holds and promo codes: the package's row first, then the promo's."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.shop.models import LimitedHold, LimitedPackage, PromoCode, PromoUsage, ShopTransaction
from casino.shop.rules.limited import Offer, Promo

AnyRow = Row[Any]
_PACKAGE = LimitedPackage.__table__.columns


async def open_packages(connection: AsyncConnection, user_id: int) -> list[AnyRow]:
    """The packages that can be bought now, with `owned`: how many the user has or holds."""
    owned = _owned(user_id).correlate(LimitedPackage).scalar_subquery()
    query = select(*_PACKAGE, owned.label("owned")).where(
        LimitedPackage.active,
        or_(LimitedPackage.starts_at.is_(None), LimitedPackage.starts_at <= func.now()),
        or_(LimitedPackage.ends_at.is_(None), LimitedPackage.ends_at > func.now()),
    )
    return list(await connection.execute(query.order_by(LimitedPackage.code)))


def _owned(user_id: int) -> Any:
    return (
        select(func.count())
        .select_from(LimitedHold)
        .where(
            LimitedHold.package_code == LimitedPackage.code,
            LimitedHold.user_id == user_id,
            LimitedHold.state != "returned",
        )
    )


async def locked_package(connection: AsyncConnection, code: str) -> AnyRow | None:
    """The package's row; who holds it is alone with its stock until the transaction ends."""
    query = select(*_PACKAGE).where(LimitedPackage.code == code).with_for_update(key_share=True)
    return (await connection.execute(query)).one_or_none()


async def offer_of(connection: AsyncConnection, package: AnyRow, user_id: int) -> Offer:
    """The package as the rules look at it. Asked behind the lock, so that the user's other holds are all seen."""
    query = select(func.count()).where(
        LimitedHold.package_code == package.code,
        LimitedHold.user_id == user_id,
        LimitedHold.state != "returned",
    )
    owned = int((await connection.execute(query)).scalar_one())
    return Offer(
        active=package.active,
        starts_at=package.starts_at,
        ends_at=package.ends_at,
        stock_left=package.stock_left,
        per_user_max=package.per_user_max,
        owned=owned,
    )


async def locked_promo(connection: AsyncConnection, code: str, user_id: int) -> tuple[Promo, int] | None:
    """(the code as the rules look at it, cents off), its row locked; None when there is no such code."""
    query = select(*PromoCode.__table__.columns).where(PromoCode.code == code)
    row = (await connection.execute(query.with_for_update(key_share=True))).one_or_none()
    if row is None:
        return None
    used = select(func.count()).where(
        PromoUsage.code == code, PromoUsage.user_id == user_id, PromoUsage.state != "returned"
    )
    promo = Promo(
        active=row.active,
        package_code=row.package_code,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        max_uses=row.max_uses,
        used_count=row.used_count,
        per_user_max=row.per_user_max,
        used_by_user=int((await connection.execute(used)).scalar_one()),
    )
    return promo, row.discount_cents


async def take_piece(connection: AsyncConnection, package_code: str) -> None:
    """One piece less. The check of the table refuses the one below none."""
    taken = update(LimitedPackage).where(LimitedPackage.code == package_code)
    await connection.execute(taken.values(stock_left=LimitedPackage.stock_left - 1))


async def take_promo_use(connection: AsyncConnection, code: str) -> None:
    """One use more. The check of the table refuses the one above the most."""
    taken = update(PromoCode).where(PromoCode.code == code)
    await connection.execute(taken.values(used_count=PromoCode.used_count + 1))


async def bind(connection: AsyncConnection, purchase: AnyRow, *, hold_seconds: float) -> None:
    """Binds what was taken to the purchase it was taken for."""
    bound = {"transaction_id": purchase.id, "user_id": purchase.user_id, "state": "held"}
    expires_at = func.clock_timestamp() + timedelta(seconds=hold_seconds)
    await connection.execute(
        insert(LimitedHold).values(package_code=purchase.package_code, expires_at=expires_at, **bound)
    )
    if purchase.promo_code is not None:
        await connection.execute(insert(PromoUsage).values(code=purchase.promo_code, **bound))


async def mark_sold(connection: AsyncConnection, transaction_id: int) -> None:
    """The purchase succeeded: what it held is sold and used."""
    sold = update(LimitedHold).where(
        LimitedHold.transaction_id == transaction_id, LimitedHold.state == "held"
    )
    await connection.execute(sold.values(state="sold", ended_at=func.now()))
    used = update(PromoUsage).where(PromoUsage.transaction_id == transaction_id, PromoUsage.state == "held")
    await connection.execute(used.values(state="used"))


async def give_back(connection: AsyncConnection, purchase: AnyRow) -> None:
    """The purchase failed: its piece and its use of a code are free again, once."""
    hold = update(LimitedHold).where(LimitedHold.transaction_id == purchase.id, LimitedHold.state == "held")
    returned = await connection.execute(hold.values(state="returned", ended_at=func.now()))
    if returned.rowcount:
        piece = update(LimitedPackage).where(LimitedPackage.code == purchase.package_code)
        await connection.execute(piece.values(stock_left=LimitedPackage.stock_left + 1))
    use = update(PromoUsage).where(PromoUsage.transaction_id == purchase.id, PromoUsage.state == "held")
    if (await connection.execute(use.values(state="returned"))).rowcount:
        promo = update(PromoCode).where(PromoCode.code == purchase.promo_code)
        await connection.execute(promo.values(used_count=PromoCode.used_count - 1))


async def expired_holds(connection: AsyncConnection, transaction_ids: list[int], at: datetime) -> set[int]:
    """Those of the purchases whose hold has lasted long enough."""
    query = select(LimitedHold.transaction_id).where(
        LimitedHold.transaction_id.in_(transaction_ids),
        LimitedHold.state == "held",
        LimitedHold.expires_at <= at,
    )
    return set((await connection.execute(query)).scalars())


async def stock_faults(connection: AsyncConnection) -> tuple[int, int]:
    """(packages whose pieces do not add up to their total, holds whose purchase has ended otherwise)."""
    kept = (
        select(LimitedHold.package_code, func.count().label("pieces"))
        .where(LimitedHold.state != "returned")
        .group_by(LimitedHold.package_code)
        .subquery()
    )
    pieces = LimitedPackage.stock_left + func.coalesce(kept.c.pieces, 0)
    astray = (
        select(func.count())
        .select_from(LimitedPackage)
        .outerjoin(kept, kept.c.package_code == LimitedPackage.code)
        .where(pieces != LimitedPackage.stock_total)
    )
    return int((await connection.execute(astray)).scalar_one()), await _orphans(connection)


async def _orphans(connection: AsyncConnection) -> int:
    expected = {"pending": "held", "success": "sold", "failed": "returned"}
    fits = or_(
        *(
            (ShopTransaction.status == status) & (LimitedHold.state == state)
            for status, state in expected.items()
        )
    )
    query = (
        select(func.count())
        .select_from(LimitedHold)
        .join(ShopTransaction, ShopTransaction.id == LimitedHold.transaction_id)
        .where(~fits)
    )
    return int((await connection.execute(query)).scalar_one())


async def package(connection: AsyncConnection, code: str) -> AnyRow | None:
    """The package as it is, unlocked; None when there is no such one."""
    query = select(*_PACKAGE).where(LimitedPackage.code == code)
    return (await connection.execute(query)).one_or_none()


async def pieces_left(connection: AsyncConnection) -> dict[str, int]:
    """Pieces neither sold nor held, of each package on sale."""
    query = select(LimitedPackage.code, LimitedPackage.stock_left).where(LimitedPackage.active)
    return {row.code: row.stock_left for row in await connection.execute(query)}
