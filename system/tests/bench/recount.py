"""`make recount`: plays many rounds of every game, then counts every player's totals again."""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import func, select

from casino.embedded import start_engines
from casino.games.deal_gacha import Wanted
from casino.games.dealing import Bet
from casino.games.errors import RoundActive
from casino.games.models import is_running
from casino.games.service import CrashEnds, ServerClock, WinBonuses, recalculate_stats, stats_of
from casino.kit.database import Database
from tests.bench import stage
from tests.factories.players import a_player
from tests.factories.tables import a_table

CALLERS = 128
GOLD = 10_000_000
PULLS_A_DAY = 1_000_000
LEAVES_AT = 101
END_SECONDS = 0.2
_HANDS = ("rock", "paper", "scissors")


def main() -> int:
    """0 when the running totals of every player equal the recount, 1 when one differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.recount", description=main.__doc__)
    parser.add_argument("--users", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=200_000)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="casino-recount-") as name,
        start_engines(Path(name), olap=False) as urls,
    ):
        assert urls.postgres
        stage.migrate(urls)
        url = urls.postgres.replace("postgresql://", "postgresql+asyncpg://")
        differing = asyncio.run(_compare(url, options.users, options.rounds))
    return 1 if differing else 0


async def _compare(url: str, users: int, rounds: int) -> int:
    database = Database(url, pool_size=10, instance="recount")
    players = [await a_player(database, gold=GOLD) for _ in range(users)]
    began = time.perf_counter()
    await _play(database, players, rounds)
    seconds = time.perf_counter() - began
    sys.stdout.write(f"{rounds:,} rounds of {users:,} players in {seconds:.0f} s\n")
    began, plays, differing = time.perf_counter(), 0, 0
    for player in players:
        async with database.transaction() as connection:
            running = await stats_of(connection, player)
            again = await recalculate_stats(connection, player)
        plays += again.plays
        if again != running:
            differing += 1
            sys.stdout.write(f"player {player}: running {running}, counted again {again}\n")
    await database.close()
    assert plays == rounds, f"{plays} rounds were counted of {rounds} played"
    sys.stdout.write(f"counted again in {time.perf_counter() - began:.0f} s: {differing} players differ\n")
    return differing


async def _play(database: Database, players: list[int], rounds: int) -> None:
    """Two tables, as two processes have them, and callers who each wait for their answer."""
    clock = ServerClock(database, strict=False)
    tables = a_table(database, clock=clock), a_table(database, clock=clock)

    async def caller(first: int) -> None:
        for number in range(first, rounds, CALLERS):
            player = players[number % len(players)]
            try:
                await tables[number % 2].play(_bet(player, number))
            except RoundActive:
                await tables[number % 2].play(_hand(player, number))

    await clock.read()
    played = asyncio.Event()
    reading = asyncio.create_task(clock.run())
    ending = asyncio.create_task(_end_rides(database, played))
    await asyncio.gather(*(caller(first) for first in range(CALLERS)))
    played.set()
    await ending
    reading.cancel()


async def _end_rides(database: Database, played: asyncio.Event) -> None:
    """Ends the rounds of crash whose time has come, as the worker does, until all are played and none runs."""
    ends = CrashEnds(database, WinBonuses(database), rows_max=64, lanes=1)
    running = select(func.count()).where(is_running())
    while True:
        over = played.is_set()
        await ends.end_due()
        async with database.snapshot() as connection:
            if over and not await connection.scalar(running):
                return
        await asyncio.sleep(END_SECONDS)


def _bet(player: int, number: int) -> Bet:
    match number // 7 % 20:
        case 0:
            return Bet(player, 5_000, game="gacha", asked=Wanted(1, PULLS_A_DAY))
        case 1:
            return Bet(player, 100 + number % 90, game="crash", asked=LEAVES_AT)
        case turn if turn % 2:
            return _hand(player, number)
        case _:
            return Bet(player, 1 + number % 70)


def _hand(player: int, number: int) -> Bet:
    return Bet(player, 1 + number % 90, game="rps", asked=_HANDS[number % 3])


if __name__ == "__main__":
    sys.exit(main())
