"""Ends rounds of crash, once each: a player leaves, the automatic cash-out is reached, or the curve crashes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import structlog
from sqlalchemy import any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from casino.games import metering
from casino.games.dealing import SettlementRow
from casino.games.errors import AlreadyCrashed, NoActiveRound
from casino.games.facts import ROUND_MESSAGES
from casino.games.models import CrashRound, FairnessSeed, is_running
from casino.games.refusals import Answer, answered_before, look_at
from casino.games.rules import fairness, slot
from casino.games.rules.crash import CRASH, POINTS_A_UNIT, Status, auto_reached, cash_out, payout
from casino.games.settle_crash import END_ROUNDS
from casino.games.settle_rounds import answer_text
from casino.games.win_bonuses import WinBonuses
from casino.kit.coalescer import Coalescer, tries
from casino.kit.database import Database, Prepared
from casino.kit.errors import CasinoError
from casino.kit.ids import uuid7
from casino.kit.metrics import counter
from casino.wallet.errors import WalletBusy

DUE_MAX = 500
# A cash-out that arrived before the crash may still be on its way to its statement when the curve has ended.
GRACE = timedelta(milliseconds=250)
# A round that could not be ended for so long gives its stake back: its player could not leave it either.
EXPIRES_AFTER = timedelta(minutes=10)

log = structlog.get_logger(__name__)
_MICROSECOND = timedelta(microseconds=1)

_ASKED = Prepared(
    select(CrashRound, FairnessSeed.server_seed)
    .join(FairnessSeed, FairnessSeed.id == CrashRound.seed_id)
    .where(CrashRound.id == any_(bindparam("ids", type_=ARRAY(PG_UUID))))
)
_DUE = Prepared(
    select(CrashRound, FairnessSeed.server_seed, func.clock_timestamp().label("now"))
    .join(FairnessSeed, FairnessSeed.id == CrashRound.seed_id)
    .where(is_running(), CrashRound.due_at <= func.clock_timestamp() - GRACE)
    .order_by(CrashRound.due_at)
    .limit(DUE_MAX)
)


@dataclass(frozen=True, slots=True)
class CashOut:
    """A player leaves a round; `arrived_at` is when the request was all there, by the database's clock."""

    user_id: int
    game_id: UUID
    arrived_at: datetime
    key: str | None = None
    fingerprint: bytes | None = None
    traceparent: str | None = None

    @property
    def ledger_key(self) -> str:
        """A round ends once, whatever keys are sent."""
        return f"crash:{self.game_id}:end"


@dataclass(frozen=True, slots=True)
class _End:
    """How a round ends: the points that are paid, or None, and the moment."""

    status: Status
    points: int | None
    win_amount: int
    ended_at: datetime


class _Busy:
    """The row could not be locked just now."""


_BUSY = _Busy()


class CrashEnds:
    """Ends rounds for one process, those of different players together."""

    def __init__(self, database: Database, bonuses: WinBonuses, *, rows_max: int, lanes: int) -> None:
        self._database = database
        self._bonuses = bonuses
        self._coalescer: Coalescer[CashOut, Answer | CasinoError | _Busy] = Coalescer(
            self._settle, rows_max=rows_max, lanes=lanes
        )

    async def cash_out(self, asked: CashOut) -> Answer:
        """Leaves a running round at the moment the request arrived.

        Raises AlreadyCrashed, NoActiveRound, IdempotencyKeyReused, or WalletBusy when the round stayed locked.
        """
        async for _ in tries():
            settled = await self._coalescer.submit(asked.user_id, asked)
            if isinstance(settled, Answer):
                return settled
            if isinstance(settled, CasinoError):
                raise settled
            counter("settlement_retries_total").labels("guard").inc()
        raise WalletBusy("Another request holds this round; try again.", retry_after_seconds=1)

    async def drain(self) -> None:
        """Waits until every cash-out taken so far is settled."""
        await self._coalescer.drain()

    async def end_due(self) -> int:
        """Ends the rounds whose time has come; returns how many."""
        async with self._database.driver() as connection:
            due = await _DUE.fetch(connection, {})
            rows = [_row(found, _due_end(found), self._bonuses.gold()) for found in due]
            moved = await END_ROUNDS.run(connection, rows) if rows else {}
        if moved:
            self._database.committed()
        for row in rows:
            if row["user_id"] in moved:
                metering.settled(row)
        return len(moved)

    async def _settle(self, asks: Sequence[CashOut]) -> list[Answer | CasinoError | _Busy]:
        metering.batch("crash_end", len(asks))
        async with self._database.driver() as connection:
            found = {
                row["id"]: row
                for row in await _ASKED.fetch(connection, {"ids": [ask.game_id for ask in asks]})
            }
            rows = {ask.user_id: self._row(ask, found.get(ask.game_id)) for ask in asks}
            ready = [row for row in rows.values() if isinstance(row, dict)]
            moved = await END_ROUNDS.run(connection, ready) if ready else {}
            left = [ask for ask in asks if ask.user_id not in moved]
            seen = await look_at(connection, left) if left else {}
        self._database.committed()
        return [_outcome(ask, rows[ask.user_id], moved, seen) for ask in asks]

    def _row(self, ask: CashOut, found: asyncpg.Record | None) -> SettlementRow | CasinoError:
        if found is None or found["user_id"] != ask.user_id:
            return NoActiveRound(f"You have no running round {ask.game_id}.")
        if found["status"] == Status.CRASHED:
            return _crashed(found)
        if found["status"] != Status.ACTIVE:
            return NoActiveRound(f"Round {ask.game_id} has ended: {found['status']}.")
        elapsed = (ask.arrived_at - found["started_at"]) // _MICROSECOND
        points = cash_out(
            CRASH, crash=found["crash_points"], auto=found["auto_points"], elapsed_microseconds=elapsed
        )
        if points is None:
            return _crashed(found)
        end = _End(Status.CASHED, points, payout(found["bet_amount"], points), ask.arrived_at)
        return _row(found, end, self._bonuses.gold(), ask)


