"""Totals, bonuses and proofs: what is kept while playing equals what the rounds say."""

import asyncio
from datetime import timedelta
from uuid import UUID

import orjson
import pytest
from sqlalchemy import select, text

from casino.games.deal_gacha import Wanted
from casino.games.dealing import Bet
from casino.games.models import GameRound, UserGameStats
from casino.games.proofs import rotate_seed, verify_round
from casino.games.service import end_win_bonus, house_results, recalculate_stats, set_win_bonus, stats_of
from casino.games.win_bonuses import WinBonuses
from casino.kit.clock import utc_now
from casino.kit.database import Database
from casino.wallet.models import LedgerTransfer
from tests.factories.players import a_player
from tests.factories.tables import a_table

CHOICES = ("rock", "paper", "scissors")


def a_round(user_id: int, number: int) -> Bet:
    """Slot, hands and capsules in turn."""
    match number % 8:
        case 0:
            return Bet(user_id, 5_000, game="gacha", asked=Wanted(1, 1_000))
        case 1 | 3 | 5:
            return Bet(user_id, 1 + number % 90, game="rps", asked=CHOICES[number % 3])
        case _:
            return Bet(user_id, 1 + number % 70)


async def test_recalculated_totals_are_the_running_ones(database: Database) -> None:
    """20 users, 2,000 rounds of three games: counting the rounds again changes nothing, and mends what was broken."""
    users = [await a_player(database, gold=1_000_000) for _ in range(20)]
    tables = [a_table(database), a_table(database)]
    for number in range(100):
        await asyncio.gather(*(tables[(number + user) % 2].play(a_round(user, number)) for user in users))
    for user in users:
        async with database.transaction() as connection:
            running = await stats_of(connection, user)
            assert await recalculate_stats(connection, user) == running
            broken = text("UPDATE user_game_stats SET wins = wins + 1 WHERE user_id = :id")
            await connection.execute(broken, {"id": user})
            assert await stats_of(connection, user) != running
            assert await recalculate_stats(connection, user) == running


async def test_every_game_verifies_once_its_seed_is_shown(database: Database) -> None:
    """Forty rounds of three games come out of the revealed seed as they were settled."""
    user = await a_player(database, gold=1_000_000)
    table = a_table(database)
    for number in range(40):
        await table.play(a_round(user, number))
    async with database.transaction() as connection:
        await rotate_seed(connection, user, None)
        rounds = (await connection.scalars(select(GameRound.id).where(GameRound.user_id == user))).all()
        checked = [await verify_round(connection, user, round_id) for round_id in rounds]
    assert len(checked) == 40 and all(one.valid for one in checked)


async def test_a_tampered_round_does_not_verify(database: Database) -> None:
    """A win raised by hand, or another hand shown, is found out."""
    user = await a_player(database, gold=1_000)
    table = a_table(database)
    shown = orjson.loads((await table.play(Bet(user, 10, game="rps", asked="rock"))).body)
    async with database.transaction() as connection:
        await rotate_seed(connection, user, None)
        await connection.execute(
            text("UPDATE game_rounds SET win_amount = win_amount + 1 WHERE id = :id"),
            {"id": shown["round_id"]},
        )
        assert not (await verify_round(connection, user, UUID(shown["round_id"]))).valid


async def test_a_bonus_is_paid_with_wins_only_and_the_ledger_knows(database: Database) -> None:
    """50 gold on every win, none on others; the auditor's own count of the rounds includes it."""
    user = await a_player(database, gold=10_000)
    table = a_table(database, bonus_gold=50)
    answers = [
        orjson.loads((await table.play(Bet(user, 10, game="rps", asked="rock"))).body) for _ in range(60)
    ]
    assert {one["bonus_gold"] for one in answers if one["outcome"] == "win"} == {50}
    assert {one["bonus_gold"] for one in answers if one["outcome"] != "win"} == {0}
    async with database.snapshot() as connection:
        mine = house_results().subquery()
        counted = await connection.execute(
            select(mine.c.transfer_seq, mine.c.amount)
            .where(mine.c.user_id == user)
            .order_by(mine.c.transfer_seq)
        )
        moved = await connection.execute(
            select(LedgerTransfer.seq, LedgerTransfer.amount)
            .where(LedgerTransfer.user_id == user, LedgerTransfer.kind == "game_round")
            .order_by(LedgerTransfer.seq)
        )
        assert [tuple(row) for row in counted] == [tuple(row) for row in moved]


async def test_bonuses_run_while_their_event_does(database: Database) -> None:
    """They add up while they overlap, and stop at their end or when the event ends early."""
    now = utc_now()
    bonuses, later = WinBonuses(database), WinBonuses(database, now=lambda: now + timedelta(hours=1))
    await asyncio.gather(bonuses.read(), later.read())
    before, before_later = bonuses.gold(), later.gold()
    async with database.transaction() as connection:
        for source, gold, hours in (("event:a", 50, 1), ("event:b", 20, 2)):
            await set_win_bonus(
                connection, source=source, flat_gold=gold, starts_at=now, ends_at=now + timedelta(hours=hours)
            )
    await asyncio.gather(bonuses.read(), later.read())
    assert bonuses.gold() == before + 70
    assert later.gold() == before_later + 20
    async with database.transaction() as connection:
        await end_win_bonus(connection, "event:a")
        await end_win_bonus(connection, "event:b")
    await bonuses.read()
    assert bonuses.gold() == before


@pytest.mark.parametrize("game", ["slot", "rps"])
async def test_totals_count_what_was_answered(database: Database, game: str) -> None:
    """Plays, wins, losses and gold are those of the answers."""
    user = await a_player(database, gold=10_000)
    table = a_table(database)
    answers = [
        orjson.loads((await table.play(Bet(user, 10, game=game, asked="paper"))).body) for _ in range(30)
    ]
    async with database.snapshot() as connection:
        row = (
            await connection.execute(
                select(*UserGameStats.__table__.columns).where(UserGameStats.user_id == user)
            )
        ).one()
    assert (row.plays, row.total_bet) == (30, 300)
    assert row.wins == sum(one["outcome"] == "win" for one in answers)
    assert row.losses == sum(one["outcome"] == "lose" for one in answers)
    assert row.total_gold_won == sum(one["win_amount"] for one in answers)
