"""Every query and lock on the tables of the battle pass."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Row, Select, bindparam, column, exists, func, insert, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.battlepass.models import PassClaim, PassProgress, PremiumPass, Season, SeasonLevel
from casino.battlepass.rules import Season as Counting
from casino.kit.exports import own_rows

AnyRow = Row[Any]


def pass_of(user_id: Any, moment: Any) -> Select[Any]:
    """The season that runs at `moment` in one row: its `levels`, the user's `xp`, `premium` and `claims`."""
    levels = (
        select(
            func.jsonb_agg(
                aggregate_order_by(
                    func.jsonb_build_array(
                        SeasonLevel.level, SeasonLevel.xp, SeasonLevel.free_gold, SeasonLevel.premium_gold
                    ),
                    SeasonLevel.level,
                )
            )
        )
        .where(SeasonLevel.season_id == Season.id)
        .scalar_subquery()
    )
    claims = (
        select(func.jsonb_agg(func.jsonb_build_array(PassClaim.level, PassClaim.track), type_=JSONB))
        .where(PassClaim.season_id == Season.id, PassClaim.user_id == user_id)
        .scalar_subquery()
    )
    xp = (
        select(PassProgress.xp)
        .where(PassProgress.season_id == Season.id, PassProgress.user_id == user_id)
        .scalar_subquery()
    )
    premium = exists().where(PremiumPass.season_id == Season.id, PremiumPass.user_id == user_id)
    return select(
        *Season.__table__.columns,
        levels.label("levels"),
        claims.label("claims"),
        xp.label("xp"),
        premium.label("premium"),
    ).where(Season.starts_at <= moment, Season.ends_at > moment)


async def counting(connection: AsyncConnection) -> list[Counting]:
    """Every season there ever was, as far as counting goes."""
    steps = func.array_agg(aggregate_order_by(SeasonLevel.xp, SeasonLevel.level))
    names = (Season.id, Season.code, Season.starts_at, Season.ends_at, Season.rate_data)
    query: Select[Any] = (
        select(*names, steps).join(SeasonLevel, SeasonLevel.season_id == Season.id).group_by(Season.id)
    )
    return [Counting(*row) for row in await connection.execute(query)]


async def add_experience(connection: AsyncConnection, gained: Mapping[tuple[int, int], int]) -> list[AnyRow]:
    """Adds to (user, season), in that order; (user_id, season_id, xp) as they are now."""
    if not gained:
        return []
    ordered = sorted((*key, xp) for key, xp in gained.items())
    arrays = dict(zip(_GAINED, map(list, zip(*ordered, strict=True)), strict=True))
    return list(await connection.execute(_ADD, arrays))


_GAINED = ("gained_user_id", "gained_season_id", "gained_xp")


def _add() -> Any:
    arrays = [bindparam(name, type_=ARRAY(BigInteger)) for name in _GAINED]
    typed = [column(name, BigInteger) for name in _GAINED]
    row = func.unnest(*arrays).table_valued(*typed, name="gained").render_derived()
    added = upsert(PassProgress).from_select(["user_id", "season_id", "xp"], select(*row.c))
    summed = {"xp": PassProgress.xp + added.excluded.xp}
    moved = added.on_conflict_do_update(index_elements=["user_id", "season_id"], set_=summed)
    return moved.returning(PassProgress.user_id, PassProgress.season_id, PassProgress.xp)


_ADD = _add()


async def lock_progress(connection: AsyncConnection, user_id: int, season_id: int) -> int:
    """The user's experience, held until the transaction ends; 0, and nothing held, before any."""
    query = select(PassProgress.xp).where(
        PassProgress.user_id == user_id, PassProgress.season_id == season_id
    )
    return (await connection.scalar(query.with_for_update())) or 0


async def claims(connection: AsyncConnection, user_id: int, season_id: int, level: int) -> set[str]:
    """Tracks on which the user took this level's reward."""
    query = select(PassClaim.track).where(
        PassClaim.user_id == user_id, PassClaim.season_id == season_id, PassClaim.level == level
    )
    return set((await connection.execute(query)).scalars())


async def add_claims(
    connection: AsyncConnection, user_id: int, season_id: int, level: int, tracks: Sequence[str]
) -> None:
    """The user took this level's reward on these tracks."""
    row = {"user_id": user_id, "season_id": season_id, "level": level}
    await connection.execute(insert(PassClaim), [row | {"track": track} for track in tracks])


async def latest_season(connection: AsyncConnection) -> AnyRow | None:
    """The newest season, running or over."""
    query = select(*Season.__table__.columns).order_by(Season.starts_at.desc()).limit(1)
    return (await connection.execute(query)).one_or_none()


async def open_season(
    connection: AsyncConnection, season: Mapping[str, Any], levels: Sequence[Mapping[str, Any]]
) -> bool:
    """Adds a season with its levels; False when one with its code or in its time is there."""
    new = upsert(Season).values(**season).on_conflict_do_nothing().returning(Season.id)
    season_id = await connection.scalar(new)
    if season_id is None:
        return False
    await connection.execute(insert(SeasonLevel), [{**level, "season_id": season_id} for level in levels])
    return True


async def levels_of(connection: AsyncConnection, season_id: int) -> list[dict[str, Any]]:
    """The levels of a season without it, to be copied."""
    level = SeasonLevel
    query = select(level.level, level.xp, level.free_gold, level.premium_gold)
    rows = await connection.execute(query.where(level.season_id == season_id).order_by(level.level))
    return [dict(row._mapping) for row in rows]


def kept_about(user_id: int) -> dict[str, Select[Any]]:
    """The user's rows of each table here, for their export."""
    return {
        "battle_passes": own_rows(PassProgress, user_id, newest="created_at"),
        "battle_pass_premiums": own_rows(PremiumPass, user_id, newest="created_at"),
        "battle_pass_claims": own_rows(PassClaim, user_id, newest="created_at"),
    }
