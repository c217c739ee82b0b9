"""Takes bets on crash: the stake leaves at once, and the round runs by the database's clock."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import BigInteger, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from casino.games.dealing import Bet, Draw, SettlementRow
from casino.games.errors import ClockAdrift, RoundActive
from casino.games.facts import CRASH_STARTED_MESSAGES
from casino.games.models import CrashRound, is_running
from casino.games.rules.crash import CRASH, POINTS_A_UNIT, crash_points, microseconds_of_life
from casino.games.server_clock import ServerClock
from casino.games.settle_crash import PLACE_BETS
from casino.kit.clock import rfc3339
from casino.kit.database import Prepared
from casino.kit.errors import CasinoError
from casino.kit.ids import uuid7

_ACTIVE = Prepared(
    select(CrashRound.user_id, CrashRound.id).where(
        CrashRound.user_id == any_(bindparam("user_ids", type_=ARRAY(BigInteger))),
        is_running(),
    )
)


class CrashBetDealer:
    """Starts rounds; `bet.asked` is the automatic cash-out in hundredths, or None."""

    game_type = "crash"
    settlement = PLACE_BETS

    def __init__(self, clock: ServerClock) -> None:
        self._clock = clock

    async def read(self, connection: asyncpg.Connection, bets: Sequence[Bet]) -> dict[int, UUID]:
        """The running rounds of these players."""
        rows = await _ACTIVE.fetch(connection, {"user_ids": [bet.user_id for bet in bets]})
        return {row["user_id"]: row["id"] for row in rows}

    def deal(self, bet: Bet, draw: Draw, known: dict[int, UUID]) -> SettlementRow | CasinoError:
        """Draws where the curve ends, and starts it."""
        running = known.get(bet.user_id)
        if running is not None:
            return RoundActive(f"Round {running} is still running; leave it first.", game_id=str(running))
        try:
            now = self._clock.for_a_bet()
        except ClockAdrift as adrift:
            return adrift
        started_at = now.replace(microsecond=now.microsecond // 1_000 * 1_000)
        return _row(bet, draw, crash_points(CRASH, draw.words()), started_at)


def _row(bet: Bet, draw: Draw, crash: int, started_at: datetime) -> SettlementRow:
    auto: int | None = bet.asked
    game_id = str(uuid7())
    life = timedelta(microseconds=microseconds_of_life(CRASH, crash, auto))
    auto_cashout = None if auto is None else auto / POINTS_A_UNIT
    shown = {
        "game_id": game_id,
        "bet_amount": bet.bet_amount,
        "auto_cashout": auto_cashout,
        "started_at": rfc3339(started_at),
        "growth": CRASH.growth,
        "server_seed_hash": draw.seed_hash,
        "fairness": draw.proof(),
    }
    told = {
        "game_type": "crash",
        "round_id": game_id,
        "bet_amount": bet.bet_amount,
        "win_amount": 0,
        "multiplier": 1,
        "outcome": "running",
        "auto_cashout": auto_cashout,
        "started_at": rfc3339(started_at),
        "growth": CRASH.growth,
    }
    return {
        "user_id": bet.user_id,
        "amount": -bet.bet_amount,
        "stake": bet.bet_amount,
        "counter_account": "house:crash",
        "kind": "crash_bet",
        "reference": game_id,
        "ledger_key": bet.ledger_key or f"crash:{game_id}:bet",
        "messages": CRASH_STARTED_MESSAGES,
        "seed_id": draw.seed_id,
        "nonce": draw.nonce,
        "round_id": game_id,
        "bet_amount": bet.bet_amount,
        "auto_points": auto,
        "crash_points": crash,
        "started_at": started_at,
        "due_at": started_at + life,
        "config_version": CRASH.version,
        "client_seed": draw.client_seed,
        "event_id": str(uuid7()),
        "traceparent": bet.traceparent,
        "fact_data": orjson.dumps(told).decode(),
        "key": bet.key,
        "fingerprint": bet.fingerprint,
        "answer_tail": orjson.dumps(shown).decode()[1:],
    }
