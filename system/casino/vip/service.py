"""What can be asked of VIP: where somebody stands, and the gift of the day."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ScalarSelect
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.days import Calendar
from casino.kit.exports import exported
from casino.kit.metrics import counter
from casino.kit.sections import rows_section
from casino.kit.telemetry import pseudonym
from casino.rewards.service import Grant, grant
from casino.vip import repository, rules
from casino.vip.schemas import VipGift, VipRow, VipStatus

__all__ = ["VipStatus", "claim_gift", "everything_of", "status_of", "vip_from", "vip_section"]

log = structlog.get_logger(__name__)


async def status_of(
    connection: AsyncConnection, user_id: int, *, now: datetime, calendar: Calendar
) -> VipStatus:
    """Where the user stands at `now`."""
    row = (await connection.execute(repository.vip_of(user_id))).one()
    return status(row._mapping, now=now, calendar=calendar)


def vip_section(user_id: Any) -> ScalarSelect[Any]:
    """What `vip_from` reads, as one JSON value for another room's statement."""
    return rows_section(repository.vip_of(user_id))


def vip_from(rows: Sequence[Mapping[str, Any]], *, now: datetime, calendar: Calendar) -> VipStatus:
    """The standing in a `vip_section`."""
    return status(rows[0], now=now, calendar=calendar)


def status(row: Mapping[str, Any], *, now: datetime, calendar: Calendar) -> VipStatus:
    """The standing in a row of `vip_of`."""
    known = VipRow.model_validate(row)
    points = rules.points_of(known.credit or 0)
    tier, following = rules.tier_of(points), rules.next_tier(points)
    today = calendar.day_of(now)
    claimed_day = known.day if known.day is not None and known.day >= today else None
    return VipStatus(
        vip_points=points,
        tier=tier.name,
        daily_gold=tier.daily_gold,
        next_tier=following.name if following else None,
        next_tier_points=following.points if following else None,
        claimed_today=claimed_day is not None,
        last_claim_at=known.claimed_at,
        next_claim_at=calendar.start_of(claimed_day + timedelta(days=1) if claimed_day else today),
    )


async def claim_gift(
    connection: AsyncConnection, user_id: int, *, today: date, client_key: str | None = None
) -> VipGift:
    """Gives the day's gift once; asked again that day, or by a clock that went back, the same answer."""
    before = await repository.claim_since(connection, user_id, today)
    if before is not None:
        return _again(before)
    points = rules.points_of(await repository.credit_of(connection, user_id))
    tier = rules.tier_of(points)
    claim = {"gold": tier.daily_gold, "exp": tier.daily_exp, "points": points}
    if not await repository.add_claim(connection, user_id=user_id, day=today, **claim):
        raced = await repository.claim_since(connection, user_id, today)
        assert raced is not None, "who took the day has committed"
        return _again(raced)
    wanted = Grant(
        user_id, "vip", str(today), gold=tier.daily_gold, exp=tier.daily_exp, client_key=client_key
    )
    given = await grant(connection, wanted)
    await repository.finish_claim(connection, user_id, today, given.balance)
    log.info("vip_claimed", user=pseudonym(user_id), tier=tier.name, gold=given.gold)
    row = await repository.claim_since(connection, user_id, today)
    assert row is not None, "it was taken just now"
    return _gift(row)


def _again(row: repository.AnyRow) -> VipGift:
    counter("claims_replayed_total").labels("vip").inc()
    return _gift(row)


def _gift(row: repository.AnyRow) -> VipGift:
    return VipGift(
        day=row.day,
        tier=rules.tier_of(row.points).name,
        vip_points=row.points,
        awarded_gold=row.gold,
        awarded_xp=row.exp,
        new_gold_balance=row.balance_after,
        claimed_at=row.created_at,
    )


async def everything_of(connection: AsyncConnection, user_id: int, *, rows_max: int) -> dict[str, Any]:
    """What is kept about a user here, for their export."""
    return await exported(connection, repository.kept_about(user_id), rows_max=rows_max)
