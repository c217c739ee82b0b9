"""The hot path's one statement: gold, transfer, round, statistics, stored answer and fact, for a batch of rounds."""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Insert,
    Integer,
    LargeBinary,
    Numeric,
    Text,
    bindparam,
    cast,
    column,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID, insert
from sqlalchemy.types import TypeEngine

from casino.games.facts import ROUND_SETTLED
from casino.games.models import GameRound, UserGameStats
from casino.kit.database import Prepared
from casino.kit.idempotency import store_answers
from casino.kit.models import IdempotencyRecord
from casino.kit.outbox import append_facts
from casino.wallet.service import PreparedSettlement, Settlement, ledger_table, wallet_table

_ROUND = {
    "round_id": UUID,
    "game_type": Text,
    "bet_amount": BigInteger,
    "win_amount": BigInteger,
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


def _rounds(moved: Any) -> Insert:
    values = {
        "id": moved.c.round_id,
        "user_id": moved.c.user_id,
        "transfer_seq": moved.c.transfer_seq,
        "game_type": moved.c.game_type,
        "bet_amount": moved.c.bet_amount,
        "win_amount": moved.c.win_amount,
        "multiplier": moved.c.multiplier,
        "config_version": moved.c.config_version,
        "seed_id": moved.c.seed_id,
        "client_seed": moved.c.client_seed,
        "nonce": moved.c.nonce,
        "result_data": cast(moved.c.result_data, JSONB),
    }
    return insert(GameRound).from_select(list(values), select(*values.values()))


def _stats(moved: Any) -> Insert:
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


def _facts(moved: Any, stats: Any) -> Insert:
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


def _answers(moved: Any) -> Insert:
    body = func.concat('{"balance":', moved.c.balance, ",", moved.c.answer_tail)
    answers = select(moved.c.user_id, moved.c.key, moved.c.fingerprint, body.label("body"))
    return store_answers(answers.subquery())


def _settlement() -> PreparedSettlement:
    settlement = Settlement(_ROUND)
    moved = settlement.moved
    settlement.attach(_rounds(moved), "rounds")
    stats = settlement.attach(_stats(moved), "stats")
    settlement.attach(_answers(moved), "answers")
    settlement.attach(_facts(moved, stats), "facts")
    return settlement.prepare()


SETTLE_ROUNDS = _settlement()


def _look() -> Prepared:
    """What there is to know about rows that did not move: the wallet, the key's payment, its stored answer."""
    names: dict[str, type[TypeEngine[Any]]] = {"user_id": BigInteger, "ledger_key": Text, "key": Text}
    arrays: list[Any] = [bindparam(name, type_=ARRAY(kind)) for name, kind in names.items()]
    asked = (
        func.unnest(*arrays)
        .table_valued(*(column(n, k) for n, k in names.items()), name="asked")
        .render_derived()
    )
    ledger, stored = ledger_table, IdempotencyRecord.__table__
    paid = (ledger.c.user_id == asked.c.user_id) & (ledger.c.idempotency_key == asked.c.ledger_key)
    answered = (stored.c.user_id == asked.c.user_id) & (stored.c.key == asked.c.key)
    found = (
        asked.outerjoin(wallet_table, wallet_table.c.user_id == asked.c.user_id)
        .outerjoin(ledger, paid)
        .outerjoin(stored, answered)
    )
    return Prepared(
        select(
            asked.c.user_id,
            wallet_table.c.gold_balance,
            wallet_table.c.draw_seed_id,
            wallet_table.c.draw_nonce,
            ledger.c.seq.label("paid_seq"),
            stored.c.fingerprint,
            stored.c.status,
            stored.c.body,
        ).select_from(found)
    )


_LOOK = _look()


async def look_at(
    connection: asyncpg.Connection, rows: Sequence[Mapping[str, Any]]
) -> dict[int, asyncpg.Record]:
    """Why these rows may not have moved, by user; one round trip."""
    arrays = {name: [row[name] for row in rows] for name in ("user_id", "ledger_key", "key")}
    return {found["user_id"]: found for found in await _LOOK.fetch(connection, arrays)}