def _crashed(found: Mapping[str, Any]) -> AlreadyCrashed:
    points = max(found["crash_points"], POINTS_A_UNIT) / POINTS_A_UNIT
    return AlreadyCrashed(f"The curve crashed at {points:.2f}.", crash_point=points)


def _outcome(
    ask: CashOut,
    row: SettlementRow | CasinoError,
    moved: Mapping[int, asyncpg.Record],
    seen: Mapping[int, asyncpg.Record],
) -> Answer | CasinoError | _Busy:
    settled = moved.get(ask.user_id)
    if settled is not None:
        assert isinstance(row, dict), "only a row can move"
        metering.settled(row)
        return Answer(answer_text(str(settled["balance"]), row["answer_tail"]), replayed=False)
    found = seen[ask.user_id]
    if found["body"] is not None:
        stored = answered_before(ask, found)
        assert stored is not None, "there is an answer"
        return stored
    if isinstance(row, CasinoError):
        return row
    if found["paid_seq"] is not None:
        return NoActiveRound(f"Round {ask.game_id} has ended.")
    return _BUSY


def _due_end(found: Mapping[str, Any]) -> _End:
    """How a round ends that nobody left in time."""
    points = auto_reached(CRASH, found["crash_points"], found["auto_points"])
    if points is not None:
        return _End(Status.CASHED, points, payout(found["bet_amount"], points), found["due_at"])
    if found["now"] - found["due_at"] > EXPIRES_AFTER:
        return _End(Status.EXPIRED, None, found["bet_amount"], found["now"])
    return _End(Status.CRASHED, None, 0, found["due_at"])


def _row(found: Mapping[str, Any], end: _End, bonus_gold: int, ask: CashOut | None = None) -> SettlementRow:
    bet, game_id = found["bet_amount"], str(found["id"])
    outcome = slot.outcome(bet, end.win_amount)
    bonus = bonus_gold if outcome == "win" else 0
    multiplier = end.win_amount / bet if end.points is None else end.points / POINTS_A_UNIT
    result = {
        "status": end.status,
        "crash_point": max(found["crash_points"], POINTS_A_UNIT) / POINTS_A_UNIT,
        "cashout_point": None if end.points is None else end.points / POINTS_A_UNIT,
    }
    told = {
        "round_id": game_id,
        "bet_amount": bet,
        "win_amount": end.win_amount,
        "multiplier": multiplier,
        "outcome": outcome,
    }
    proof = {
        "server_seed_hash": fairness.commitment(bytes(found["server_seed"])),
        "client_seed": found["client_seed"],
        "nonce": found["nonce"],
    }
    shown = told | result | {"game_id": game_id, "bonus_gold": bonus, "fairness": proof}
    shown["profit"] = end.win_amount - bet
    fact = told | result | {"game_type": "crash"} | ({"bonus_gold": bonus} if bonus else {})
    auto = found["auto_points"]
    stored = result | {"auto_cashout": None if auto is None else auto / POINTS_A_UNIT}
    return {
        "user_id": found["user_id"],
        "amount": end.win_amount + bonus,
        "stake": 0,
        "counter_account": "house:crash",
        "kind": "crash_end",
        "reference": game_id,
        "ledger_key": f"crash:{game_id}:end",
        "messages": ROUND_MESSAGES,
        "seed_id": None,
        "nonce": None,
        "drawn_seed_id": found["seed_id"],
        "drawn_nonce": found["nonce"],
        "round_id": game_id,
        "game_type": "crash",
        "bet_amount": bet,
        "win_amount": end.win_amount,
        "bonus_gold": bonus,
        "multiplier": multiplier,
        "won": int(outcome == "win"),
        "lost": int(outcome == "lose"),
        "config_version": found["config_version"],
        "client_seed": found["client_seed"],
        "result_data": orjson.dumps(stored).decode(),
        "status": end.status,
        "cashout_points": end.points,
        "ended_at": end.ended_at,
        "reference_win": metering.reference_win(bet, found["crash_points"]),
        "event_id": str(uuid7()),
        "traceparent": ask.traceparent if ask is not None else None,
        "fact_data": orjson.dumps(fact).decode(),
        "key": ask.key if ask is not None else None,
        "fingerprint": ask.fingerprint if ask is not None else None,
        "answer_tail": orjson.dumps(shown).decode()[1:],
    }
