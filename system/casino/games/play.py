"""Plays rounds: deals each bet, settles the waiting ones together, and answers each on its own."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from weakref import WeakSet

import asyncpg

from casino.games import metering, repository
from casino.games.dealing import Bet, Dealer, DrawState, SettlementRow, draw_of, house_account
from casino.games.refusals import Answer, answered_before, gold_short, look_at
from casino.games.rules import fairness
from casino.games.settle_rounds import answer_text
from casino.kit.coalescer import Coalescer, tries
from casino.kit.database import Database, set_session
from casino.kit.errors import CasinoError
from casino.kit.metrics import counter
from casino.wallet.errors import WalletBusy
from casino.wallet.service import draw_state, limit_refusal, start_draws_from

DRAW_STATES_MAX = 50_000
DEFAULT_CLIENT_SEED = "casino-club"


class _MovedOn:
    """The row's guard did not hold and nothing was wrong with it: draw again."""


_MOVED_ON = _MovedOn()
Settled = Answer | CasinoError | _MovedOn


class Table:
    """The games of one process. Rounds of a user follow one another; rounds of different users settle together.

    Each game has batches of its own; a player at two games at once is kept in order by the nonce alone. `admit` lets
    a bet of so much gold on a game through, or raises.
    """

    def __init__(
        self,
        database: Database,
        dealers: Sequence[Dealer],
        *,
        admit: Callable[[str, int], None],
        rows_max: int,
        lanes: int,
        coalesce: bool = True,
    ) -> None:
        self._database = database
        self._admit = admit
        self._states: OrderedDict[int, DrawState] = OrderedDict()
        self._coalescers: dict[str, Coalescer[Bet, Settled]] = {
            dealer.game_type: Coalescer(
                partial(self._settle, dealer),
                rows_max=rows_max if coalesce else 1,
                lanes=lanes if coalesce else lanes * 4,
            )
            for dealer in dealers
        }
        self._prepared: WeakSet[asyncpg.Connection] = WeakSet()

    async def play(self, bet: Bet) -> Answer:
        """Plays one round to its end.

        Raises InsufficientGold, LimitReached, WalletNotFound, IdempotencyKeyReused, IdempotencyKeyExpired, what the
        game or `admit` refuses, or WalletBusy when the wallet stayed locked. A caller that goes away changes nothing:
        its round is whole or was never drawn.
        """
        try:
            self._admit(bet.game, bet.bet_amount)
        except CasinoError:
            before = await self._answered_before(bet)
            if before is None:
                raise
            return before
        async for _ in tries():
            if bet.user_id not in self._states:
                await self._load_state(bet.user_id)
            settled = await self._coalescers[bet.game].submit(bet.user_id, bet)
            if isinstance(settled, Answer):
                return settled
            if isinstance(settled, CasinoError):
                raise settled
            counter("settlement_retries_total").labels("guard").inc()
        raise WalletBusy("Another request holds this wallet; try again.", retry_after_seconds=1)

    async def _answered_before(self, bet: Bet) -> Answer | None:
        """The answer that the bet's key has had, which may be had again also when its game is closed."""
        if bet.key is None:
            return None
        async with self._database.driver() as connection:
            seen = await look_at(connection, [bet])
        before = answered_before(bet, seen[bet.user_id])
        if isinstance(before, CasinoError):
            raise before
        return before

    def forget(self, user_id: int) -> None:
        """Drops what is remembered of a user's seed (it was rotated)."""
        self._states.pop(user_id, None)

    async def drain(self) -> None:
        """Waits until every round taken so far is settled."""
        for coalescer in self._coalescers.values():
            await coalescer.drain()

    async def _settle(self, dealer: Dealer, bets: Sequence[Bet]) -> list[Settled]:
        metering.batch(dealer.game_type, len(bets))
        async with self._database.driver() as connection:
            await self._fix_plan(connection)
            known = await dealer.read(connection, bets)
            dealt = {bet.user_id: self._deal(dealer, bet, known) for bet in bets}
            rows = [row for row in dealt.values() if isinstance(row, dict)]
            moved = await dealer.settlement.run(connection, rows) if rows else {}
            left = [bet for bet in bets if bet.user_id not in moved]
            seen = await look_at(connection, left) if left else {}
        self._database.committed()
        return [self._outcome(bet, dealt[bet.user_id], moved, seen) for bet in bets]

    def _deal(self, dealer: Dealer, bet: Bet, known: Any) -> SettlementRow | CasinoError | None:
        """The row of a bet; None while it cannot be drawn, because the seed was rotated a moment ago."""
        state = self._states.get(bet.user_id)
        return None if state is None else dealer.deal(bet, draw_of(bet, state), known)

    async def _fix_plan(self, connection: asyncpg.Connection) -> None:
        """The settlement is planned once a connection: planning it costs more than running it."""
        if connection not in self._prepared:
            await set_session(connection, plan_cache_mode="force_generic_plan")
            self._prepared.add(connection)

    def _outcome(
        self,
        bet: Bet,
        dealt: SettlementRow | CasinoError | None,
        moved: Mapping[int, Any],
        seen: Mapping[int, Any],
    ) -> Settled:
        settled = moved.get(bet.user_id)
        if settled is None:
            return self._refusal(bet, dealt, seen[bet.user_id])
        assert isinstance(dealt, dict), "only a row can move"
        state = self._states.get(bet.user_id)
        if state is not None and state.seed_id == dealt["seed_id"]:
            state.nonce = dealt["nonce"]
        metering.settled(dealt)
        return Answer(answer_text(str(settled["balance"]), dealt["answer_tail"]), replayed=False)

    def _refusal(self, bet: Bet, dealt: SettlementRow | CasinoError | None, found: asyncpg.Record) -> Settled:
        """Why a bet did not settle, in the order in which a client should hear it."""
        refused = answered_before(bet, found)
        if refused is None and isinstance(dealt, CasinoError):
            refused = dealt
        if refused is None:
            refused = gold_short(bet.user_id, bet.bet_amount, found)
        if refused is None:
            refused = limit_refusal(found, stake=bet.bet_amount, counter_account=house_account(bet.game))
        if refused is not None:
            return refused
        state = self._states.get(bet.user_id)
        if state is not None and state.seed_id == found["draw_seed_id"]:
            state.nonce = found["draw_nonce"]
        else:
            self.forget(bet.user_id)
        return _MOVED_ON

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
