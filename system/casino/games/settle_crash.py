"""The two statements of a crash round: the bet that takes the stake, and the end that pays what is due, if anything."""

from collections.abc import Sequence

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Insert,
    Integer,
    Text,
    Update,
    any_,
    bindparam,
    cast,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.types import LargeBinary

from casino.games.facts import CRASH_STARTED
from casino.games.models import CrashRound, is_running
from casino.games.rules.crash import Status
from casino.games.settle_rounds import ROUND_COLUMNS, attach_round, keep_answers
from casino.kit.idempotency import unanswered
from casino.kit.models import Timestamp
from casino.kit.outbox import append_facts
from casino.wallet.service import ASKED, ColumnTypes, PreparedSettlement, Settlement

# How far a stamp may lie ahead of the database's clock, and how long a bet may have been on its way.
_AHEAD_MAX = text("interval '50 milliseconds'")
_WAY_MAX = text("interval '2 seconds'")

_BET: ColumnTypes = {
    "round_id": UUID,
    "bet_amount": BigInteger,
    "auto_points": Integer,
    "crash_points": Integer,
    "started_at": Timestamp,
    "due_at": Timestamp,
    "config_version": Integer,
    "client_seed": Text,
    "event_id": UUID,
    "traceparent": Text,
    "fact_data": Text,
    "key": Text,
    "fingerprint": LargeBinary,
    "answer_tail": Text,
}
_END: ColumnTypes = {
    **ROUND_COLUMNS,
    "drawn_seed_id": BigInteger,
    "drawn_nonce": BigInteger,
    "status": Text,
    "cashout_points": Integer,
    "ended_at": Timestamp,
}


def _may_start(asked: CTE) -> Sequence[ColumnElement[bool]]:
    """No other round runs (guarded by the nonce: bets move it), and the start is now by the database's clock."""
    running = exists().where(CrashRound.user_id == asked.c.user_id, is_running())
    now = func.clock_timestamp()
    return [
        unanswered(asked),
        ~running,
        asked.c.started_at <= now + _AHEAD_MAX,
        asked.c.started_at >= now - _WAY_MAX,
    ]


def _start(moved: CTE) -> Insert:
    values = {
        "id": moved.c.round_id,
        "user_id": moved.c.user_id,
        "status": literal(Status.ACTIVE, Text),
        "bet_amount": moved.c.bet_amount,
        "auto_points": moved.c.auto_points,
        "crash_points": moved.c.crash_points,
        "started_at": moved.c.started_at,
        "due_at": moved.c.due_at,
        "bet_seq": moved.c.transfer_seq,
        "config_version": moved.c.config_version,
        "seed_id": moved.c.seed_id,
        "client_seed": moved.c.client_seed,
        "nonce": moved.c.nonce,
    }
    return insert(CrashRound).from_select(list(values), select(*values.values()))


def _tell_start(moved: CTE) -> Insert:
    known_now = func.jsonb_build_object("balance", moved.c.balance, type_=JSONB)
    facts = select(
        moved.c.event_id,
        literal(CRASH_STARTED, Text).label("type"),
        moved.c.user_id,
        moved.c.event_no,
        moved.c.messages,
        moved.c.traceparent,
        cast(moved.c.fact_data, JSONB).op("||", return_type=JSONB())(known_now).label("fact_data"),
    )
    return append_facts(facts.subquery())


def _bets() -> PreparedSettlement:
    settlement = Settlement(_BET, guards=_may_start)
    settlement.attach(_start(settlement.moved), "started")
    settlement.attach(keep_answers(settlement.moved), "answers")
    settlement.attach(_tell_start(settlement.moved), "facts")
    return settlement.prepare()


def _may_end(asked: CTE) -> Sequence[ColumnElement[bool]]:
    """The round still runs, which its lock makes sure of, and its end does not lie ahead of the database's clock."""
    wanted = bindparam(ASKED + "round_id", type_=ARRAY(UUID))
    running = (
        select(CrashRound.id)
        .where(CrashRound.id == any_(wanted), is_running())
        .order_by(CrashRound.id)
        .with_for_update(skip_locked=True)
        .cte("running")
    )
    reached = asked.c.ended_at <= func.clock_timestamp() + _AHEAD_MAX
    return [unanswered(asked), running.c.id == asked.c.round_id, reached]


def _end(moved: CTE) -> Update:
    return (
        update(CrashRound)
        .where(CrashRound.id == moved.c.round_id)
        .values(
            status=moved.c.status,
            win_amount=moved.c.win_amount,
            bonus_gold=moved.c.bonus_gold,
            cashout_points=moved.c.cashout_points,
            ended_at=moved.c.ended_at,
            end_seq=moved.c.transfer_seq,
        )
    )


def _ends() -> PreparedSettlement:
    settlement = Settlement(_END, guards=_may_end)
    attach_round(settlement, drawn_from=("drawn_seed_id", "drawn_nonce"))
    settlement.attach(_end(settlement.moved), "ended")
    return settlement.prepare()


PLACE_BETS = _bets()
END_ROUNDS = _ends()
