"""The one door for gifts: gold, its transfer, the reward's row, experience and the fact, in one settlement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Insert, Integer, Text, func, insert, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit import tracing
from casino.kit.errors import IdempotencyKeyExpired
from casino.kit.ids import uuid7
from casino.kit.metrics import counter
from casino.kit.outbox import append_facts
from casino.rewards import repository
from casino.rewards.errors import AlreadyGranted
from casino.rewards.facts import REWARD_GRANTED, messages_of
from casino.rewards.models import UserExperience, UserReward
from casino.rewards.rules import Source, level_of
from casino.wallet.errors import WalletNotFound
from casino.wallet.service import PreparedSettlement, Settlement, lock_wallets, plain_row


@dataclass(frozen=True, slots=True)
class Grant:
    """What somebody is to be given. `source` and `key` name it: they give once, whatever else is asked.

    `client_key` is the idempotency key of the request behind it.
    """

    user_id: int
    source: Source
    key: str
    gold: int
    exp: int = 0
    client_key: str | None = None
    granted_by: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Granted:
    """A reward as it was given, and what the user has with it."""

    reward_id: UUID
    gold: int
    exp: int
    balance: int
    exp_total: int
    level: int


def _rewards(moved: Any) -> Insert:
    values = {
        "id": moved.c.reward_id,
        "user_id": moved.c.user_id,
        "source": moved.c.source,
        "source_key": moved.c.source_key,
        "gold": moved.c.amount,
        "exp": moved.c.exp,
        "granted_by": moved.c.granted_by,
        "note": moved.c.note,
        "transfer_seq": moved.c.transfer_seq,
    }
    return insert(UserReward).from_select(list(values), select(*values.values()))


def _experience(moved: Any) -> Insert:
    values = {"user_id": moved.c.user_id, "exp": moved.c.exp_total, "level": moved.c.level}
    added = upsert(UserExperience).from_select(list(values), select(*values.values()))
    new = {name: added.excluded[name] for name in ("exp", "level")}
    return added.on_conflict_do_update(index_elements=["user_id"], set_=new)


def _facts(moved: Any) -> Insert:
    told = {
        "reward_id": moved.c.reward_id,
        "source": moved.c.source,
        "source_key": moved.c.source_key,
        "gold": moved.c.amount,
        "xp": moved.c.exp,
        "balance": moved.c.balance,
        "exp": moved.c.exp_total,
        "level": moved.c.level,
    }
    data = func.jsonb_build_object(*(part for pair in told.items() for part in pair), type_=JSONB)
    facts = select(
        moved.c.event_id,
        literal(REWARD_GRANTED, Text).label("type"),
        moved.c.user_id,
        moved.c.event_no,
        moved.c.messages,
        moved.c.traceparent,
        data.label("fact_data"),
    )
    return append_facts(facts.subquery())


def _settlement() -> PreparedSettlement:
    settlement = Settlement(
        {
            "reward_id": PG_UUID,
            "source": Text,
            "source_key": Text,
            "exp": Integer,
            "exp_total": BigInteger,
            "level": Integer,
            "granted_by": BigInteger,
            "note": Text,
            "event_id": PG_UUID,
            "traceparent": Text,
        }
    )
    settlement.attach(_rewards(settlement.moved), "rewards")
    settlement.attach(_experience(settlement.moved), "experience")
    settlement.attach(_facts(settlement.moved), "facts")
    return settlement.prepare()


_GIVE = _settlement()


async def grant(connection: AsyncConnection, wanted: Grant) -> Granted:
    """Gives one reward in the caller's transaction.

    Raises AlreadyGranted, WalletNotFound, or IdempotencyKeyExpired when `client_key` paid for something else.
    """
    given = await grant_all(connection, [wanted])
    if wanted in given:
        return given[wanted]
    if not await lock_wallets(connection, [wanted.user_id]):
        raise WalletNotFound(f"User {wanted.user_id} has no wallet.")
    raise AlreadyGranted(f"The {wanted.source} reward {wanted.key} was given before.")


async def grant_all(connection: AsyncConnection, wanted: Sequence[Grant]) -> dict[Grant, Granted]:
    """Gives what was not given before, in the caller's transaction; what was given now.

    The wallets are held in id order until it ends, so that two grants of one user follow one another.
    """
    known = await lock_wallets(connection, sorted({item.user_id for item in wanted}))
    before = await repository.given_before(
        connection, [(item.user_id, item.source, item.key) for item in wanted]
    )
    new = [
        item
        for item in dict.fromkeys(wanted)
        if item.user_id in known and (item.user_id, item.source, item.key) not in before
    ]
    repeated = [item for item in wanted if (item.user_id, item.source, item.key) in before]
    for item in repeated:
        counter("reward_idempotency_rejected_total").labels(item.source).inc()
    exp = await repository.experience_of(connection, [item.user_id for item in new])
    given: dict[Grant, Granted] = {}
    for batch in _one_a_user(new):
        given |= await _give(connection, batch, exp)
    return given


def _one_a_user(wanted: Sequence[Grant]) -> list[list[Grant]]:
    """Batches in which no user stands twice: a settlement would move only one of two rows."""
    batches: list[list[Grant]] = []
    seen: dict[int, int] = {}
    for item in wanted:
        turn = seen.get(item.user_id, 0)
        seen[item.user_id] = turn + 1
        if turn == len(batches):
            batches.append([])
        batches[turn].append(item)
    return batches


async def _give(
    connection: AsyncConnection, batch: Sequence[Grant], exp: dict[int, int]
) -> dict[Grant, Granted]:
    rows = [_row(item, exp.get(item.user_id, 0) + item.exp) for item in batch]
    moved = await _GIVE.run_within(connection, rows)
    given = {}
    for item, row in zip(batch, rows, strict=True):
        if item.user_id not in moved:
            raise IdempotencyKeyExpired("This idempotency key paid for something else long ago.")
        exp[item.user_id] = row["exp_total"]
        balance = int(moved[item.user_id].balance)
        given[item] = Granted(row["reward_id"], item.gold, item.exp, balance, row["exp_total"], row["level"])
    return given


def _row(item: Grant, exp_total: int) -> dict[str, Any]:
    name = f"{item.source}:{item.key}"
    return plain_row(
        user_id=item.user_id,
        amount=item.gold,
        counter_account=f"source:{item.source}",
        kind="reward",
        reference=name,
        ledger_key=f"client:{item.client_key}" if item.client_key else f"reward:{name}",
        messages=messages_of(item.source),
        reward_id=uuid7(),
        source=item.source,
        source_key=item.key,
        exp=item.exp,
        exp_total=exp_total,
        level=level_of(exp_total),
        granted_by=item.granted_by,
        note=item.note,
        event_id=uuid7(),
        traceparent=tracing.sampled_or_none(tracing.current.get()),
    )
