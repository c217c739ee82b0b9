"""Settles gacha pulls: what a round is, and in the same statement the pity, the day's limit and the stock."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    Insert,
    Integer,
    Update,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from casino.games.models import GachaProgress, GachaStock
from casino.games.rules.gacha import RARITIES, STOCKED
from casino.games.settle_rounds import ROUND_COLUMNS, attach_round
from casino.kit.idempotency import unanswered
from casino.wallet.service import ColumnTypes, PreparedSettlement, Settlement

_PROGRESS: ColumnTypes = {
    "pulled_on": Date,
    "pity_before": Integer,
    "pulls_before": Integer,
    "pity_after": Integer,
}
# For each rarity that runs out: how many the row takes, how many with those before it in the batch, whether it was
# drawn in vain.
_STOCK: ColumnTypes = {
    f"{rarity.lower()}_{part}": kind
    for rarity in STOCKED
    for part, kind in (("taken", Integer), ("needed", Integer), ("short", Boolean))
}
_COUNTS: ColumnTypes = {f"{rarity.lower()}_count": Integer for rarity in RARITIES}


def _guards(asked: CTE) -> Sequence[ColumnElement[bool]]:
    today = asked.c.pulled_on == func.current_date()
    return [unanswered(asked), today, _progress_is(asked), *_stock_is(asked)]


def _progress_is(asked: CTE) -> ColumnElement[bool]:
    """The user stands where the row was drawn from. The nonce guards this read: pulls move both."""
    place = GachaProgress
    mine = place.user_id == asked.c.user_id
    pulls = case((place.pulled_on == asked.c.pulled_on, place.pulls_that_day), else_=0)
    same = exists().where(mine, place.pity == asked.c.pity_before, pulls == asked.c.pulls_before)
    first = ~exists().where(mine) & (asked.c.pity_before == 0) & (asked.c.pulls_before == 0)
    return or_(same, first)


def _stock_is(asked: CTE) -> list[ColumnElement[bool]]:
    """Enough is left of what the row takes, and nothing of what it was told is gone; the stock is locked first."""
    locked = select(GachaStock.rarity, GachaStock.stock_left).order_by(GachaStock.rarity).with_for_update()
    stock = locked.cte("stock")
    conditions: list[ColumnElement[bool]] = []
    for rarity in STOCKED:
        left = select(stock.c.stock_left).where(stock.c.rarity == rarity).scalar_subquery()
        taken, needed, short = (asked.c[f"{rarity.lower()}_{part}"] for part in ("taken", "needed", "short"))
        enough = or_(needed <= left, taken == 0)
        conditions.append(case((short, and_(taken == left, needed == taken)), else_=enough))
    return conditions


def _move_on(moved: CTE) -> Insert:
    counts = [f"{rarity.lower()}_count" for rarity in RARITIES]
    values: dict[str, Any] = {
        "user_id": moved.c.user_id,
        "pity": moved.c.pity_after,
        "pulled_on": moved.c.pulled_on,
        "pulls_that_day": moved.c.pulls_before + 1,
        **{name: moved.c[name] for name in counts},
    }
    row = insert(GachaProgress).from_select(list(values), select(*values.values()))
    new = row.excluded
    replaced: dict[str, Any] = {name: new[name] for name in ("pity", "pulled_on", "pulls_that_day")}
    added = {name: getattr(GachaProgress, name) + new[name] for name in counts}
    return row.on_conflict_do_update(index_elements=["user_id"], set_=replaced | added)


def _take(moved: CTE) -> Update:
    """One row holds what all rows take.

    A row a rarity, from a UNION ALL, would lose all but the first: where PostgreSQL waited for the stock it looks
    at the joined rows again, and of such a union it finds one branch only.
    """
    pieces = (
        func.sum(moved.c[f"{rarity.lower()}_taken"], type_=BigInteger).label(rarity) for rarity in STOCKED
    )
    taken = select(*pieces).subquery("taken")
    of_this = case({rarity: taken.c[rarity] for rarity in STOCKED}, value=GachaStock.rarity)
    return update(GachaStock).where(of_this > 0).values(stock_left=GachaStock.stock_left - of_this)


def _settlement() -> PreparedSettlement:
    settlement = Settlement(ROUND_COLUMNS | _PROGRESS | _STOCK | _COUNTS, guards=_guards)
    attach_round(settlement)
    settlement.attach(_move_on(settlement.moved), "progress")
    settlement.attach(_take(settlement.moved), "stock_taken")
    return settlement.prepare()


SETTLE_PULLS = _settlement()
