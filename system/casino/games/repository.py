"""Every other query on the games' tables: seeds, statistics, rounds, sittings, stock."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    SQLColumnExpression,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from casino.games.models import (
    CrashRound,
    FairnessSeed,
    GachaProgress,
    GachaStock,
    GameConfig,
    GameRound,
    GameSession,
    UserGameStats,
    WinBonus,
    is_running,
)
from casino.wallet.service import ledger_table, wallet_table

AnyRow = Row[*tuple[Any, ...]]


async def current_seed(connection: AsyncConnection, user_id: int) -> AnyRow | None:
    """(seed_id, server_seed, client_seed, nonce) that the user draws from; None before a first seed."""
    query = (
        select(
            FairnessSeed.id.label("seed_id"),
            FairnessSeed.server_seed,
            FairnessSeed.client_seed,
            wallet_table.c.draw_nonce.label("nonce"),
        )
        .join(FairnessSeed, FairnessSeed.id == wallet_table.c.draw_seed_id)
        .where(wallet_table.c.user_id == user_id)
    )
    return (await connection.execute(query)).one_or_none()


async def add_seed(connection: AsyncConnection, user_id: int, server_seed: bytes, client_seed: str) -> int:
    """Stores a new seed; returns its id."""
    row = insert(FairnessSeed).values(user_id=user_id, server_seed=server_seed, client_seed=client_seed)
    return int((await connection.execute(row.returning(FairnessSeed.id))).scalar_one())


async def retire_seed(connection: AsyncConnection, seed_id: int, nonces_used: int) -> None:
    """From now on the seed may be shown."""
    retired = update(FairnessSeed).where(FairnessSeed.id == seed_id)
    await connection.execute(retired.values(nonces_used=nonces_used, revealed_at=func.now()))


async def seed_by_id(connection: AsyncConnection, seed_id: int) -> AnyRow:
    """The whole row of a seed."""
    return (
        await connection.execute(select(*FairnessSeed.__table__.columns).where(FairnessSeed.id == seed_id))
    ).one()


async def round_by_id(connection: AsyncConnection, user_id: int, round_id: UUID) -> AnyRow | None:
    """One of the user's own rounds."""
    query = select(*GameRound.__table__.columns).where(GameRound.id == round_id, GameRound.user_id == user_id)
    return (await connection.execute(query)).one_or_none()


async def transfers_of(connection: AsyncConnection, user_id: int, reference: str) -> list[AnyRow]:
    """The user's transfers of one round, in order."""
    kinds = ("game_round", "crash_bet", "crash_end")
    query = select(ledger_table).where(
        ledger_table.c.user_id == user_id,
        ledger_table.c.kind.in_(kinds),
        ledger_table.c.reference == reference,
    )
    return list(await connection.execute(query.order_by(ledger_table.c.seq)))


async def stats_of(connection: AsyncConnection, user_id: int) -> list[AnyRow]:
    """The user's totals, one row a game that was played."""
    query = select(*UserGameStats.__table__.columns).where(UserGameStats.user_id == user_id)
    return list(await connection.execute(query.order_by(UserGameStats.game_type)))


def stats_section(user_id: Any) -> ScalarSelect[Any]:
    """The user's totals, one JSON object a game that was played, as one JSON array."""
    names = ("game_type", "plays", "wins", "losses", "total_bet", "total_gold_won", "highest_multiplier")
    table = UserGameStats.__table__
    pairs = [part for name in names for part in (literal(name), table.c[name])]
    rows = aggregate_order_by(func.jsonb_build_object(*pairs), table.c.game_type)
    none = func.jsonb_build_array()
    own = select(func.coalesce(func.jsonb_agg(rows), none, type_=JSONB)).where(table.c.user_id == user_id)
    return own.scalar_subquery()


async def history(
    connection: AsyncConnection,
    user_id: int,
    *,
    game_type: str | None,
    since: datetime | None,
    before_seq: int | None,
    limit: int,
    offset: int = 0,
) -> list[AnyRow]:
    """The user's rounds, newest first; `before_seq` is the transfer number of the last one seen."""
    query = select(*GameRound.__table__.columns).where(*_of_history(user_id, game_type, since))
    if before_seq is not None:
        query = query.where(GameRound.transfer_seq < before_seq)
    newest = query.order_by(GameRound.transfer_seq.desc()).limit(limit).offset(offset)
    return list(await connection.execute(newest))


