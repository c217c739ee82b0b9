"""Plays rounds: draws each outcome, settles the waiting ones together, and answers each on its own."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson

from casino.games import repository
from casino.games.facts import ROUND_MESSAGES
from casino.games.rules import fairness, slot
from casino.games.settle_rounds import SETTLE_ROUNDS, answer_text, look_at
from casino.kit.coalescer import Coalescer
from casino.kit.database import Database, set_session
from casino.kit.errors import CasinoError, IdempotencyKeyExpired
from casino.kit.idempotency import StoredAnswer, same_request
from casino.kit.ids import uuid7
from casino.kit.metrics import counter, gauge, histogram
from casino.wallet.errors import InsufficientGold, WalletBusy
from casino.wallet.service import draw_state, start_draws_from

ATTEMPTS_MAX = 8
DRAW_STATES_MAX = 50_000
DEFAULT_CLIENT_SEED = "casino-club"


@dataclass(frozen=True, slots=True)
class Bet:
    """A spin as asked for. `key` and `fingerprint` come together or not at all."""

    user_id: int
    bet_amount: int
    client_seed: str | None = None
    key: str | None = None
    fingerprint: bytes | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A settled round's JSON; `replayed` when the key had been answered before."""

    body: str
    replayed: bool


@dataclass(slots=True)
class DrawState:
    """What a user's next round is drawn from. A process's memory of it may be stale: the settlement checks."""

    seed_id: int
    server_seed: bytes
    seed_hash: str
    client_seed: str
    nonce: int


class _MovedOn:
    """The row's guard did not hold and nothing was wrong with it: draw again."""


_MOVED_ON = _MovedOn()
Settled = Answer | CasinoError | _MovedOn


class Table:
    """The slot table of one process. Rounds of a user follow one another; rounds of different users settle together."""

    def __init__(self, database: Database, *, rows_max: int, lanes: int, coalesce: bool = True) -> None:
        self._database = database
        self._states: OrderedDict[int, DrawState] = OrderedDict()
        self._coalescer: Coalescer[Bet, Settled] = Coalescer(
            self._settle, rows_max=rows_max if coalesce else 1, lanes=lanes if coalesce else lanes * 4
        )
        self._totals = [0, 0]
        self._prepared: set[int] = set()

    async def spin(self, bet: Bet) -> Answer:
        """Plays one round to its end.

        Raises InsufficientGold, WalletNotFound, IdempotencyKeyReused, IdempotencyKeyExpired, or WalletBusy when the
        wallet stayed locked. A caller that goes away changes nothing: its round is whole or was never drawn.
        """
        for attempt in range(ATTEMPTS_MAX):
            if attempt:
                await asyncio.sleep(0.002 * 2**attempt)
            if bet.user_id not in self._states:
                await self._load_state(bet.user_id)
            settled = await self._coalescer.submit(bet.user_id, bet)
            if isinstance(settled, Answer):
                return settled
            if isinstance(settled, CasinoError):
                raise settled
            counter("settlement_retries_total").labels("guard").inc()
        raise WalletBusy("Another request holds this wallet; try again.", retry_after_seconds=1)

    def forget(self, user_id: int) -> None:
        """Drops what is remembered of a user's seed (it was rotated)."""
        self._states.pop(user_id, None)

    async def drain(self) -> None:
        """Waits until every round taken so far is settled."""
        await self._coalescer.drain()

    async def _settle(self, bets: Sequence[Bet]) -> list[Settled]:
        rows = [_row(bet, self._states[bet.user_id]) for bet in bets if bet.user_id in self._states]
        histogram("settlement_batch_rows").labels("slot").observe(len(bets))
        async with self._database.driver() as connection:
            await self._fix_plan(connection)
            moved = await SETTLE_ROUNDS.run(connection, rows) if rows else {}
            left = [row for row in rows if row["user_id"] not in moved]
            seen = await look_at(connection, left) if left else {}
        self._database.committed()
        by_user = {row["user_id"]: row for row in rows}
        return [self._outcome(bet, by_user.get(bet.user_id), moved, seen) for bet in bets]

    async def _fix_plan(self, connection: asyncpg.Connection) -> None:
        """The settlement is planned once a connection: planning it costs more than running it."""
        if id(connection) not in self._prepared:
            await set_session(connection, plan_cache_mode="force_generic_plan")
            self._prepared.add(id(connection))

    def _outcome(
        self, bet: Bet, row: dict[str, Any] | None, moved: dict[int, Any], seen: dict[int, Any]
    ) -> Settled:
        if row is None:
            return _MOVED_ON
        settled = moved.get(bet.user_id)
        if settled is not None:
            state = self._states.get(bet.user_id)
            if state is not None and state.seed_id == row["seed_id"]:
                state.nonce = row["nonce"]
            self._count(row)
            return Answer(answer_text(str(settled["balance"]), row["answer_tail"]), replayed=False)
        return self._refusal(bet, seen[bet.user_id])

    def _refusal(self, bet: Bet, found: Any) -> Settled:
        """Why a row did not move, in the order in which a client should hear it."""
        if found["body"] is not None:
            stored = StoredAnswer(bytes(found["fingerprint"]), found["status"], found["body"])
            try:
                return Answer(same_request(stored, bet.fingerprint or b"").body, replayed=True)
            except CasinoError as reused:
                return reused
        if found["paid_seq"] is not None:
            return IdempotencyKeyExpired(
                "This idempotency key was used long ago; its answer is no longer kept."
            )
        balance = found["gold_balance"]
        if balance < bet.bet_amount:
            detail = f"You have {balance} gold, {bet.bet_amount} are needed."
            return InsufficientGold(detail, balance=balance, needed=bet.bet_amount)
        state = self._states.get(bet.user_id)
        if state is not None and state.seed_id == found["draw_seed_id"]:
            state.nonce = found["draw_nonce"]
        else:
            self.forget(bet.user_id)
        return _MOVED_ON

    def _count(self, row: dict[str, Any]) -> None:
        bet, win = row["bet_amount"], row["win_amount"]
        counter("game_rounds_total").labels("slot", slot.outcome(bet, win)).inc()
        counter("game_bet_gold_total").labels("slot").inc(bet)
        counter("game_win_gold_total").labels("slot").inc(win)
        self._totals[0] += bet
        self._totals[1] += win
        gauge("game_rtp_ratio").labels("slot").set(self._totals[1] / self._totals[0])

    async def _load_state(self, user_id: int) -> None:
        """Learns what the user's next round is drawn from. Not part of a batch: a first seed waits for the wallet."""
        async with self._database.snapshot() as connection:
            known = await repository.current_seed(connection, user_id)
        if known is None:
            async with self._database.transaction() as connection:
                await ensure_seed(connection, user_id)
                known = await repository.current_seed(connection, user_id)
            assert known is not None, "a user with a wallet has a seed now"
        self._remember(user_id, known.seed_id, known.server_seed, known.client_seed, known.nonce)

    def _remember(self, user_id: int, seed_id: int, server_seed: bytes, client_seed: str, nonce: int) -> None:
        seed = bytes(server_seed)
        self._states[user_id] = DrawState(seed_id, seed, fairness.commitment(seed), client_seed, nonce)
        if len(self._states) > DRAW_STATES_MAX:
            self._states.popitem(last=False)


