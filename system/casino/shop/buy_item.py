"""Buys an item with gold: one transaction, so that what gold left for is in the inventory or nothing moved."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity.service import Principal
from casino.kit.errors import CasinoError, IdempotencyKeyExpired, IdempotencyKeyReused
from casino.kit.idempotency import KeyedRequest, OnceAnswered, answer_once
from casino.kit.ids import uuid7
from casino.kit.metrics import counter
from casino.kit.outbox import append_fact
from casino.shop import repository
from casino.shop.buy import Till
from casino.shop.catalogue import product_for
from casino.shop.errors import AlreadyOwned
from casino.shop.facts import PURCHASE_UPDATED, SUCCESS_MESSAGES, UPDATE_MESSAGES
from casino.shop.repository import AnyRow
from casino.shop.schemas import ItemBought
from casino.shop.settle_purchases import SETTLE_ITEM
from casino.wallet.errors import InsufficientGold, LimitReached
from casino.wallet.service import balance_of, limit_refusal, lock_wallets, plain_row, reserve_events

STACKABLE = "booster"
ACCOUNTS = {"skin": "sink:cosmetics", "badge": "sink:cosmetics", "booster": "sink:boosters"}


@dataclass(frozen=True, slots=True)
class ItemIntent:
    """Who wants which item."""

    buyer: Principal
    item_id: int
    request: KeyedRequest
    traceparent: str | None


class _SoldBefore(Exception):
    """The key has bought this: nothing is done again."""

    def __init__(self, answer: ItemBought) -> None:
        super().__init__(answer.receipt_code)
        self.answer = answer


async def buy_item(till: Till, intent: ItemIntent) -> OnceAnswered:
    """Sells it once for each key, for ever: once its answer is forgotten the receipt answers.

    Raises ProductNotFound, RankTooLow, AgeVerificationRequired, AlreadyOwned, InsufficientGold, LimitReached, and
    IdempotencyKeyReused or IdempotencyKeyExpired; the buyer's sockets hear of what kept the item from them.
    """
    try:
        async with till.database.transaction() as connection:
            return await answer_once(connection, intent.request, partial(_sell, connection, till, intent))
    except _SoldBefore as before:
        return OnceAnswered(before.answer.model_dump_json(), replayed=True)
    except (InsufficientGold, AlreadyOwned, LimitReached) as refusal:
        await _tell_refusal(till, intent, refusal)
        raise


async def _sell(connection: AsyncConnection, till: Till, intent: ItemIntent) -> ItemBought:
    user_id, key = intent.buyer.user_id, intent.request.key
    await lock_wallets(connection, [user_id])
    known = None if key is None else await repository.sold_by_key(connection, user_id, key)
    if known is not None:
        raise _SoldBefore(_answer_of(known, intent))
    item = await product_for(connection, intent.buyer, intent.item_id, economy=till.economy, items=True)
    stackable = item.kind == STACKABLE
    if not stackable and await repository.owns(connection, user_id, item.id):
        raise AlreadyOwned(f"You have {item.name} already.", item_id=item.id)
    row = _row(intent, item, stackable=stackable)
    moved = (await SETTLE_ITEM.run_within(connection, [row])).get(user_id)
    if moved is None:
        raise await _refusal(connection, user_id, item)
    counter("purchase_quantity_total").labels("item").inc()
    return ItemBought(
        new_gold_balance=int(moved.balance),
        success=True,
        item_id=item.id,
        sku=item.sku,
        receipt_code=row["receipt_code"],
        gold_spent=item.price_gold,
    )


def _answer_of(purchase: AnyRow, intent: ItemIntent) -> ItemBought:
    """What a purchase was answered; IdempotencyKeyReused when its key was for another request than this."""
    if bytes(purchase.fingerprint) != intent.request.fingerprint:
        raise IdempotencyKeyReused(
            "This idempotency key was used for another request; send a new key with a new request."
        )
    return ItemBought(
        new_gold_balance=purchase.balance_after,
        success=True,
        item_id=purchase.product_id,
        sku=purchase.sku,
        receipt_code=purchase.receipt_code,
        gold_spent=-purchase.gold,
    )


async def _refusal(connection: AsyncConnection, user_id: int, item: AnyRow) -> CasinoError:
    """Why the gold did not move."""
    limits = dict((await repository.own_limits(connection, user_id))._mapping)
    crossed = limit_refusal(limits, stake=item.price_gold, counter_account=ACCOUNTS[item.kind])
    if crossed is not None:
        return crossed
    balance = await balance_of(connection, user_id)
    if balance >= item.price_gold:
        return IdempotencyKeyExpired("This idempotency key paid for something else long ago.")
    detail = f"You have {balance} gold, {item.price_gold} are needed."
    return InsufficientGold(detail, balance=balance, needed=item.price_gold)


def _row(intent: ItemIntent, item: AnyRow, *, stackable: bool) -> dict[str, Any]:
    receipt, key = f"r_{uuid7().hex}", intent.request.key
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
        ledger_key=f"client:{key}" if key else f"item:{receipt}",
        messages=SUCCESS_MESSAGES,
        receipt_code=receipt,
        product_id=item.id,
        stackable=stackable,
        key=key,
        fingerprint=intent.request.fingerprint,
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
