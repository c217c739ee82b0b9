"""Fairness: what a player is committed to, its rotation, and drawing a past round again from its revealed seed."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.games import repository
from casino.games.errors import RoundActive, RoundNotFound, SeedNotRevealed
from casino.games.play import DEFAULT_CLIENT_SEED, ensure_seed
from casino.games.rules import fairness
from casino.games.rules.redraw import PastRound, redraw
from casino.games.schemas import RevealedSeed, Rotation, SeedInUse, Verification
from casino.wallet.service import start_draws_from


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
    running = await repository.running_crash(connection, user_id)
    if running is not None:
        raise RoundActive(
            f"Round {running.id} is drawn from this seed and still running; leave it first.",
            game_id=str(running.id),
        )
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
    past = PastRound(row.game_type, row.config_version, row.bet_amount, row.win_amount, row.result_data)
    again = redraw(past, fairness.words(server_seed, row.client_seed, row.nonce))
    return Verification(
        valid=again.matches,
        round_id=row.id,
        game_type=row.game_type,
        bet_amount=row.bet_amount,
        win_amount=row.win_amount,
        server_seed=server_seed.hex(),
        server_seed_hash=fairness.commitment(server_seed),
        client_seed=row.client_seed,
        nonce=row.nonce,
        multiplier=float(row.multiplier),
        drawn=again.drawn,
        settled_at=row.created_at,
    )
