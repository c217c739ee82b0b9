"""What can be asked of the games besides playing: a player's statistics and history, and what the auditor asks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, Select, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.games import repository
from casino.games.configs import OWN_LIMITS, Decision, GameConfigs, Limits, Standing, decide, standings
from casino.games.deal_crash import CrashBetDealer
from casino.games.deal_gacha import GachaDealer
from casino.games.deal_instant import RpsDealer, SlotDealer
from casino.games.dealing import GAMES, Bet, Dealer
from casino.games.end_crash import CashOut, CrashEnds
from casino.games.models import CrashRound, GameRound
from casino.games.play import Table, ensure_seed
from casino.games.refusals import Answer
from casino.games.schemas import GameStats, GameType, History, Round, UserStats
from casino.games.server_clock import ServerClock
from casino.games.win_bonuses import WinBonuses
from casino.kit.database import Database
from casino.kit.http.wire import write_cursor
from casino.kit.settings import Settings
from casino.wallet.service import draw_state

__all__ = [
    "GAMES",
    "OWN_LIMITS",
    "Answer",
    "Bet",
    "CashOut",
    "CrashEnds",
    "Decision",
    "GameConfigs",
    "Limits",
    "ServerClock",
    "Standing",
    "Table",
    "UserStats",
    "WinBonuses",
    "decide",
    "end_win_bonus",
    "ensure_seed",
    "game_stats_of",
    "history_page",
    "house_results",
    "open_table",
    "recalculate_stats",
    "set_win_bonus",
    "standings",
    "stats_from",
    "stats_of",
    "stats_section",
]


def open_table(
    settings: Settings, database: Database, *, clock: ServerClock, bonuses: WinBonuses, configs: GameConfigs
) -> Table:
    """The table of one process, with every game on it."""
    dealers: list[Dealer] = [
        SlotDealer(bonuses.gold),
        RpsDealer(bonuses.gold, forced=settings.casino_rps_deterministic or None),
        GachaDealer(bonuses.gold),
        CrashBetDealer(clock),
    ]
    return Table(
        database,
        dealers,
        admit=configs.admit,
        rows_max=settings.spin_batch_rows_max,
        lanes=settings.spin_batch_lanes,
        coalesce=settings.spin_coalescing,
    )


async def stats_of(connection: AsyncConnection, user_id: int) -> UserStats:
    """The user's totals; zeros before the first round."""
    return stats_from(user_id, await repository.stats_of(connection, user_id))


def stats_section(user_id: Any) -> ScalarSelect[Any]:
    """What `stats_from` adds up, as one JSON value for another room's statement to join."""
    return repository.stats_section(user_id)


def stats_from(user_id: int, rows: Sequence[Any]) -> UserStats:
    """The totals over the games of these rows."""
    games = [GameStats.model_validate(row) for row in rows]
    totals: dict[str, Any] = {
        name: sum(getattr(game, name) for game in games)
        for name in ("plays", "wins", "losses", "total_bet", "total_gold_won")
    }
    best = max((game.highest_multiplier for game in games), default=0.0)
    return UserStats(user_id=user_id, **totals, highest_multiplier=best, games=games)


async def game_stats_of(connection: AsyncConnection, user_id: int, game_type: GameType) -> GameStats:
    """The user's totals in one game; zeros before the first round."""
    for row in await repository.stats_of(connection, user_id):
        if row.game_type == game_type:
            return GameStats.model_validate(row)
    none = dict.fromkeys(("plays", "wins", "losses", "total_bet", "total_gold_won", "highest_multiplier"), 0)
    return GameStats(game_type=game_type, **none)


async def history_page(
    connection: AsyncConnection,
    user_id: int,
    *,
    game_type: str | None,
    since: datetime | None,
    before_seq: int | None,
    limit: int,
    offset: int = 0,
) -> History:
    """The user's rounds, newest first, and how many there are in all."""
    rows = await repository.history(
        connection,
        user_id,
        game_type=game_type,
        since=since,
        before_seq=before_seq,
        limit=limit + 1,
        offset=offset,
    )
    more, rows = len(rows) > limit, rows[:limit]
    return History(
        items=[_round(row) for row in rows],
        next_cursor=write_cursor(rows[-1].transfer_seq) if more else None,
        total=await repository.count_history(connection, user_id, game_type=game_type, since=since),
    )


def _round(row: Any) -> Round:
    return Round(
        round_id=row.id,
        game_type=row.game_type,
        bet_amount=row.bet_amount,
        win_amount=row.win_amount,
        delta=row.win_amount + row.bonus_gold - row.bet_amount,
        multiplier=float(row.multiplier),
        bonus_gold=row.bonus_gold,
        created_at=row.created_at,
        result_meta=row.result_data
        | {"config_version": row.config_version, "nonce": row.nonce, "client_seed": row.client_seed},
    )


async def recalculate_stats(connection: AsyncConnection, user_id: int) -> UserStats:
    """The user's totals counted again from the rounds, and written over the running ones; the wallet is locked."""
    await draw_state(connection, user_id, lock=True)
    await repository.recalculate_stats(connection, user_id)
    return await stats_of(connection, user_id)


async def set_win_bonus(
    connection: AsyncConnection, *, source: str, flat_gold: int, starts_at: datetime, ends_at: datetime
) -> None:
    """Every win brings `flat_gold` on top from `starts_at` until `ends_at`; a known `source` is changed."""
    await repository.set_win_bonus(connection, source, flat_gold, starts_at, ends_at)


async def end_win_bonus(connection: AsyncConnection, source: str) -> None:
    """The bonus of this source is no more; rounds already settled keep theirs."""
    await repository.end_win_bonus(connection, source)


def house_results() -> Select[str, int, int, int]:
    """One row for each transfer that play should have made: (counter_account, user_id, transfer_seq, amount).

    Counted from the rounds alone, so that the auditor can hold the ledger against it. A round of crash has two: its
    stake, and its end.
    """
    crash = literal("house:crash")
    whole = select(
        literal("house:").op("||")(GameRound.game_type).label("counter_account"),
        GameRound.user_id,
        GameRound.transfer_seq,
        (GameRound.win_amount + GameRound.bonus_gold - GameRound.bet_amount).label("amount"),
    ).where(GameRound.game_type != "crash")
    stakes = select(crash, CrashRound.user_id, CrashRound.bet_seq, -CrashRound.bet_amount)
    ends = select(
        crash, CrashRound.user_id, CrashRound.end_seq, CrashRound.win_amount + CrashRound.bonus_gold
    ).where(CrashRound.end_seq.is_not(None))
    results = union_all(whole, stakes, ends).subquery("results")
    return select(results.c.counter_account, results.c.user_id, results.c.transfer_seq, results.c.amount)
