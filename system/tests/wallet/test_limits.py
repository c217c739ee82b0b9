"""Players' own limits in the statement that moves gold: held under any race, and never against the player."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update

from casino.games.deal_gacha import Wanted
from casino.games.service import Bet, ServerClock
from casino.kit.clock import utc_now
from casino.kit.database import Database
from casino.wallet.errors import ExclusionRefused, ExclusionStands, LimitReached
from casino.wallet.models import Wallet
from casino.wallet.service import PlayLimits, Wish, balance_of, change_limits, limits_of, move_gold
from tests.factories.players import a_player
from tests.factories.tables import a_table


async def wish(database: Database, user_id: int, **wanted: Any) -> PlayLimits:
    """The limits after the player's wish."""
    async with database.transaction() as connection:
        return await change_limits(connection, user_id, Wish(named=frozenset(wanted), **wanted))


async def look(database: Database, user_id: int) -> PlayLimits:
    """The limits as they stand."""
    async with database.snapshot() as connection:
        return await limits_of(connection, user_id)


async def gold_of(database: Database, user_id: int) -> int:
    """The player's gold."""
    async with database.snapshot() as connection:
        return await balance_of(connection, user_id)


async def moved(database: Database, user_id: int, amount: int, account: str) -> int:
    """One movement of gold; the balance after it."""
    key = f"{account}:{amount}:{utc_now().timestamp()}"
    async with database.transaction() as connection:
        return await move_gold(
            connection,
            user_id=user_id,
            amount=amount,
            counter_account=account,
            kind="test",
            reference=key,
            idempotency_key=key,
        )


@pytest.mark.parametrize("coalesce", [True, False])
async def test_a_loss_limit_stops_racing_rounds(database: Database, coalesce: bool) -> None:
    """However many spins race, no more is staked than could be lost within the limit; the refusal says all."""
    user_id = await a_player(database, gold=100_000)
    await wish(database, user_id, daily_loss_limit=500)
    table = a_table(database, coalesce=coalesce)
    answers = await asyncio.gather(
        *(table.play(Bet(user_id, 100)) for _ in range(40)), return_exceptions=True
    )
    refusals = [answer for answer in answers if isinstance(answer, BaseException)]
    after = await look(database, user_id)
    lost = 100_000 - await gold_of(database, user_id)
    assert after.used.lost == lost <= 500
    assert after.used.spent == 100 * (40 - len(refusals))
    for refusal in refusals:
        assert isinstance(refusal, LimitReached)
        assert (refusal.members["reason"], refusal.members["limit"]) == ("daily_loss", 500)
        assert refusal.members["used"] + 100 > 500


@pytest.mark.parametrize("game", ["slot", "rps", "gacha", "crash"])
async def test_limits_hold_at_every_game(database: Database, game: str) -> None:
    """No game can forget its players' limits; what was held back moved nothing."""
    user_id = await a_player(database, gold=100_000)
    clock = ServerClock(database, strict=False)
    await clock.read()
    await wish(database, user_id, daily_loss_limit=99)
    asked = {"rps": "rock", "gacha": Wanted(1, 3)}.get(game)
    bet = Bet(user_id, 5_000 if game == "gacha" else 100, game=game, asked=asked)
    with pytest.raises(LimitReached) as refused:
        await a_table(database, clock=clock).play(bet)
    assert refused.value.members["reason"] == "daily_loss"
    assert await gold_of(database, user_id) == 100_000


async def test_a_spend_limit_counts_what_came_back(database: Database) -> None:
    """Stakes and what is paid in the shop add up; gold that comes in takes nothing back."""
    user_id = await a_player(database, gold=1_000)
    await wish(database, user_id, daily_spend_limit=300)
    await moved(database, user_id, -200, "house:slot")
    await moved(database, user_id, +400, "house:slot")
    await moved(database, user_id, -100, "sink:items")
    with pytest.raises(LimitReached) as refused:
        await moved(database, user_id, -1, "sink:items")
    assert (refused.value.members["reason"], refused.value.members["used"]) == ("daily_spend", 300)
    used = (await look(database, user_id)).used
    assert (used.lost, used.spent) == (-200, 300)


