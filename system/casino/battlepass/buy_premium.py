"""Buying the premium track: gold, its transfer, the pass and the fact, in one settlement."""

from typing import Any

import orjson
from sqlalchemy import BigInteger, Insert, Text, func, insert, literal, select
from sqlalchemy import cast as as_type
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.battlepass import repository
from casino.battlepass.errors import AlreadyPremium, NoSeason
from casino.battlepass.facts import PREMIUM_BOUGHT, PREMIUM_MESSAGES
from casino.battlepass.models import PremiumPass
from casino.battlepass.schemas import PremiumBought
from casino.battlepass.season import battle_pass
from casino.kit import tracing
from casino.kit.errors import IdempotencyKeyExpired
from casino.kit.ids import uuid7
from casino.kit.outbox import append_facts
from casino.wallet.errors import InsufficientGold
from casino.wallet.service import (
    ColumnTypes,
    PreparedSettlement,
    Settlement,
    balance_of,
    lock_wallets,
    plain_row,
)

PREMIUM_ACCOUNT = "sink:battlepass"


def _passes(moved: Any) -> Insert:
    values = {
        "user_id": moved.c.user_id,
        "season_id": moved.c.season_id,
        "price": -moved.c.amount,
        "transfer_seq": moved.c.transfer_seq,
    }
    return insert(PremiumPass).from_select(list(values), select(*values.values()))


def _facts(moved: Any) -> Insert:
    balance = func.jsonb_build_object("balance", moved.c.balance, type_=JSONB)
    facts = select(
        moved.c.event_id,
        literal(PREMIUM_BOUGHT, Text).label("type"),
        moved.c.user_id,
        moved.c.event_no,
        moved.c.messages,
        moved.c.traceparent,
        as_type(moved.c.told, JSONB).op("||", return_type=JSONB())(balance).label("fact_data"),
    )
    return append_facts(facts.subquery())


def _settlement() -> PreparedSettlement:
    columns: ColumnTypes = {"season_id": BigInteger, "told": Text, "event_id": UUID, "traceparent": Text}
    settlement = Settlement(columns)
    settlement.attach(_passes(settlement.moved), "passes")
    settlement.attach(_facts(settlement.moved), "facts")
    return settlement.prepare()


_BUY = _settlement()


async def buy_premium(
    connection: AsyncConnection, user_id: int, *, now: Any, client_key: str | None = None
) -> PremiumBought:
    """Opens the running season's premium track for its price.

    Raises NoSeason, AlreadyPremium, InsufficientGold. The wallet is held from the look to the move.
    """
    await lock_wallets(connection, [user_id])
    row = (await connection.execute(repository.pass_of(user_id, now))).one_or_none()
    if row is None:
        raise NoSeason("No season is running.")
    if row.premium:
        raise AlreadyPremium("You have the premium track of this season.")
    shown = battle_pass(row._mapping)
    told = {
        "season_code": shown.season_code,
        "level": shown.level,
        "progress": shown.xp,
        "target": shown.next_level_xp,
        "claimable": shown.level > 0,
    }
    moved = (await _BUY.run_within(connection, [_row(user_id, row, told, client_key)])).get(user_id)
    if moved is None:
        balance = await balance_of(connection, user_id)
        if balance >= row.premium_price:
            raise IdempotencyKeyExpired("This idempotency key paid for something else long ago.")
        detail = f"You have {balance} gold, {row.premium_price} are needed."
        raise InsufficientGold(detail, balance=balance, needed=row.premium_price)
    return PremiumBought(season_code=row.code, price=row.premium_price, new_gold_balance=int(moved.balance))


def _row(user_id: int, season: Any, told: dict[str, Any], client_key: str | None) -> dict[str, Any]:
    name = f"premium:{season.code}"
    return plain_row(
        user_id=user_id,
        amount=-season.premium_price,
        counter_account=PREMIUM_ACCOUNT,
        kind="battlepass",
        reference=name,
        ledger_key=f"client:{client_key}" if client_key else f"battlepass:{name}",
        messages=PREMIUM_MESSAGES,
        season_id=season.id,
        told=orjson.dumps(told).decode(),
        event_id=uuid7(),
        traceparent=tracing.sampled_or_none(tracing.current.get()),
    )
