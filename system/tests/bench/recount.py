"""`python -m tests.bench.recount`: plays many rounds of three games, then counts every player's totals again."""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from casino.embedded import start_engines
from casino.games.deal_gacha import Wanted
from casino.games.dealing import Bet
from casino.games.service import recalculate_stats, stats_of
from casino.kit.database import Database
from tests.bench import stage
from tests.factories.players import a_player
from tests.factories.tables import a_table

CALLERS = 128
GOLD = 10_000_000
PULLS_A_DAY = 1_000_000
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
    tables = a_table(database), a_table(database)

    async def caller(first: int) -> None:
        for number in range(first, rounds, CALLERS):
            await tables[number % 2].play(_bet(players[number % len(players)], number))

    await asyncio.gather(*(caller(first) for first in range(CALLERS)))


def _bet(player: int, number: int) -> Bet:
    match number // 7 % 20:
        case 0:
            return Bet(player, 5_000, game="gacha", asked=Wanted(1, PULLS_A_DAY))
        case turn if turn % 2:
            return Bet(player, 1 + number % 90, game="rps", asked=_HANDS[number % 3])
        case _:
            return Bet(player, 1 + number % 70)


if __name__ == "__main__":
    sys.exit(main())
