"""Rounds a second of every game in one process, without HTTP, against PostgreSQL alone running the same statements."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import orjson
from sqlalchemy import func, select

from casino.embedded import EngineUrls
from casino.games.deal_gacha import Wanted
from casino.games.dealing import Bet
from casino.games.end_crash import CashOut, CrashEnds
from casino.games.errors import AlreadyCrashed
from casino.games.models import CrashRound, is_running
from casino.games.play import Table
from casino.games.rules.gacha import GACHA, RARITIES, STOCKED
from casino.games.server_clock import ServerClock
from casino.games.settle_crash import END_ROUNDS, PLACE_BETS
from casino.games.settle_pulls import SETTLE_PULLS
from casino.games.win_bonuses import WinBonuses
from casino.kit.database import Database
from tests.bench import pgbench
from tests.factories.tables import a_table

CALLERS = 64
# A bet of 10,000 gold would end a short run; nobody is ever out of pulls here.
PULLS_A_DAY = 1_000_000
_STAKE, _CRASH_STAKE = 10, 100


@dataclass(frozen=True)
class Compared:
    """A game's rounds a second, and how often PostgreSQL alone runs its statements."""

    game: str
    per_second: float
    alone_per_second: float

    @property
    def ratio(self) -> float:
        """Ours over PostgreSQL alone."""
        return self.per_second / self.alone_per_second


def compare(urls: EngineUrls, user_ids: list[int], *, seconds: int, folder: Path) -> list[Compared]:
    """Each game for so many seconds, right after PostgreSQL alone with the same statements."""
    assert urls.postgres
    found = []
    for game, script in _SCRIPTS.items():
        alone = pgbench.scripts_per_second(urls.postgres, script(user_ids), seconds=seconds, folder=folder)
        ours = asyncio.run(_played(urls.postgres, game, user_ids, seconds))
        found.append(Compared(game, ours, alone))
    return found


async def _played(url: str, game: str, user_ids: list[int], seconds: int) -> float:
    """Rounds a second with `CALLERS` callers that each wait for their answer."""
    database = Database(url.replace("postgresql://", "postgresql+asyncpg://"), pool_size=10, instance="bench")
    clock = ServerClock(database, strict=False)
    await clock.read()
    table = a_table(database, clock=clock)
    ends = CrashEnds(database, WinBonuses(database), rows_max=64, lanes=2)
    one_round = _rounds(database, table, ends, clock)[game]
    rounds, deadline = 0, time.perf_counter() + seconds

    async def caller(number: int) -> None:
        nonlocal rounds
        turn = number
        while time.perf_counter() < deadline:
            await one_round(user_ids[turn % len(user_ids)])
            rounds += 1
            turn += CALLERS

    async def keep_time() -> None:
        while time.perf_counter() < deadline:
            await clock.read()
            await asyncio.sleep(1)

    started = time.perf_counter()
    await asyncio.gather(keep_time(), *(caller(number) for number in range(CALLERS)))
    spent = time.perf_counter() - started
    await database.close()
    return rounds / spent


async def _ended(database: Database, ends: CrashEnds, user_id: int) -> None:
    """Ends what is due, as the worker does, until a player's round is over: somebody else may have ended it."""
    running = select(func.count()).where(is_running(), CrashRound.user_id == user_id)
    while True:
        await ends.end_due()
        async with database.snapshot() as connection:
            if not await connection.scalar(running):
                return
        await asyncio.sleep(0.05)


def _rounds(
    database: Database, table: Table, ends: CrashEnds, clock: ServerClock
) -> dict[str, Callable[[int], Awaitable[None]]]:
    async def slot(user_id: int) -> None:
        await table.play(Bet(user_id, _STAKE))

    async def rps(user_id: int) -> None:
        await table.play(Bet(user_id, _STAKE, game="rps", asked="rock"))

    async def gacha(user_id: int) -> None:
        await table.play(Bet(user_id, GACHA.cost, game="gacha", asked=Wanted(1, PULLS_A_DAY)))

    async def crash(user_id: int) -> None:
        began = orjson.loads((await table.play(Bet(user_id, _CRASH_STAKE, game="crash"))).body)
        try:
            await ends.cash_out(CashOut(user_id, UUID(began["game_id"]), clock.now()))
        except AlreadyCrashed:
            await _ended(database, ends, user_id)

    return {"slot": slot, "rps": rps, "gacha": gacha, "crash": crash}


def _plain(user_ids: list[int]) -> str:
    return pgbench.script(user_ids)


def _rps(user_ids: list[int]) -> str:
    return pgbench.script(user_ids, counter_account="concat('house', chr(58), 'rps')", game_type="'rps'")


def _pull(user_ids: list[int]) -> str:
    """A Common; the player stands where their row says, so that the guard holds for every one."""
    mine = "FROM gacha_progress WHERE user_id = :user_id"
    today = "pulled_on = current_date"
    columns = {
        "counter_account": "concat('house', chr(58), 'gacha')",
        "game_type": "'gacha'",
        "pulled_on": "current_date",
        "pity_before": f"coalesce((SELECT pity {mine}), 0)",
        "pulls_before": f"coalesce((SELECT pulls_that_day {mine} AND {today}), 0)",
        "pity_after": "1",
        **{f"{rarity.lower()}_{part}": "0" for rarity in STOCKED for part in ("taken", "needed")},
        **{f"{rarity.lower()}_short": "false" for rarity in STOCKED},
        **{f"{rarity.lower()}_count": str(int(rarity == "Common")) for rarity in RARITIES},
    }
    return pgbench.script(user_ids, SETTLE_PULLS, **columns)


def _ride(user_ids: list[int]) -> str:
    """A bet and its end."""
    house = "concat('house', chr(58), 'crash')"
    bet = {
        "amount": f"-{_CRASH_STAKE}",
        "stake": str(_CRASH_STAKE),
        "counter_account": house,
        "kind": "'crash_bet'",
        "messages": "2",
        "bet_amount": str(_CRASH_STAKE),
        "auto_points": "NULL",
        "crash_points": "200",
        "started_at": "now()",
        "due_at": "now()",
    }
    running = "(SELECT id FROM crash_rounds WHERE user_id = :user_id AND status = 'active')"
    end = {
        "amount": str(_CRASH_STAKE),
        "stake": "0",
        "counter_account": house,
        "kind": "'crash_end'",
        "round_id": running,
        "game_type": "'crash'",
        "drawn_seed_id": "0",
        "drawn_nonce": "1",
        "status": "'cashed'",
        "cashout_points": "100",
        "ended_at": "now()",
    }
    return pgbench.script(user_ids, PLACE_BETS, **bet) + pgbench.statement(END_ROUNDS, **end)


_SCRIPTS: dict[str, Callable[[list[int]], str]] = {
    "slot": _plain,
    "rps": _rps,
    "gacha": _pull,
    "crash": _ride,
}
