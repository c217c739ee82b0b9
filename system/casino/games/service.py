"""What can be asked of the games besides playing: their odds, a player's statistics and history, proofs."""

from datetime import datetime
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any
from uuid import UUID

from sqlalchemy import Select, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.games import repository
from casino.games.errors import RoundNotFound, SeedNotRevealed
from casino.games.models import GameRound
from casino.games.play import DEFAULT_CLIENT_SEED, Answer, Bet, Table, ensure_seed
from casino.games.rules import fairness, slot
from casino.games.schemas import (
    Game,
    GameStats,
    GameType,
    Odds,
    PayLine,
    RevealedSeed,
    Rotation,
    Round,
    SeedInUse,
    UserStats,
    Verification,
)
from casino.kit.http.wire import Page, write_cursor
from casino.wallet.service import start_draws_from

__all__ = [
    "Answer",
    "Bet",
    "Table",
    "ensure_seed",
    "games_on_offer",
    "history_page",
    "house_results",
    "rotate_seed",
    "seed_in_use",
    "stats_of",
    "verify_round",
]


@cache
def games_on_offer() -> list[Game]:
    """Every game with its limits, its exact return and its odds, computed once from the tables it is drawn from."""
    config = slot.SLOT
    lines = [PayLine(symbols=list(symbols), multiplier=pay) for symbols, pay in config.pay_table()]
    combinations = list(product(*config.strips))
    hits = Fraction(sum(config.multiplier(line) > 0 for line in combinations), len(combinations))
    exact = config.exact_return()
    odds = Odds(
        strips=[list(strip) for strip in config.strips],
        pay_table=lines,
        rtp_exact=f"{exact.numerator}/{exact.denominator}",
        hit_rate=float(hits),
    )
    return [
        Game(
            game_type="slot",
            title="Neon Orchard",
            min_bet=slot.BET_MIN,
            max_bet=slot.BET_MAX,
            rtp=float(exact),
            enabled=True,
            config_version=config.version,
            odds=odds,
        )
    ]


async def stats_of(connection: AsyncConnection, user_id: int) -> UserStats:
    """The user's totals; zeros before the first round."""
    games = [GameStats.model_validate(row) for row in await repository.stats_of(connection, user_id)]
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
) -> Page[Round]:
    """The user's rounds, newest first."""
    rows = await repository.history(
        connection, user_id, game_type=game_type, since=since, before_seq=before_seq, limit=limit + 1
    )
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(
        items=[_round(row) for row in rows], next_cursor=write_cursor(rows[-1].transfer_seq) if more else None
    )


def _round(row: Any) -> Round:
    return Round(
        round_id=row.id,
        game_type=row.game_type,
        bet_amount=row.bet_amount,
        win_amount=row.win_amount,
        delta=row.win_amount - row.bet_amount,
        multiplier=float(row.multiplier),
        created_at=row.created_at,
        result_meta=row.result_data | {"nonce": row.nonce, "client_seed": row.client_seed},
    )


async def seed_in_use(connection: AsyncConnection, user_id: int) -> SeedInUse:
    """What the user's next rounds are drawn from; commits them to a first seed if they have none."""
    seed_id, nonce = await ensure_seed(connection, user_id)
    seed = await repository.seed_by_id(connection, seed_id)
    return _shown(seed.server_seed, seed.client_seed, nonce)


def _shown(server_seed: bytes, client_seed: str, nonce: int) -> SeedInUse:
    hash_ = fairness.commitment(bytes(server_seed))
    return SeedInUse(server_seed_hash=hash_, client_seed=client_seed, nonce=nonce)


async def rotate_seed(connection: AsyncConnection, user_id: int, client_seed: str | None) -> Rotation:
    """Retires the seed in use, reveals it, and commits to a new one. The wallet stays locked until the end."""
    seed_id, nonce = await ensure_seed(connection, user_id)
    old = await repository.seed_by_id(connection, seed_id)
    await repository.retire_seed(connection, seed_id, nonce)
    new_seed = fairness.new_server_seed()
    new_client_seed = client_seed or old.client_seed or DEFAULT_CLIENT_SEED
    new_id = await repository.add_seed(connection, user_id, new_seed, new_client_seed)
    await start_draws_from(connection, user_id, new_id)
    revealed = RevealedSeed(
        server_seed=bytes(old.server_seed).hex(),
        server_seed_hash=fairness.commitment(bytes(old.server_seed)),
        client_seed=old.client_seed,
        nonces_used=nonce,
    )
    return Rotation(revealed=revealed, next=_shown(new_seed, new_client_seed, 0))


async def verify_round(connection: AsyncConnection, user_id: int, round_id: UUID) -> Verification:
    """Draws a past round again. RoundNotFound for another's; SeedNotRevealed while its seed is in use."""
    row = await repository.round_by_id(connection, user_id, round_id)
    if row is None:
        raise RoundNotFound(f"You have no round {round_id}.")
    seed = await repository.seed_by_id(connection, row.seed_id)
    if seed.revealed_at is None:
        raise SeedNotRevealed("The seed of this round is still in use; rotate it, then verify.")
    server_seed = bytes(seed.server_seed)
    again = slot.spin(slot.SLOT, fairness.words(server_seed, row.client_seed, row.nonce))
    settled = (row.result_data["stops"], row.result_data["symbols"], int(row.multiplier))
    drawn = (list(again.stops), list(again.symbols), again.multiplier)
    pays = row.win_amount == row.bet_amount * again.multiplier
    return Verification(
        valid=settled == drawn and pays,
        round_id=row.id,
        server_seed=server_seed.hex(),
        server_seed_hash=fairness.commitment(server_seed),
        client_seed=row.client_seed,
        nonce=row.nonce,
        stops=drawn[0],
        symbols=drawn[1],
        multiplier=again.multiplier,
        settled_at=row.created_at,
    )


def house_results() -> Select[str, int, int, int]:
    """One row for each settled round: (counter_account, user_id, transfer_seq, amount), the transfer it should have.

    Counted from the rounds alone, so that the auditor can hold the ledger against it.
    """
    return select(
        literal("house:").op("||")(GameRound.game_type).label("counter_account"),
        GameRound.user_id,
        GameRound.transfer_seq,
        (GameRound.win_amount - GameRound.bet_amount).label("amount"),
    )