async def ensure_seed(connection: Any, user_id: int) -> tuple[int, int]:
    """(seed id, draws made) of the user, committing them to a first seed if they have none. Locks the wallet."""
    seed_id, nonce = await draw_state(connection, user_id, lock=True)
    if seed_id is not None:
        return seed_id, nonce
    seed_id = await repository.add_seed(connection, user_id, fairness.new_server_seed(), DEFAULT_CLIENT_SEED)
    await start_draws_from(connection, user_id, seed_id)
    return seed_id, 0


def _row(bet: Bet, state: DrawState) -> dict[str, Any]:
    """Draws the round and lays out all that settling it needs."""
    nonce = state.nonce + 1
    client_seed = bet.client_seed or state.client_seed
    spin = slot.spin(slot.SLOT, fairness.words(state.server_seed, client_seed, nonce))
    win = bet.bet_amount * spin.multiplier
    outcome = slot.outcome(bet.bet_amount, win)
    round_id = str(uuid7())
    shown = {
        "round_id": round_id,
        "bet_amount": bet.bet_amount,
        "win_amount": win,
        "bonus_gold": 0,
        "multiplier": spin.multiplier,
        "outcome": outcome,
        "reels": slot.window(slot.SLOT, spin.stops),
        "stops": spin.stops,
        "symbols": spin.symbols,
        "fairness": {"server_seed_hash": state.seed_hash, "client_seed": client_seed, "nonce": nonce},
    }
    told = {name: shown[name] for name in ("round_id", "bet_amount", "win_amount", "multiplier", "outcome")}
    return {
        "user_id": bet.user_id,
        "amount": win - bet.bet_amount,
        "stake": bet.bet_amount,
        "counter_account": "house:slot",
        "kind": "game_round",
        "reference": round_id,
        "ledger_key": f"client:{bet.key}" if bet.key else f"round:{round_id}",
        "messages": ROUND_MESSAGES,
        "seed_id": state.seed_id,
        "nonce": nonce,
        "round_id": round_id,
        "game_type": "slot",
        "bet_amount": bet.bet_amount,
        "win_amount": win,
        "multiplier": spin.multiplier,
        "won": int(outcome == "win"),
        "lost": int(outcome == "lose"),
        "config_version": slot.SLOT.version,
        "client_seed": client_seed,
        "result_data": orjson.dumps({"stops": spin.stops, "symbols": spin.symbols}).decode(),
        "event_id": str(uuid7()),
        "traceparent": bet.traceparent,
        "fact_data": orjson.dumps(told | {"game_type": "slot", "symbols": spin.symbols}).decode(),
        "key": bet.key,
        "fingerprint": bet.fingerprint,
        "answer_tail": orjson.dumps(shown).decode()[1:],
    }
