"""Giving: whole, once for each source and key, and in the ledger."""

import asyncio

import pytest
from sqlalchemy import func, select

from casino.kit.database import Database
from casino.kit.errors import IdempotencyKeyExpired
from casino.realtime.schemas import EVENTS
from casino.rewards import facts
from casino.rewards.errors import AlreadyGranted
from casino.rewards.models import UserExperience, UserReward
from casino.rewards.service import Grant, grant, grant_all
from casino.wallet.errors import WalletNotFound
from casino.wallet.models import LedgerTransfer, Wallet
from tests.factories.log import facts_of
from tests.factories.players import a_player


async def test_a_reward_is_whole(database: Database) -> None:
    """One grant is one transfer, one row, experience and one fact, and all of them agree."""
    user = await a_player(database, gold=1_000)
    async with database.transaction() as connection:
        given = await grant(connection, Grant(user, "mission", "daily:1", gold=300, exp=120))
    assert (given.balance, given.exp_total, given.level) == (1_300, 120, 2)
    async with database.snapshot() as connection:
        transfers = select(LedgerTransfer.counter_account, LedgerTransfer.amount, LedgerTransfer.seq)
        (_, paid) = (
            await connection.execute(transfers.where(LedgerTransfer.user_id == user).order_by("seq"))
        ).all()
        reward = (
            await connection.execute(
                select(UserReward.id, UserReward.gold, UserReward.transfer_seq).where(
                    UserReward.user_id == user
                )
            )
        ).one()
    assert tuple(paid) == ("source:mission", 300, 2)
    assert tuple(reward) == (given.reward_id, 300, 2)
    fact = (await facts_of(database, user))[-1]
    assert (fact.type, fact.messages, fact.data["level"]) == (facts.REWARD_GRANTED, 3, 2)
    told = facts.messages(fact)
    assert [kind for kind, _ in told] == ["reward_granted", "profile_update", "user_action"]
    for kind, data in told:
        EVENTS[kind].model_fields["data"].annotation.model_validate(data)  # type: ignore[union-attr]  # every message has data


async def test_a_source_and_key_give_once(database: Database) -> None:
    """Twenty at once and one later: one is given, the others are told so, the balance moved once."""
    user = await a_player(database, gold=0)

    async def ask() -> bool:
        async with database.transaction() as connection:
            try:
                await grant(connection, Grant(user, "event", "neon", gold=1_000, exp=10))
            except AlreadyGranted:
                return False
            return True

    outcomes = await asyncio.gather(*(ask() for _ in range(20)))
    assert [sum(outcomes), await ask()] == [1, False]
    async with database.snapshot() as connection:
        balance = await connection.scalar(select(Wallet.gold_balance).where(Wallet.user_id == user))
        exp = await connection.scalar(select(UserExperience.exp).where(UserExperience.user_id == user))
        rows = await connection.scalar(select(func.count()).where(UserReward.user_id == user))
    assert (balance, exp, rows) == (1_000, 10, 1)


async def test_many_are_given_together(database: Database) -> None:
    """Several for one user, several users, one who is nobody: everything new is given, the rest is left out."""
    users = [await a_player(database, gold=0) for _ in range(3)]
    wanted = [Grant(user, "achievement", code, gold=200, exp=60) for user in users for code in ("a", "b")]
    stranger = Grant(2**62, "achievement", "a", gold=200)
    async with database.transaction() as connection:
        given = await grant_all(connection, [*wanted, stranger])
    assert list(given) == [wanted[0], wanted[2], wanted[4], wanted[1], wanted[3], wanted[5]]
    assert [(given[item].balance, given[item].exp_total, given[item].level) for item in wanted] == [
        (200, 60, 1),
        (400, 120, 2),
    ] * 3
    async with database.transaction() as connection:
        assert await grant_all(connection, wanted) == {}


async def test_nobody_gets_nothing(database: Database) -> None:
    """Without a wallet there is nothing to give to."""
    with pytest.raises(WalletNotFound):
        async with database.transaction() as connection:
            await grant(connection, Grant(2**62, "vip", "today", gold=50))


async def test_a_spent_key_pays_nothing_else(database: Database) -> None:
    """An idempotency key that paid long ago, its answer forgotten, does not pay for another reward."""
    user = await a_player(database, gold=0)
    async with database.transaction() as connection:
        await grant(connection, Grant(user, "streak", "day 1", gold=150, client_key="k"))
    with pytest.raises(IdempotencyKeyExpired):
        async with database.transaction() as connection:
            await grant(connection, Grant(user, "streak", "day 2", gold=150, client_key="k"))
