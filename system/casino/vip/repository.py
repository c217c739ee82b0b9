"""Every query on the tables of VIP."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Row, Select, bindparam, column, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.exports import own_rows
from casino.vip.models import VipClaim, VipPoints

AnyRow = Row[Any]


def vip_of(user_id: Any) -> Select[Any]:
    """One row: the user's `credit` (null before any), the `day` and `claimed_at` of their last gift."""
    credit = select(VipPoints.credit).where(VipPoints.user_id == user_id).scalar_subquery()
    last = (
        select(VipClaim.day, VipClaim.created_at)
        .where(VipClaim.user_id == user_id)
        .order_by(VipClaim.day.desc())
        .limit(1)
        .subquery("last")
    )
    one = select(literal(1).label("one")).subquery("one")
    query = select(credit.label("credit"), last.c.day, last.c.created_at.label("claimed_at"))
    return query.select_from(one.outerjoin(last, literal(True)))


async def credit_of(connection: AsyncConnection, user_id: int) -> int:
    """Hundredths of points; 0 before any."""
    return (await connection.scalar(select(VipPoints.credit).where(VipPoints.user_id == user_id))) or 0


async def add_credit(connection: AsyncConnection, gained: Mapping[int, int]) -> dict[int, int]:
    """Adds to each user, in order; what each has now."""
    if not gained:
        return {}
    arrays = dict(zip(_GAINED, map(list, zip(*sorted(gained.items()), strict=True)), strict=True))
    return {row.user_id: row.credit for row in await connection.execute(_ADD, arrays)}


_GAINED = ("gained_user_id", "gained_credit")


def _add() -> Any:
    arrays = [bindparam(name, type_=ARRAY(BigInteger)) for name in _GAINED]
    typed = [column(name, BigInteger) for name in _GAINED]
    row = func.unnest(*arrays).table_valued(*typed, name="gained").render_derived()
    added = upsert(VipPoints).from_select(["user_id", "credit"], select(*row.c))
    summed = {"credit": VipPoints.credit + added.excluded.credit}
    moved = added.on_conflict_do_update(index_elements=["user_id"], set_=summed)
    return moved.returning(VipPoints.user_id, VipPoints.credit)


_ADD = _add()


async def add_claim(connection: AsyncConnection, **claim: Any) -> bool:
    """Takes the user's day; False when it was taken. Waits for whoever is taking it now."""
    new = upsert(VipClaim).values(**claim).on_conflict_do_nothing().returning(VipClaim.day)
    return (await connection.execute(new)).first() is not None


async def finish_claim(connection: AsyncConnection, user_id: int, day: date, balance: int) -> None:
    """Keeps what the gift led to."""
    mine = update(VipClaim).where(VipClaim.user_id == user_id, VipClaim.day == day)
    await connection.execute(mine.values(balance_after=balance))


async def claim_since(connection: AsyncConnection, user_id: int, day: date) -> AnyRow | None:
    """The user's last gift, if it is of `day` or later."""
    query = select(*VipClaim.__table__.columns).where(VipClaim.user_id == user_id, VipClaim.day >= day)
    return (await connection.execute(query.order_by(VipClaim.day.desc()).limit(1))).one_or_none()


def kept_about(user_id: int) -> dict[str, Select[Any]]:
    """The user's rows of each table here, for their export."""
    return {
        "vip_points": own_rows(VipPoints, user_id, newest="created_at"),
        "vip_gifts": own_rows(VipClaim, user_id, newest="day"),
    }
