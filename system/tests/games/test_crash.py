"""Crash on the real database: a round ends once, and never pays after the curve has ended."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

import orjson
import pytest
from sqlalchemy import func, select, text, update

from casino.games.deal_crash import _ACTIVE
from casino.games.dealing import Bet
from casino.games.end_crash import _DUE, EXPIRES_AFTER, CashOut, CrashEnds
from casino.games.errors import AlreadyCrashed, ClockAdrift, NoActiveRound, RoundActive
from casino.games.jobs import OVERDUE_BY, show_overdue
from casino.games.models import CrashRound, GameRound, UserGameStats
from casino.games.proofs import rotate_seed, verify_round
from casino.games.rules.crash import CRASH, microseconds_until
from casino.games.server_clock import ADRIFT_SECONDS_MAX, ServerClock
from casino.games.win_bonuses import WinBonuses
from casino.kit.database import Database, Prepared
from casino.kit.metrics import REGISTRY
from casino.wallet.models import LedgerTransfer
from casino.wallet.service import balance_of
from tests.factories.crash import end_of, seed_for
from tests.factories.players import a_player
from tests.factories.tables import a_table


async def a_clock(database: Database) -> ServerClock:
    """A clock that has been read."""
    clock = ServerClock(database, strict=False)
    await clock.read()
    return clock


def ends_of(database: Database) -> CrashEnds:
    """What ends rounds in one process."""
    return CrashEnds(database, WinBonuses(database), rows_max=64, lanes=2)


async def started(
    database: Database, user_id: int, *, bet: int = 100, auto: int | None = None
) -> tuple[UUID, datetime]:
    """A running round: its id and its start."""
    table = a_table(database, clock=await a_clock(database))
    shown = orjson.loads((await table.play(Bet(user_id, bet, game="crash", asked=auto))).body)
    return UUID(shown["game_id"]), datetime.fromisoformat(shown["started_at"])


async def age(database: Database, game_id: UUID, by: timedelta) -> None:
    """Makes a round so much older."""
    async with database.transaction() as connection:
        older = (
            "UPDATE crash_rounds SET started_at = started_at - CAST(:by AS interval),"
            " due_at = due_at - CAST(:by AS interval) WHERE id = :id"
        )
        await connection.execute(text(older), {"by": by, "id": game_id})


def at(start: datetime, points: int) -> datetime:
    """When the curve of a round is at `points`."""
    return start + timedelta(microseconds=microseconds_until(CRASH, points))


async def test_a_round_from_bet_to_cash_out(database: Database) -> None:
    """The stake leaves at the bet; leaving pays stake times multiplier; both are transfers, the round is one round."""
    user = await a_player(database, gold=1_000, server_seed=seed_for(300))
    game_id, start = await started(database, user, bet=150)
    await age(database, game_id, timedelta(minutes=1))
    start -= timedelta(minutes=1)
    shown = orjson.loads((await ends_of(database).cash_out(CashOut(user, game_id, at(start, 251)))).body)
    assert (shown["win_amount"], shown["profit"], shown["cashout_point"]) == (376, 226, 2.51)
    assert shown["balance"] == 1_000 - 150 + 376
    async with database.snapshot() as connection:
        amounts = (
            await connection.scalars(
                select(LedgerTransfer.amount)
                .where(LedgerTransfer.user_id == user, LedgerTransfer.counter_account == "house:crash")
                .order_by(LedgerTransfer.seq)
            )
        ).all()
        stats = (
            await connection.execute(
                select(UserGameStats.plays, UserGameStats.wins, UserGameStats.total_gold_won).where(
                    UserGameStats.user_id == user
                )
            )
        ).one()
    assert list(amounts) == [-150, 376]
    assert tuple(stats) == (1, 1, 376)


async def test_one_round_at_a_time(database: Database) -> None:
    """Of two bets at once on two devices one starts, the other is told which round runs; one stake is gone."""
    user = await a_player(database, gold=1_000, server_seed=seed_for(300))
    clock = await a_clock(database)
    tables = [a_table(database, clock=clock) for _ in range(2)]
    bets = [table.play(Bet(user, 100, game="crash")) for table in tables]
    came = await asyncio.gather(*bets, return_exceptions=True)
    refused = [one for one in came if isinstance(one, RoundActive)]
    assert len(refused) == 1 and len(refused[0].members["game_id"]) == 36
    async with database.snapshot() as connection:
        assert await balance_of(connection, user) == 900


async def test_the_curve_pays_nothing_once_it_has_ended(database: Database) -> None:
    """A request that arrives in the microsecond of the crash is refused, one before it is paid."""
    seed = seed_for(120)
    user = await a_player(database, server_seed=seed)
    game_id, start = await started(database, user)
    crash = at(start, end_of(seed) + 1)
    await age(database, game_id, timedelta(hours=1))
    crash -= timedelta(hours=1)
    with pytest.raises(AlreadyCrashed) as refused:
        await ends_of(database).cash_out(CashOut(user, game_id, crash))
    assert refused.value.members == {"crash_point": end_of(seed) / 100}
    in_time = CashOut(user, game_id, crash - timedelta(microseconds=1))
    shown = orjson.loads((await ends_of(database).cash_out(in_time)).body)
    assert shown["win_amount"] == end_of(seed)


async def test_a_stamp_from_the_future_is_not_believed(database: Database) -> None:
    """A process whose clock runs ahead cannot pay a multiplier that is not there yet."""
    user = await a_player(database, server_seed=seed_for(2_000))
    game_id, start = await started(database, user)
    ahead = CashOut(user, game_id, start + timedelta(seconds=20))
    with pytest.raises(Exception, match="holds this round"):
        await ends_of(database).cash_out(ahead)
    async with database.snapshot() as connection:
        status = await connection.scalar(select(CrashRound.status).where(CrashRound.id == game_id))
    assert status == "active"


async def test_a_second_cash_out_finds_no_round(database: Database) -> None:
    """The first key answers again, byte for byte; without it the round is not there any more."""
    user = await a_player(database, server_seed=seed_for(300))
    game_id, start = await started(database, user)
    ends, arrived = ends_of(database), start + timedelta(milliseconds=1)
    keyed = CashOut(user, game_id, arrived, key="k", fingerprint=b"f" * 16)
    first = await ends.cash_out(keyed)
    again = await ends.cash_out(keyed)
    assert (again.body, again.replayed) == (first.body, True)
    with pytest.raises(NoActiveRound):
        await ends.cash_out(CashOut(user, game_id, arrived))


async def test_a_round_is_its_players(database: Database) -> None:
    """Another player cannot leave it, nor learn that it is there."""
    user, other = await a_player(database, server_seed=seed_for(300)), await a_player(database)
    game_id, start = await started(database, user)
    with pytest.raises(NoActiveRound):
        await ends_of(database).cash_out(CashOut(other, game_id, start))


async def test_the_automatic_cash_out_needs_nobody(database: Database) -> None:
    """The job pays the automatic point, and a player who leaves after it is paid the same."""
    users = [await a_player(database, server_seed=seed_for(300)) for _ in range(2)]
    games = [await started(database, user, auto=200) for user in users]
    for game_id, _ in games:
        await age(database, game_id, timedelta(minutes=5))
    late = CashOut(users[0], games[0][0], games[0][1])
    shown = orjson.loads((await ends_of(database).cash_out(late)).body)
    assert shown["cashout_point"] == 2.0
    while await ends_of(database).end_due():
        pass
    async with database.snapshot() as connection:
        balances = [await balance_of(connection, user) for user in users]
        statuses = await connection.scalars(
            select(CrashRound.status).where(CrashRound.id.in_([game_id for game_id, _ in games]))
        )
        assert set(statuses) == {"cashed"}
    assert balances == [1_100, 1_100]


async def test_a_crash_is_settled_without_its_player(database: Database) -> None:
    """The job ends a round that crashed: lost, counted, told to the player, and the next bet can be placed."""
    seed = seed_for(120)
    user = await a_player(database, server_seed=seed)
    game_id, _ = await started(database, user)
    await age(database, game_id, timedelta(minutes=5))
    while await ends_of(database).end_due():
        pass
    async with database.snapshot() as connection:
        lost = (
            await connection.execute(
                select(GameRound.win_amount, GameRound.result_data).where(GameRound.id == game_id)
            )
        ).one()
        facts = await connection.scalar(
            text("SELECT count(*) FROM outbox WHERE user_id = :id AND type LIKE 'games.%'"), {"id": user}
        )
    assert lost.win_amount == 0 and lost.result_data["status"] == "crashed"
    assert facts == 2
    assert await started(database, user)


async def test_a_round_nobody_could_end_gives_the_stake_back(database: Database) -> None:
    """After an outage of more than ten minutes a round that had crashed expires instead."""
    user = await a_player(database, server_seed=seed_for(120))
    game_id, _ = await started(database, user)
    await age(database, game_id, EXPIRES_AFTER + timedelta(hours=1))
    while await ends_of(database).end_due():
        pass
    async with database.snapshot() as connection:
        status = await connection.scalar(select(CrashRound.status).where(CrashRound.id == game_id))
        assert (status, await balance_of(connection, user)) == ("expired", 1_000)


async def test_rounds_that_should_have_ended_are_counted(database: Database) -> None:
    """One that still runs five minutes after its end raises the figure that is alarmed; ending it lowers it again."""
    user = await a_player(database, server_seed=seed_for(120))
    game_id, _ = await started(database, user)
    await show_overdue(database)
    before = overdue()
    await age(database, game_id, OVERDUE_BY + timedelta(hours=1))
    await show_overdue(database)
    assert overdue() == before + 1
    while await ends_of(database).end_due():
        pass
    await show_overdue(database)
    assert overdue() == 0


def overdue() -> float:
    """What the gauge says."""
    return REGISTRY.get_sample_value("data_quality_violations", {"rule": "crash_overdue"}) or 0.0


async def test_the_seed_of_a_running_round_is_not_revealed(database: Database) -> None:
    """Rotating would tell the player where their curve ends."""
    user = await a_player(database, server_seed=seed_for(300))
    game_id, start = await started(database, user)
    with pytest.raises(RoundActive):
        async with database.transaction() as connection:
            await rotate_seed(connection, user, None)
    await ends_of(database).cash_out(CashOut(user, game_id, start + timedelta(milliseconds=1)))
    async with database.transaction() as connection:
        await rotate_seed(connection, user, None)
        assert (await verify_round(connection, user, game_id)).valid


async def test_a_thousand_cash_outs_around_the_crash(database: Database) -> None:
    """100 rounds are left ten times each, through two processes: each ends once, none is paid past its end.

    The moments are those of the stamps, by the database's clock, so that a slow machine changes nothing: thirty
    rounds are left before their curve ends, thirty after, forty around it while the job ends rounds too.
    """
    seed = seed_for(150)
    crash = end_of(seed)
    users = [await a_player(database, server_seed=seed) for _ in range(100)]
    table = a_table(database, clock=await a_clock(database))
    bets = [await table.play(Bet(user, 100, game="crash")) for user in users]
    games = [UUID(orjson.loads(bet.body)["game_id"]) for bet in bets]
    end = await crash_together(database, games, crash, timedelta(milliseconds=-100))
    processes = [ends_of(database), ends_of(database)]

    async def leave(place: int, attempt: int, milliseconds: int) -> tuple[int, str]:
        arrived = end + timedelta(milliseconds=milliseconds)
        try:
            await processes[attempt % 2].cash_out(CashOut(users[place], games[place], arrived))
        except (AlreadyCrashed, NoActiveRound) as refused:
            return place, refused.code
        return place, "paid"

    async def end_due() -> None:
        while await still_running(database, games):
            await processes[0].end_due()

    before = await asyncio.gather(*(leave(place, n, n - 50) for place in range(30) for n in range(10)))
    assert Counter(before) == {(place, "paid"): 1 for place in range(30)} | {
        (place, "no_active_round"): 9 for place in range(30)
    }
    after = [leave(place, n, n) for place in range(30, 60) for n in range(10)]
    around = [leave(place, n, 10 * n - 45) for place in range(60, 100) for n in range(10)]
    ending = asyncio.create_task(end_due())
    came = await asyncio.gather(*after, *around)
    await ending
    late = [outcome for place, outcome in came if place < 60]
    assert Counter(late) == {"already_crashed": 300}
    paid = Counter(place for place, outcome in came if outcome == "paid")
    assert set(paid.values()) <= {1}
    async with database.snapshot() as connection:
        rounds = await connection.execute(
            select(CrashRound.status, CrashRound.cashout_points, func.count(LedgerTransfer.seq))
            .join(LedgerTransfer, LedgerTransfer.user_id == CrashRound.user_id)
            .where(CrashRound.id.in_(games), LedgerTransfer.kind == "crash_end")
            .group_by(CrashRound.id, CrashRound.status, CrashRound.cashout_points)
        )
        ended = [(status, points, transfers) for status, points, transfers in rounds]
    assert [transfers for *_, transfers in ended] == [1] * 100
    assert sum(status == "cashed" for status, *_ in ended) == 30 + len(paid)
    assert all(
        (status == "cashed") == (points is not None and points <= crash) for status, points, _ in ended
    )


async def still_running(database: Database, games: list[UUID]) -> int:
    """How many of these rounds have not ended."""
    async with database.snapshot() as connection:
        running = select(func.count()).where(CrashRound.id.in_(games), CrashRound.status == "active")
        return int(await connection.scalar(running) or 0)


async def crash_together(database: Database, games: list[UUID], crash: int, after: timedelta) -> datetime:
    """Moves these rounds so that all their curves end at one moment, so long from now (or before); returns it."""
    life = timedelta(microseconds=microseconds_until(CRASH, crash + 1))
    async with database.transaction() as connection:
        now: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
        end = now + after
        moved = update(CrashRound).where(CrashRound.id.in_(games))
        await connection.execute(moved.values(started_at=end - life, due_at=end))
    return end


@pytest.mark.parametrize("ahead", [ADRIFT_SECONDS_MAX + 0.01, -ADRIFT_SECONDS_MAX - 0.01])
async def test_a_reading_that_took_long_proves_no_drift(database: Database, ahead: float) -> None:
    """Half of its way is not held against the clock; the rest is."""
    clock = ServerClock(database)
    await clock.read()
    reading = clock._readings.pop()
    clock._readings.append(reading._replace(way_seconds=0.022, ahead_seconds=ahead))
    assert clock.for_a_bet() <= clock.now()
    clock._readings.clear()
    clock._readings.append(reading._replace(way_seconds=0.018, ahead_seconds=ahead))
    with pytest.raises(ClockAdrift):
        clock.for_a_bet()


@pytest.mark.parametrize(
    ("asked", "arguments", "index"),
    [
        (_ACTIVE, "'{1}'", "uq_crash_rounds_user_id_active"),
        (_DUE, "'1 s', 500", "ix_crash_rounds_due_at_active"),
    ],
)
async def test_running_rounds_are_found_by_their_own_indexes(
    database: Database, asked: Prepared, arguments: str, index: str
) -> None:
    """A bet and the job read the few rounds that run, also by a plan that is made once for all values."""
    async with database.driver() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        await connection.execute("SET LOCAL plan_cache_mode = 'force_generic_plan'")
        await connection.execute(f"PREPARE running AS {asked.sql}")
        rows = await connection.fetch(f"EXPLAIN EXECUTE running({arguments})")
        await connection.execute("DEALLOCATE running")
    shown = "\n".join(row[0] for row in rows)
    assert index in shown and "Seq Scan on crash_rounds" not in shown


async def test_the_clock_refuses_when_it_is_off(database: Database) -> None:
    """A process more than 50 ms off the database, or that never asked, takes no bets; a round can be left there."""
    user, other = await a_player(database), await a_player(database, server_seed=seed_for(300))
    never = a_table(database, clock=ServerClock(database))
    with pytest.raises(ClockAdrift):
        await never.play(Bet(user, 100, game="crash"))
    off = ServerClock(database)
    await off.read()
    reading = off._readings.pop()
    off._readings.append(reading._replace(way_seconds=0.0, ahead_seconds=ADRIFT_SECONDS_MAX + 0.001))
    with pytest.raises(ClockAdrift):
        await a_table(database, clock=off).play(Bet(user, 100, game="crash"))
    game_id, start = await started(database, other)
    await asyncio.sleep(0.02)
    shown = orjson.loads((await ends_of(database).cash_out(CashOut(other, game_id, off.now()))).body)
    assert off.now() > start and shown["win_amount"] == 100