async def count_history(
    connection: AsyncConnection, user_id: int, *, game_type: str | None, since: datetime | None
) -> int:
    """How many rounds `history` goes through in all; without `since` it is what the running totals say."""
    if since is not None:
        counted = select(func.count()).where(*_of_history(user_id, game_type, since))
        return int(await connection.scalar(counted) or 0)
    plays = select(func.coalesce(func.sum(UserGameStats.plays), 0)).where(UserGameStats.user_id == user_id)
    if game_type is not None:
        plays = plays.where(UserGameStats.game_type == game_type)
    return int(await connection.scalar(plays) or 0)


def _of_history(user_id: int, game_type: str | None, since: datetime | None) -> list[ColumnElement[bool]]:
    wanted = [GameRound.user_id == user_id]
    if game_type is not None:
        wanted.append(GameRound.game_type == game_type)
    if since is not None:
        wanted.append(GameRound.created_at >= since)
    return wanted


async def newest_rounds(connection: AsyncConnection, *, limit: int) -> list[AnyRow]:
    """The newest rounds of all players; ids grow with time."""
    query = select(*GameRound.__table__.columns).order_by(GameRound.id.desc()).limit(limit)
    return list(await connection.execute(query))


async def running_crash(connection: AsyncConnection, user_id: int) -> AnyRow | None:
    """The user's round of crash that has not ended; None without one."""
    query = select(*CrashRound.__table__.columns).where(CrashRound.user_id == user_id, is_running())
    return (await connection.execute(query)).one_or_none()


async def overdue_crash_rounds(connection: AsyncConnection, *, by: timedelta) -> int:
    """How many rounds of crash still run although their end is so long ago."""
    query = select(func.count()).where(is_running(), CrashRound.due_at < func.clock_timestamp() - by)
    return int(await connection.scalar(query) or 0)


async def crash_rounds(
    connection: AsyncConnection, user_id: int, *, before_seq: int | None, limit: int
) -> list[AnyRow]:
    """The user's rounds of crash, newest first, with the hash of the seed each was drawn from."""
    query = (
        select(*CrashRound.__table__.columns, FairnessSeed.server_seed)
        .join(FairnessSeed, FairnessSeed.id == CrashRound.seed_id)
        .where(CrashRound.user_id == user_id)
    )
    if before_seq is not None:
        query = query.where(CrashRound.bet_seq < before_seq)
    return list(await connection.execute(query.order_by(CrashRound.bet_seq.desc()).limit(limit)))


async def audited_crash_rounds(
    connection: AsyncConnection, *, user_id: int | None, status: str | None, limit: int
) -> list[AnyRow]:
    """Rounds of crash of all players, newest first, each with its seed."""
    query = select(*CrashRound.__table__.columns, FairnessSeed.server_seed).join(
        FairnessSeed, FairnessSeed.id == CrashRound.seed_id
    )
    if user_id is not None:
        query = query.where(CrashRound.user_id == user_id)
    if status is not None:
        query = query.where(CrashRound.status == status)
    return list(await connection.execute(query.order_by(CrashRound.started_at.desc()).limit(limit)))


async def gacha_progress(connection: AsyncConnection, user_id: int) -> AnyRow | None:
    """Where the user stands at the gacha, and the database's day; None before the first pull."""
    query = select(*GachaProgress.__table__.columns, func.current_date().label("today"))
    return (await connection.execute(query.where(GachaProgress.user_id == user_id))).one_or_none()


async def gacha_stock(connection: AsyncConnection) -> dict[str, int]:
    """What is left of each rarity that runs out."""
    rows = await connection.execute(select(GachaStock.rarity, GachaStock.stock_left))
    return {row.rarity: row.stock_left for row in rows}


async def restock(connection: AsyncConnection, stock: Mapping[str, int]) -> None:
    """Fills up what was last filled up before today (UTC)."""
    for rarity, full in sorted(stock.items()):
        old = update(GachaStock).where(
            GachaStock.rarity == rarity, GachaStock.restocked_on < func.current_date()
        )
        await connection.execute(old.values(stock_left=full, restocked_on=func.current_date()))


async def win_bonuses(connection: AsyncConnection) -> list[AnyRow]:
    """The bonuses that have not ended."""
    query = select(WinBonus.starts_at, WinBonus.ends_at, WinBonus.flat_gold)
    return list(await connection.execute(query.where(WinBonus.ends_at > func.now())))


async def set_win_bonus(
    connection: AsyncConnection, source: str, flat_gold: int, starts_at: datetime, ends_at: datetime
) -> None:
    """Adds the bonus of a source, or changes it."""
    values = {"flat_gold": flat_gold, "starts_at": starts_at, "ends_at": ends_at}
    row = upsert(WinBonus).values(source=source, **values)
    await connection.execute(row.on_conflict_do_update(index_elements=["source"], set_=values))


