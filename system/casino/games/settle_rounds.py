"""The hot path's one statement: gold, transfer, round, statistics, stored answer and fact, for a batch of rounds.

Its parts are also what the statements of the gacha and of crash are built from.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Insert,
    Integer,
    LargeBinary,
    Numeric,
    Text,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID, insert

from casino.games.facts import ROUND_SETTLED
from casino.games.models import GameRound, UserGameStats
from casino.kit.idempotency import store_answers, unanswered
from casino.kit.outbox import append_facts
from casino.wallet.service import ColumnTypes, PreparedSettlement, Settlement

ROUND_COLUMNS: ColumnTypes = {
    "round_id": UUID,
    "game_type": Text,
    "bet_amount": BigInteger,
    "win_amount": BigInteger,
    "bonus_gold": BigInteger,
    "multiplier": Numeric,
    "won": Integer,
    "lost": Integer,
    "config_version": Integer,
    "client_seed": Text,
    "result_data": Text,
    "event_id": UUID,
    "traceparent": Text,
    "fact_data": Text,
    "key": Text,
    "fingerprint": LargeBinary,
    "answer_tail": Text,
}


def insert_rounds(moved: Any, drawn_from: tuple[str, str]) -> Insert:
    """A round for each row that moved; `drawn_from` names its columns of the seed's id and the nonce."""
    seed_id, nonce = drawn_from
    values = {
        "id": moved.c.round_id,
        "user_id": moved.c.user_id,
        "transfer_seq": moved.c.transfer_seq,
        "game_type": moved.c.game_type,
        "bet_amount": moved.c.bet_amount,
        "win_amount": moved.c.win_amount,
        "bonus_gold": moved.c.bonus_gold,
        "multiplier": moved.c.multiplier,
        "config_version": moved.c.config_version,
        "seed_id": moved.c[seed_id],
        "client_seed": moved.c.client_seed,
        "nonce": moved.c[nonce],
        "result_data": cast(moved.c.result_data, JSONB),
    }
    return insert(GameRound).from_select(list(values), select(*values.values()))


def add_to_stats(moved: Any) -> Insert:
    """Counts each row that moved into its player's totals; returns the totals."""
    values = {
        "user_id": moved.c.user_id,
        "game_type": moved.c.game_type,
        "plays": literal(1, BigInteger),
        "wins": moved.c.won,
        "losses": moved.c.lost,
        "total_bet": moved.c.bet_amount,
        "total_gold_won": moved.c.win_amount,
        "highest_multiplier": moved.c.multiplier,
    }
    added = insert(UserGameStats).from_select(list(values), select(*values.values()))
    new, old = added.excluded, UserGameStats
    summed = {
        name: getattr(old, name) + new[name]
        for name in ("plays", "wins", "losses", "total_bet", "total_gold_won")
    }
    best = func.greatest(old.highest_multiplier, new.highest_multiplier)
    upserted = added.on_conflict_do_update(
        index_elements=["user_id", "game_type"], set_=summed | {"highest_multiplier": best}
    )
    return upserted.returning(*UserGameStats.__table__.columns)


def stats_object(stats: Any) -> ColumnElement[Any]:
    """One game's totals as the flat JSON object that `stats_update` carries."""
    names = ("game_type", "plays", "wins", "losses", "total_bet", "total_gold_won", "highest_multiplier")
    return func.jsonb_build_object(*(part for name in names for part in (name, stats.c[name])), type_=JSONB)


def append_settled(moved: Any, stats: Any) -> Insert:
    """The fact of each row that moved, with the balance and the totals that are known only now."""
    known_now = func.jsonb_build_object("balance", moved.c.balance, "stats", stats_object(stats), type_=JSONB)
    facts = select(
        moved.c.event_id,
        literal(ROUND_SETTLED, Text).label("type"),
        moved.c.user_id,
        moved.c.event_no,
        moved.c.messages,
        moved.c.traceparent,
        cast(moved.c.fact_data, JSONB).op("||", return_type=JSONB())(known_now).label("fact_data"),
    ).where(stats.c.user_id == moved.c.user_id)
    return append_facts(facts.subquery())


def answer_text(balance: Any, tail: Any) -> Any:
    """The answer's JSON: the balance, known only once gold has moved, then what the draw decided."""
    return '{"balance":' + balance + "," + tail


def keep_answers(moved: Any) -> Insert:
    """Stores the answer of each row that moved and has a key."""
    body = func.concat('{"balance":', moved.c.balance, ",", moved.c.answer_tail)
    answers = select(moved.c.user_id, moved.c.key, moved.c.fingerprint, body.label("body"))
    return store_answers(answers.subquery())


def attach_round(settlement: Settlement, drawn_from: tuple[str, str] = ("seed_id", "nonce")) -> None:
    """Makes the round, its statistics, its stored answer and its fact part of the settlement."""
    moved = settlement.moved
    settlement.attach(insert_rounds(moved, drawn_from), "rounds")
    stats = settlement.attach(add_to_stats(moved), "stats")
    settlement.attach(keep_answers(moved), "answers")
    settlement.attach(append_settled(moved, stats), "facts")


def _settlement() -> PreparedSettlement:
    settlement = Settlement(ROUND_COLUMNS, guards=lambda asked: [unanswered(asked)])
    attach_round(settlement)
    return settlement.prepare()


SETTLE_ROUNDS = _settlement()
