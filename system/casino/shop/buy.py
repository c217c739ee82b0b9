"""Buys gold from the catalogue for money."""

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity.service import Principal
from casino.kit.database import Database
from casino.kit.idempotency import KeyedRequest
from casino.kit.ids import uuid7
from casino.shop import repository
from casino.shop.cashier import Cashier, Intent, Order, Paid
from casino.shop.catalogue import price_of, product_for
from casino.shop.errors import AmountMismatch
from casino.shop.fraud import FraudGuard
from casino.shop.repository import AnyRow
from casino.shop.rules.outcomes import Status
from casino.shop.schemas import Bought, BuyAsked
from casino.wallet.service import balance_of, require_gold_to_play


class Till:
    """What selling gold needs: the cashier, the fraud rules, the economy version that is on sale."""

    def __init__(self, database: Database, cashier: Cashier, guard: FraudGuard, *, economy: int) -> None:
        self.database = database
        self.cashier = cashier
        self.guard = guard
        self.economy = economy


def intent_of(request: KeyedRequest, *, payment_method: str, traceparent: str | None) -> Intent:
    """The intent of a request. One that came without a key gets one of ours, which nobody can repeat."""
    return Intent(
        user_id=request.user_id,
        key=request.key or f"own:{uuid7().hex}",
        fingerprint=request.fingerprint,
        payment_method=payment_method,
        traceparent=traceparent,
    )


async def check_fraud(till: Till, intent: Intent, amount_cents: int) -> None:
    """Holds the attempt against the fraud rules; raises VelocityLimited or PurchaseBlocked."""
    await till.guard.check(
        intent.user_id,
        amount_cents=amount_cents,
        payment_method=intent.payment_method,
        traceparent=intent.traceparent,
    )


async def buy(till: Till, buyer: Principal, asked: BuyAsked, intent: Intent) -> tuple[Bought, bool]:
    """(how the purchase stands, whether an earlier request ended it).

    Raises ProductNotFound, RankTooLow, AgeVerificationRequired, LimitReached, AmountMismatch, VelocityLimited,
    PurchaseBlocked, and what Cashier.pay does.
    """

    async def check() -> None:
        async with till.database.snapshot() as connection:
            order = await _order(connection, till, buyer, asked)
        await check_fraud(till, intent, order.amount_cents)

    async def place(connection: AsyncConnection) -> Order:
        return await _order(connection, till, buyer, asked)

    paid = await till.cashier.pay(intent, place, check)
    return await bought(till, paid), paid.replayed


async def _order(connection: AsyncConnection, till: Till, buyer: Principal, asked: BuyAsked) -> Order:
    product = await product_for(connection, buyer, asked.product_id, economy=till.economy, items=False)
    await require_gold_to_play(connection, buyer.user_id)
    cents = price_of(product, await repository.now(connection)) * asked.quantity
    if asked.amount is not None and asked.amount != cents:
        raise AmountMismatch(f"This costs {cents} cents, not {asked.amount}.", expected_cents=cents)
    return Order(
        kind="product",
        product_id=product.id,
        quantity=asked.quantity,
        amount_cents=cents,
        gold=product.gold * asked.quantity,
    )


async def bought(till: Till, paid: Paid) -> Bought:
    """The answer about a purchase; only a pending one's balance is the one of now."""
    purchase = paid.purchase
    success = purchase.status == Status.SUCCESS
    return Bought(
        success=success,
        status=purchase.status,
        reason_code=purchase.reason_code,
        receipt_code=purchase.receipt_code,
        charge_id=purchase.charge_id,
        gold_granted=purchase.gold if success else 0,
        new_gold_balance=await balance_shown(till, purchase),
    )


async def balance_shown(till: Till, purchase: AnyRow) -> int:
    """Gold after the purchase, or now while it is pending."""
    if purchase.balance_after is not None:
        return int(purchase.balance_after)
    async with till.database.snapshot() as connection:
        return await balance_of(connection, purchase.user_id)
