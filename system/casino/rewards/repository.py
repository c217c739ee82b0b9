"""Every query on the rewards' tables but the settlement that fills them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, ScalarSelect, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.rewards.models import RedeemCode, RewardTemplate, UserExperience, UserReward

AnyRow = Row[Any]
_OFFER: tuple[Any, ...] = (RedeemCode.code, RedeemCode.max_uses, RewardTemplate.gold, RewardTemplate.exp)


async def given_before(
    connection: AsyncConnection, names: Collection[tuple[int, str, str]]
) -> set[tuple[int, str, str]]:
    """Which of these (user_id, source, key) were given already."""
    name = (UserReward.user_id, UserReward.source, UserReward.source_key)
    rows = await connection.execute(select(*name).where(tuple_(*name).in_(list(names))))
    return {(user_id, source, key) for user_id, source, key in rows}


async def experience_of(connection: AsyncConnection, user_ids: Collection[int]) -> dict[int, int]:
    """Experience by user; nobody who has none."""
    query = select(UserExperience.user_id, UserExperience.exp).where(UserExperience.user_id.in_(user_ids))
    return {row.user_id: row.exp for row in await connection.execute(query)}


def experience_section(user_id: Any) -> ScalarSelect[Any]:
    """A user's experience as one value; null before any."""
    return select(UserExperience.exp).where(UserExperience.user_id == user_id).scalar_subquery()


async def rewards_page(
    connection: AsyncConnection, user_id: int, *, before_seq: int | None, limit: int
) -> list[AnyRow]:
    """The user's rewards, newest first; `before_seq` is the transfer number of the last one seen."""
    query = select(*UserReward.__table__.columns).where(UserReward.user_id == user_id)
    if before_seq is not None:
        query = query.where(UserReward.transfer_seq < before_seq)
    return list(await connection.execute(query.order_by(UserReward.transfer_seq.desc()).limit(limit)))


async def reward_by_id(connection: AsyncConnection, reward_id: UUID) -> AnyRow:
    """One reward."""
    query = select(*UserReward.__table__.columns).where(UserReward.id == reward_id)
    return (await connection.execute(query)).one()


async def template(connection: AsyncConnection, code: str) -> AnyRow | None:
    """What a template gives."""
    query = select(*RewardTemplate.__table__.columns).where(RewardTemplate.code == code)
    return (await connection.execute(query)).one_or_none()


async def open_code(connection: AsyncConnection, code: str) -> AnyRow | None:
    """(code, max_uses, gold, exp) of a code in its time."""
    query = (
        select(*_OFFER)
        .join(RewardTemplate, RewardTemplate.code == RedeemCode.template_code)
        .where(RedeemCode.code == code, RedeemCode.starts_at <= func.now())
        .where(or_(RedeemCode.expires_at.is_(None), RedeemCode.expires_at > func.now()))
    )
    return (await connection.execute(query)).one_or_none()


async def take_use(connection: AsyncConnection, code: str) -> bool:
    """Takes a use of a limited code; False when none is left."""
    taken = (
        update(RedeemCode)
        .where(RedeemCode.code == code, RedeemCode.used_count < RedeemCode.max_uses)
        .values(used_count=RedeemCode.used_count + 1)
    )
    return bool((await connection.execute(taken)).rowcount)


async def keep_content(
    connection: AsyncConnection, templates: Sequence[Mapping[str, Any]], codes: Sequence[Mapping[str, Any]]
) -> None:
    """Makes templates and codes be as given; uses that were taken stay taken."""
    row = upsert(RewardTemplate)
    changed = {name: row.excluded[name] for name in ("title_data", "gold", "exp")}
    await connection.execute(
        row.on_conflict_do_update(index_elements=["code"], set_=changed), list(templates)
    )
    code = upsert(RedeemCode)
    renewed = {name: code.excluded[name] for name in ("template_code", "max_uses", "expires_at")}
    await connection.execute(code.on_conflict_do_update(index_elements=["code"], set_=renewed), list(codes))
