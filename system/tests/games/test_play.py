"""Playing rounds: whole, once, in order, and the same with and without coalescing."""

import asyncio
import os
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from sqlalchemy import func, select, text

from casino.games.dealing import Bet
from casino.games.models import GameRound, UserGameStats
from casino.games.play import Table
from casino.games.proofs import rotate_seed
from casino.games.refusals import Answer
from casino.kit.database import Database
from casino.kit.errors import CasinoError, IdempotencyKeyExpired, IdempotencyKeyReused
from casino.kit.idempotency import KeyedRequest, answer_once
from casino.kit.models import IdempotencyRecord, OutboxRow
from casino.wallet.errors import InsufficientGold
from casino.wallet.models import LedgerTransfer, Wallet
from tests.factories.players import a_player
from tests.factories.tables import a_table


async def played(table: Table, bet: Bet) -> dict[str, Any] | str:
    """What a bet came to: the answer without its random ids, or the code of its refusal."""
    try:
        answer = orjson.loads((await table.play(bet)).body)
    except CasinoError as refusal:
        return refusal.code
    return {name: value for name, value in answer.items() if name != "round_id"}


class Nothing(BaseModel):
    """An answer that says nothing."""


BETS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(1, 400),
        st.sampled_from([None, "a", "b"]),
        st.sampled_from([None, "me"]),
    ),
    min_size=1,
    max_size=24,
)