async def end_win_bonus(connection: AsyncConnection, source: str) -> None:
    """Forgets the bonus of a source."""
    await connection.execute(delete(WinBonus).where(WinBonus.source == source))


async def configs_in_force(connection: AsyncConnection) -> list[AnyRow]:
    """The newest decision about each game whose moment has come; none for a game nobody decided about."""
    query = select(*GameConfig.__table__.columns).where(GameConfig.effective_from <= func.now())
    return list(await connection.execute(query.where(~_overtaken(func.now()))))


async def configs_to_come(connection: AsyncConnection) -> list[AnyRow]:
    """Decisions whose moment has not come, by moment; one older than what holds counts for nothing any more."""
    query = select(*GameConfig.__table__.columns).where(GameConfig.effective_from > func.now())
    waiting = query.where(~_overtaken(GameConfig.effective_from))
    return list(await connection.execute(waiting.order_by(GameConfig.effective_from, GameConfig.id)))


def _overtaken(moment: SQLColumnExpression[datetime]) -> ColumnElement[bool]:
    """Whether a newer decision about the same game has begun by then."""
    newer = aliased(GameConfig)
    return exists().where(
        newer.game_type == GameConfig.game_type, newer.id > GameConfig.id, newer.effective_from <= moment
    )


async def add_config(connection: AsyncConnection, values: Mapping[str, Any]) -> AnyRow:
    """Stores a decision; its row. Without `effective_from` it begins now."""
    row = insert(GameConfig).values({"effective_from": func.now()} | dict(values))
    return (await connection.execute(row.returning(*GameConfig.__table__.columns))).one()


async def recalculate_stats(connection: AsyncConnection, user_id: int) -> None:
    """Replaces the user's totals by what the rounds add up to."""
    rounds = GameRound
    won = func.count().filter(rounds.win_amount > rounds.bet_amount)
    lost = func.count().filter(rounds.win_amount < rounds.bet_amount)
    counted = {
        "user_id": rounds.user_id,
        "game_type": rounds.game_type,
        "plays": func.count(),
        "wins": won,
        "losses": lost,
        "total_bet": func.sum(rounds.bet_amount),
        "total_gold_won": func.sum(rounds.win_amount),
        "highest_multiplier": func.max(rounds.multiplier),
    }
    await connection.execute(delete(UserGameStats).where(UserGameStats.user_id == user_id))
    again = (
        select(*counted.values()).where(rounds.user_id == user_id).group_by(rounds.user_id, rounds.game_type)
    )
    await connection.execute(insert(UserGameStats).from_select(list(counted), again))


async def start_session(
    connection: AsyncConnection, session_id: UUID, user_id: int, game_type: str
) -> AnyRow:
    """Begins a sitting; its row."""
    row = insert(GameSession).values(id=session_id, user_id=user_id, game_type=game_type)
    return (await connection.execute(row.returning(*GameSession.__table__.columns))).one()


async def session_by_id(connection: AsyncConnection, user_id: int, session_id: UUID) -> AnyRow | None:
    """One of the user's own sittings, its row locked."""
    query = select(*GameSession.__table__.columns, func.now().label("now"))
    mine = query.where(GameSession.id == session_id, GameSession.user_id == user_id)
    return (await connection.execute(mine.with_for_update())).one_or_none()


async def rounds_between(
    connection: AsyncConnection, user_id: int, game_type: str, since: datetime, until: datetime
) -> AnyRow:
    """(rounds, total_bet, total_win) of a user's rounds of a game in a stretch of time."""
    query = select(
        func.count().label("rounds"),
        func.coalesce(func.sum(GameRound.bet_amount), 0).label("total_bet"),
        func.coalesce(func.sum(GameRound.win_amount + GameRound.bonus_gold), 0).label("total_win"),
    )
    mine = query.where(GameRound.user_id == user_id, GameRound.game_type == game_type)
    return (
        await connection.execute(mine.where(GameRound.created_at >= since, GameRound.created_at <= until))
    ).one()


async def end_session(
    connection: AsyncConnection, session_id: UUID, ended_at: datetime, result: Mapping[str, Any]
) -> None:
    """Ends a sitting with its result."""
    ended = update(GameSession).where(GameSession.id == session_id)
    await connection.execute(ended.values(ended_at=ended_at, result_data=dict(result)))