async def test_no_limit_holds_back_what_is_owed(database: Database) -> None:
    """Somebody excluded and over every limit still gets wins, gifts and refunds; corrections pass as well."""
    user_id = await a_player(database, gold=1_000)
    await wish(database, user_id, daily_loss_limit=0, daily_spend_limit=0)
    await wish(database, user_id, self_excluded_until=utc_now() + timedelta(days=1))
    assert await moved(database, user_id, 50, "house:crash") == 1_050
    assert await moved(database, user_id, 50, "source:reward") == 1_100
    assert await moved(database, user_id, -50, "shop:refund") == 1_050
    for account in ("house:slot", "sink:items"):
        with pytest.raises(LimitReached):
            await moved(database, user_id, -1, account)
    assert await gold_of(database, user_id) == 1_050


async def test_exclusion_stops_play_until_it_ends(database: Database) -> None:
    """It cannot be shortened or taken back, only made longer; when it is over play goes on by itself."""
    user_id = await a_player(database)
    table = a_table(database)
    until = utc_now() + timedelta(days=1)
    await wish(database, user_id, self_excluded_until=until)
    with pytest.raises(LimitReached) as refused:
        await table.play(Bet(user_id, 10))
    assert refused.value.members["reason"] == "self_exclusion"
    for shorter in (None, until - timedelta(seconds=1)):
        with pytest.raises(ExclusionStands):
            await wish(database, user_id, self_excluded_until=shorter)
    await wish(database, user_id, self_excluded_until=until + timedelta(days=1))
    async with database.transaction() as connection:
        over = update(Wallet).where(Wallet.user_id == user_id)
        await connection.execute(over.values(excluded_until=utc_now()))
    await table.play(Bet(user_id, 10))
    assert (await look(database, user_id)).excluded_until is None


@pytest.mark.parametrize("away", [timedelta(minutes=-1), timedelta(minutes=5), timedelta(days=3_000)])
async def test_an_exclusion_has_a_sensible_length(database: Database, away: timedelta) -> None:
    """Neither past nor a moment nor a lifetime."""
    with pytest.raises(ExclusionRefused):
        await wish(database, await a_player(database), self_excluded_until=utc_now() + away)


async def test_a_raise_begins_to_hold_in_the_database(database: Database) -> None:
    """The statement itself takes over the limit that waited: nobody has to come by and change the row."""
    user_id = await a_player(database)
    await wish(database, user_id, daily_spend_limit=10)
    waiting = await wish(database, user_id, daily_spend_limit=100)
    assert (waiting.spend.limit, waiting.spend.next_limit) == (10, 100)
    with pytest.raises(LimitReached):
        await moved(database, user_id, -50, "house:slot")
    async with database.transaction() as connection:
        due = update(Wallet).where(Wallet.user_id == user_id)
        await connection.execute(due.values(spend_limit_next_at=utc_now()))
    await moved(database, user_id, -50, "house:slot")
    assert (await look(database, user_id)).spend.limit == 100


async def test_a_new_day_starts_the_counters_again(database: Database) -> None:
    """Yesterday's losses are not held against today."""
    user_id = await a_player(database)
    await wish(database, user_id, daily_loss_limit=100)
    await moved(database, user_id, -100, "house:slot")
    with pytest.raises(LimitReached):
        await moved(database, user_id, -1, "house:slot")
    async with database.transaction() as connection:
        yesterday = text("UPDATE wallets SET play_day = current_date - 1 WHERE user_id = :user_id")
        await connection.execute(yesterday, {"user_id": user_id})
    assert (await look(database, user_id)).used.lost == 0
    await moved(database, user_id, -1, "house:slot")
    assert (await look(database, user_id)).used.lost == 1


async def test_a_repeat_is_answered_although_the_limit_is_reached(database: Database) -> None:
    """A round that was settled is told again, whatever the player decided since."""
    user_id = await a_player(database)
    table = a_table(database)
    bet = Bet(user_id, 10, key="once", fingerprint=b"f" * 16)
    first = await table.play(bet)
    await wish(database, user_id, daily_spend_limit=0)
    again = await table.play(bet)
    assert again.replayed and again.body == first.body
