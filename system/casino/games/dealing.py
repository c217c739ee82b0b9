"""What a game and the table say to each other: a bet, what it is drawn from, and the row that settles it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import asyncpg
import orjson

from casino.games.facts import ROUND_MESSAGES
from casino.games.rules import fairness, slot
from casino.kit.errors import CasinoError
from casino.kit.ids import uuid7
from casino.wallet.service import PreparedSettlement

GAMES = ("slot", "rps", "gacha", "crash")
SettlementRow = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bet:
    """A round as asked for: `asked` is what the game needs besides the stake. `key` and `fingerprint` come together."""

    user_id: int
    bet_amount: int
    client_seed: str | None = None
    key: str | None = None
    fingerprint: bytes | None = None
    traceparent: str | None = None
    game: str = "slot"
    asked: Any = None

    @property
    def ledger_key(self) -> str | None:
        """The key of the transfer that it becomes, when the caller gave one."""
        return f"client:{self.key}" if self.key else None


@dataclass(slots=True)
class DrawState:
    """What a user's next round is drawn from. A process's memory of it may be stale: the settlement checks."""

    seed_id: int
    server_seed: bytes
    seed_hash: str
    client_seed: str
    nonce: int


@dataclass(frozen=True, slots=True)
class Draw:
    """The randomness of one round: which seeds and number it has, and its words."""

    seed_id: int
    server_seed: bytes
    seed_hash: str
    client_seed: str
    nonce: int

    def words(self) -> Iterator[int]:
        """The words from the first one on."""
        return fairness.words(self.server_seed, self.client_seed, self.nonce)

    def proof(self) -> dict[str, Any]:
        """What is shown of it before the seed is revealed."""
        return {"server_seed_hash": self.seed_hash, "client_seed": self.client_seed, "nonce": self.nonce}


def draw_of(bet: Bet, state: DrawState) -> Draw:
    """The next draw of the bet's player."""
    client_seed = bet.client_seed or state.client_seed
    return Draw(state.seed_id, state.server_seed, state.seed_hash, client_seed, state.nonce + 1)


@dataclass(frozen=True, slots=True)
class Dealt:
    """What a draw came to. `result` is stored with the round, `shown` joins the answer, `told` joins the fact."""

    win_amount: int
    multiplier: Any
    config_version: int
    result: dict[str, Any]
    shown: dict[str, Any]
    told: dict[str, Any] = field(default_factory=dict)


class Dealer(Protocol):
    """A game, as the table plays it."""

    game_type: str
    settlement: PreparedSettlement

    async def read(self, connection: asyncpg.Connection, bets: Sequence[Bet], /) -> Any:
        """What the draws of this batch depend on besides the seeds; one round trip, or none."""

    def deal(self, bet: Bet, draw: Draw, known: Any, /) -> SettlementRow | CasinoError | None:
        """The row that settles the bet, why it is refused, or None when it has to wait for the next batch."""


def house_account(game: str) -> str:
    """The account that gold staked at a game goes to, and its winnings come from."""
    return f"house:{game}"


def round_row(bet: Bet, draw: Draw, dealt: Dealt, *, bonus_gold: int) -> SettlementRow:
    """All that settling a round needs; a win brings the bonus on top."""
    outcome = slot.outcome(bet.bet_amount, dealt.win_amount)
    bonus = bonus_gold if outcome == "win" else 0
    round_id = str(uuid7())
    told = {
        "round_id": round_id,
        "bet_amount": bet.bet_amount,
        "win_amount": dealt.win_amount,
        "multiplier": dealt.multiplier,
        "outcome": outcome,
    }
    shown = told | {"bonus_gold": bonus} | dealt.shown | {"fairness": draw.proof()}
    told |= {"game_type": bet.game} | dealt.told | ({"bonus_gold": bonus} if bonus else {})
    return {
        "user_id": bet.user_id,
        "amount": dealt.win_amount - bet.bet_amount + bonus,
        "stake": bet.bet_amount,
        "counter_account": house_account(bet.game),
        "kind": "game_round",
        "reference": round_id,
        "ledger_key": bet.ledger_key or f"round:{round_id}",
        "messages": ROUND_MESSAGES,
        "seed_id": draw.seed_id,
        "nonce": draw.nonce,
        "round_id": round_id,
        "game_type": bet.game,
        "bet_amount": bet.bet_amount,
        "win_amount": dealt.win_amount,
        "bonus_gold": bonus,
        "multiplier": dealt.multiplier,
        "won": int(outcome == "win"),
        "lost": int(outcome == "lose"),
        "config_version": dealt.config_version,
        "client_seed": draw.client_seed,
        "result_data": orjson.dumps(dealt.result).decode(),
        "event_id": str(uuid7()),
        "traceparent": bet.traceparent,
        "fact_data": orjson.dumps(told).decode(),
        "key": bet.key,
        "fingerprint": bet.fingerprint,
        "answer_tail": orjson.dumps(shown).decode()[1:],
    }