@given(bets=BETS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_coalescing_changes_no_outcome(
    database: Database, bets: list[tuple[int, int, str | None, str | None]]
) -> None:
    """The same bets on the same seeds come to the same answers and balances, settled together or one by one."""
    seeds = [os.urandom(32) for _ in range(4)]
    outcomes = []
    for coalesce in (True, False):
        table = a_table(database, coalesce=coalesce)
        users = [await a_player(database, gold=1_000, server_seed=seed) for seed in seeds]

        async def in_order(user: int, number: int, table: Table = table) -> list[dict[str, Any] | str]:
            mine = [bet for bet in bets if bet[0] == number]
            asked = [
                Bet(user, amount, client_seed=seed, key=key, fingerprint=b"%016d" % amount if key else None)
                for _, amount, key, seed in mine
            ]
            return [await played(table, bet) for bet in asked]

        outcomes.append(await asyncio.gather(*(in_order(user, number) for number, user in enumerate(users))))
    assert outcomes[0] == outcomes[1]


async def test_a_round_writes_everything_once(database: Database) -> None:
    """One spin is one transfer, one round, one stored answer and one fact, and its answer shows the new balance."""
    user = await a_player(database, gold=500)
    answer = await a_table(database).play(Bet(user, 100, key="k", fingerprint=b"f" * 16))
    shown = orjson.loads(answer.body)
    async with database.snapshot() as connection:
        wallet = (
            await connection.execute(select(*Wallet.__table__.columns).where(Wallet.user_id == user))
        ).one()
        transfers = (
            await connection.execute(
                select(*LedgerTransfer.__table__.columns)
                .where(LedgerTransfer.user_id == user)
                .order_by(LedgerTransfer.seq)
            )
        ).all()
        rounds = (
            await connection.execute(select(*GameRound.__table__.columns).where(GameRound.user_id == user))
        ).all()
        stats = (
            await connection.execute(
                select(*UserGameStats.__table__.columns).where(UserGameStats.user_id == user)
            )
        ).one()
        stored = await connection.scalar(
            select(IdempotencyRecord.body).where(IdempotencyRecord.user_id == user)
        )
        facts = await connection.scalar(
            select(func.count()).where(OutboxRow.user_id == user, OutboxRow.type == "games.round_settled")
        )
    assert wallet.gold_balance == shown["balance"] == 500 - 100 + shown["win_amount"]
    assert [(row.kind, row.seq) for row in transfers] == [("signup_gift", 1), ("game_round", 2)]
    assert (rounds[0].win_amount, rounds[0].transfer_seq) == (shown["win_amount"], 2)
    assert (stats.plays, stats.total_bet, stats.total_gold_won) == (1, 100, shown["win_amount"])
    assert stored == answer.body
    assert facts == 1


async def test_one_short_of_gold_fails_nobody_else(database: Database) -> None:
    """In one batch the poor player is refused with figures and the others are settled."""
    rich = [await a_player(database, gold=1_000) for _ in range(8)]
    poor = await a_player(database, gold=5)
    table = a_table(database)
    results = await asyncio.gather(
        *(table.play(Bet(user, 10)) for user in rich), table.play(Bet(poor, 10)), return_exceptions=True
    )
    refused = results[-1]
    assert isinstance(refused, InsufficientGold)
    assert refused.members == {"balance": 5, "needed": 10}
    assert not any(isinstance(result, BaseException) for result in results[:-1])


async def test_a_key_pays_once_however_often_it_comes(database: Database) -> None:
    """Fifty concurrent repeats of one key, over two processes' tables, are one transfer and one answer."""
    user = await a_player(database, gold=10_000)
    tables = [a_table(database), a_table(database)]
    bets = [tables[n % 2].play(Bet(user, 10, key="once", fingerprint=b"f" * 16)) for n in range(50)]
    answers = await asyncio.gather(*bets)
    assert len({answer.body for answer in answers}) == 1
    assert sum(not answer.replayed for answer in answers) == 1
    async with database.snapshot() as connection:
        transfers = await connection.scalar(
            select(func.count()).where(LedgerTransfer.user_id == user, LedgerTransfer.kind == "game_round")
        )
    assert transfers == 1


async def test_a_key_is_not_for_another_request(database: Database) -> None:
    """The same key with another fingerprint is refused and moves nothing."""
    user = await a_player(database)
    table = a_table(database)
    await table.play(Bet(user, 10, key="k", fingerprint=b"a" * 16))
    with pytest.raises(IdempotencyKeyReused):
        await table.play(Bet(user, 20, key="k", fingerprint=b"b" * 16))


async def test_a_key_of_another_route_fails_nobody_else(database: Database) -> None:
    """A key that some other write has answered is refused to its user; the rest of the batch is settled."""
    careless, careful = [await a_player(database, gold=10_000) for _ in range(2)]
    async with database.transaction() as connection:
        asked = KeyedRequest(careless, "k", b"a" * 16)

        async def nothing() -> BaseModel:
            return Nothing()

        await answer_once(connection, asked, nothing)
    table = a_table(database)
    bets = [table.play(Bet(user, 10, key="k", fingerprint=b"b" * 16)) for user in (careless, careful)]
    refused, settled = await asyncio.gather(*bets, return_exceptions=True)
    assert isinstance(refused, IdempotencyKeyReused)
    assert isinstance(settled, Answer)


async def test_a_forgotten_key_never_pays_again(database: Database) -> None:
    """When the stored answer is gone the ledger still knows the key."""
    user = await a_player(database)
    table = a_table(database)
    await table.play(Bet(user, 10, key="k", fingerprint=b"a" * 16))
    async with database.transaction() as connection:
        await connection.execute(text("DELETE FROM idempotency_records WHERE user_id = :id"), {"id": user})
    with pytest.raises(IdempotencyKeyExpired):
        await table.play(Bet(user, 10, key="k", fingerprint=b"a" * 16))


async def test_two_processes_draw_one_sequence(database: Database) -> None:
    """Spins of one user through two tables use every nonce once, in order, with none left out."""
    user = await a_player(database, gold=100_000)
    tables = [a_table(database), a_table(database)]
    await asyncio.gather(*(tables[n % 2].play(Bet(user, 1)) for n in range(60)))
    async with database.snapshot() as connection:
        nonces = (
            await connection.scalars(
                select(GameRound.nonce).where(GameRound.user_id == user).order_by(GameRound.transfer_seq)
            )
        ).all()
    assert nonces == list(range(1, 61))


async def test_a_held_wallet_delays_only_its_own_bet(database: Database) -> None:
    """While another transaction holds one wallet, the others' bets settle; the held one settles after."""
    held, free = await a_player(database), await a_player(database)
    table = a_table(database)
    async with database.transaction() as connection:
        await connection.execute(select(Wallet.user_id).where(Wallet.user_id == held).with_for_update())
        waiting = asyncio.create_task(table.play(Bet(held, 10)))
        await asyncio.wait_for(table.play(Bet(free, 10)), 1)
        assert not waiting.done()
    await asyncio.wait_for(waiting, 2)


async def test_a_caller_that_goes_away_leaves_a_whole_round(database: Database) -> None:
    """A cancelled request's round is settled with all its parts."""
    user = await a_player(database)
    table = a_table(database)
    await table.play(Bet(user, 10))
    asked = asyncio.create_task(table.play(Bet(user, 10)))
    await asyncio.sleep(0)
    asked.cancel()
    await table.drain()
    async with database.snapshot() as connection:
        rounds = await connection.scalar(select(func.count()).where(GameRound.user_id == user))
        transfers = await connection.scalar(
            select(func.count()).where(LedgerTransfer.user_id == user, LedgerTransfer.kind == "game_round")
        )
    assert (rounds, transfers) == (2, 2)


async def test_a_rotated_seed_is_noticed_by_every_process(database: Database) -> None:
    """A table that remembers the old seed draws from the new one, from its first nonce."""
    user = await a_player(database)
    table = a_table(database)
    await table.play(Bet(user, 10))
    async with database.transaction() as connection:
        rotation = await rotate_seed(connection, user, None)
    shown = orjson.loads((await table.play(Bet(user, 10))).body)
    assert shown["fairness"]["server_seed_hash"] == rotation.next.server_seed_hash
    assert shown["fairness"]["nonce"] == 1
