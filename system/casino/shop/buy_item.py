"""Buys an item with gold: one transaction, so that what gold left for is in the inventory or nothing moved."""

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity.service import Principal
from casino.kit.errors import CasinoError, IdempotencyKeyExpired
from casino.kit.idempotency import same_request, stored_answer
from casino.kit.ids import uuid7
from casino.kit.metrics import counter
from casino.kit.outbox import append_fact
from casino.shop import repository
from casino.shop.buy import Till
from casino.shop.catalogue import product_for
from casino.shop.errors import AlreadyOwned
from casino.shop.facts import PURCHASE_UPDATED, SUCCESS_MESSAGES, UPDATE_MESSAGES
from casino.shop.repository import AnyRow
from casino.shop.settle_purchases import SETTLE_ITEM, answer_text
from casino.wallet.errors import InsufficientGold, LimitReached
from casino.wallet.service import balance_of, limit_refusal, lock_wallets, plain_row, reserve_events

STACKABLE = "booster"
ACCOUNTS = {"skin": "sink:cosmetics", "badge": "sink:cosmetics", "booster": "sink:boosters"}


@dataclass(frozen=True, slots=True)
class ItemIntent:
    """Who wants which item. `key` and `fingerprint` as everywhere."""

    buyer: Principal
    item_id: int
    key: str | None
    fingerprint: bytes
    traceparent: str | None


async def buy_item(till: Till, intent: ItemIntent) -> tuple[str, bool]:
    """(the answer's JSON, whether it was given before).

    Raises ProductNotFound, RankTooLow, AgeVerificationRequired, AlreadyOwned, InsufficientGold, LimitReached, and
    IdempotencyKeyReused or IdempotencyKeyExpired; the buyer's sockets hear of what kept the item from them.
    """
    try:
        async with till.database.transaction() as connection:
            # The lock puts the repeats of a key one behind the other.
            await lock_wallets(connection, [intent.buyer.user_id])
            stored = await _answered_before(connection, intent)
            if stored is not None:
                return stored, True
            return await _sell(connection, till, intent), False
    except (InsufficientGold, AlreadyOwned, LimitReached) as refusal:
        await _tell_refusal(till, intent, refusal)
        raise


async def _answered_before(connection: AsyncConnection, intent: ItemIntent) -> str | None:
    if intent.key is None:
        return None
    stored = await stored_answer(connection, intent.buyer.user_id, intent.key)
    if stored is not None:
        return same_request(stored, intent.fingerprint).body
    if await repository.purchase_by_key(connection, intent.buyer.user_id, intent.key) is not None:
        raise _key_expired()
    return None


def _key_expired() -> IdempotencyKeyExpired:
    return IdempotencyKeyExpired("This idempotency key was used long ago; its answer is no longer kept.")


async def _sell(connection: AsyncConnection, till: Till, intent: ItemIntent) -> str:
    user_id = intent.buyer.user_id
    item = await product_for(connection, intent.buyer, intent.item_id, economy=till.economy, items=True)
    stackable = item.kind == STACKABLE
    if not stackable and await repository.owns(connection, user_id, item.id):
        raise AlreadyOwned(f"You have {item.name} already.", item_id=item.id)
    row = _row(intent, item, stackable=stackable)
    moved = (await SETTLE_ITEM.run_within(connection, [row])).get(user_id)
    if moved is None:
        balance = await balance_of(connection, user_id)
        limits = dict((await repository.own_limits(connection, user_id))._mapping)
        crossed = limit_refusal(limits, stake=item.price_gold, counter_account=ACCOUNTS[item.kind])
        if crossed is not None:
            raise crossed
        if balance >= item.price_gold:
            raise _key_expired()
        detail = f"You have {balance} gold, {item.price_gold} are needed."
        raise InsufficientGold(detail, balance=balance, needed=item.price_gold)
    counter("purchase_quantity_total").labels("item").inc()
    return str(answer_text(str(moved.balance), row["answer_tail"]))


def _row(intent: ItemIntent, item: AnyRow, *, stackable: bool) -> dict[str, Any]:
    receipt = f"r_{uuid7().hex}"
    shown = {
        "success": True,
        "item_id": item.id,
        "sku": item.sku,
        "receipt_code": receipt,
        "gold_spent": item.price_gold,
    }
    told = {
        "status": "success",
        "kind": "item",
        "product_id": item.id,
        "package_id": None,
        "receipt_code": receipt,
        "quantity": 1,
        "amount": 0,
        "gold": -item.price_gold,
        "reason_code": None,
    }
    return plain_row(
        user_id=intent.buyer.user_id,
        amount=-item.price_gold,
        counter_account=ACCOUNTS[item.kind],
        kind="item_purchase",
        reference=receipt,
        ledger_key=f"client:{intent.key}" if intent.key else f"item:{receipt}",
        messages=SUCCESS_MESSAGES,
        receipt_code=receipt,
        product_id=item.id,
        stackable=stackable,
        key=intent.key,
        fingerprint=intent.fingerprint,
        answer_tail=orjson.dumps(shown).decode()[1:],
        event_id=str(uuid7()),
        traceparent=intent.traceparent,
        fact_data=orjson.dumps(told).decode(),
    )


async def _tell_refusal(till: Till, intent: ItemIntent, refusal: CasinoError) -> None:
    short = isinstance(refusal, InsufficientGold)
    user_id = intent.buyer.user_id
    async with till.database.transaction() as connection:
        await append_fact(
            connection,
            type=PURCHASE_UPDATED,
            user_id=user_id,
            event_no=await reserve_events(connection, user_id, UPDATE_MESSAGES),
            messages=UPDATE_MESSAGES,
            data={
                "status": "insufficient_funds" if short else "item_purchase_failed",
                "kind": "item",
                "product_id": intent.item_id,
                "reason_code": refusal.code.upper(),
            },
            traceparent=intent.traceparent,
        )
