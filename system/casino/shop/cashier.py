"""The purchase saga: intent, commit, gateway, result, commit. After a crash anywhere, asking again ends it the same.

No transaction is open while the gateway is called. What the gateway does not say is pending, and asked again: by the
buyer who repeats the key, by the gateway's webhook, by the scheduler. Whoever comes first ends it, the others find it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.database import Database
from casino.kit.errors import IdempotencyInProgress, IdempotencyKeyReused
from casino.kit.ids import uuid7
from casino.kit.metrics import counter
from casino.kit.telemetry import pseudonym
from casino.shop import repository, stock
from casino.shop.conclude import Ended, conclude_within, count_end, tell
from casino.shop.gateway import Charge, Gateway, GatewayError, NotSent, Refused
from casino.shop.repository import AnyRow
from casino.shop.rules.outcomes import Reason, Status, seconds_until_next_look

# Two calls of the gateway and three transactions fit in; until then a repeat of the key is told to wait.
IN_HAND_CALLS = 3

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Intent:
    """Who wants to pay, with which key, for what: `fingerprint` tells two requests apart."""

    user_id: int
    key: str
    fingerprint: bytes
    payment_method: str
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What an intent comes to, priced behind whatever locks it needs."""

    kind: str
    amount_cents: int
    gold: int
    quantity: int = 1
    product_id: int | None = None
    package_code: str | None = None
    promo_code: str | None = None


@dataclass(frozen=True, slots=True)
class Paid:
    """A purchase as it stands; `replayed` when an earlier request began and ended it."""

    purchase: AnyRow
    replayed: bool


Place = Callable[[AsyncConnection], Awaitable[Order]]
Check = Callable[[], Awaitable[None]]


class _KeyTaken(Exception):
    """A racing request began a purchase with the same key: ours is undone, and theirs is known."""


class Cashier:
    """Takes payments. `ended` is told of every purchase that ends here, after its commit."""

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        *,
        hold_seconds: float,
        ended: Callable[[AnyRow], Awaitable[None]],
    ) -> None:
        self._database = database
        self._gateway = gateway
        self._hold_seconds = hold_seconds
        self._ended = ended
        self._in_hand_seconds = IN_HAND_CALLS * gateway.timeout_seconds

    async def pay(self, intent: Intent, place: Place, check: Check) -> Paid:
        """Takes the payment once for each key, however often and wherever it is asked for.

        `check` refuses an attempt by raising; `place` prices it in the transaction of the intent, and what it takes
        is given back if the purchase fails. Raises what they raise, IdempotencyKeyReused, and IdempotencyInProgress
        while another request has the purchase in hand.
        """
        known = await self._known(intent)
        if known is not None:
            return await self._repeat(intent, known)
        try:
            await check()
            purchase = await self._begin(intent, place)
        except Exception:
            # What refused us may be the purchase that a racing request began with this key: the last piece is its.
            known = await self._known(intent)
            if known is None:
                raise
            return await self._repeat(intent, known)
        return Paid(await self._charge(purchase, intent.traceparent, fresh=True), replayed=False)

    async def _known(self, intent: Intent) -> AnyRow | None:
        async with self._database.snapshot() as connection:
            return await repository.purchase_by_key(connection, intent.user_id, intent.key)

    async def _begin(self, intent: Intent, place: Place) -> AnyRow:
        async with self._database.transaction() as connection:
            order = await place(connection)
            values = {
                "receipt_code": f"r_{uuid7().hex}",
                "user_id": intent.user_id,
                "idempotency_key": intent.key,
                "fingerprint": intent.fingerprint,
                "payment_method": intent.payment_method,
                **{name: getattr(order, name) for name in Order.__slots__},
            }
            purchase = await repository.add_purchase(connection, values, look_seconds=self._in_hand_seconds)
            if purchase is None:
                raise _KeyTaken
            if order.package_code is not None:
                await stock.bind(connection, purchase, hold_seconds=self._hold_seconds)
        return purchase

    async def _repeat(self, intent: Intent, purchase: AnyRow) -> Paid:
        if purchase.fingerprint != intent.fingerprint:
            counter("purchase_idempotency_total").labels("reused").inc()
            raise IdempotencyKeyReused(
                "This idempotency key was used for another request; send a new key with a new request."
            )
        if purchase.in_hand:
            counter("purchase_idempotency_total").labels("in_progress").inc()
            raise IdempotencyInProgress("This purchase is being made; ask again.", retry_after_seconds=1)
        if purchase.status == Status.PENDING:
            counter("purchase_idempotency_total").labels("asked_again").inc()
            return Paid(await self._charge(purchase, intent.traceparent, fresh=False), replayed=False)
        counter("purchase_idempotency_total").labels("replayed").inc()
        async with self._database.transaction() as connection:
            await tell(connection, purchase, status="idempotent_reuse", traceparent=intent.traceparent)
        return Paid(purchase, replayed=True)

    async def _charge(self, purchase: AnyRow, traceparent: str | None, *, fresh: bool) -> AnyRow:
        """Asks for the money and ends the purchase, or leaves it pending. Safe to run again from any point."""
        reference = purchase.receipt_code
        about = {
            "user_id": purchase.user_id,
            "product_id": purchase.product_id,
            "package_id": purchase.package_code,
        }
        charge: Charge | None = None
        try:
            charge = await self._gateway.authorise(
                reference,
                amount_cents=purchase.amount_cents,
                payment_method=purchase.payment_method,
                about=about,
            )
            if charge.status == "authorized":
                charge = await self._gateway.capture(reference)
        except NotSent:
            if fresh and charge is None:
                # Nothing of this purchase ever left us: no guess is made in calling it failed.
                unsent = Ended(Status.FAILED, Reason.GATEWAY_UNAVAILABLE)
                return await self._end(purchase, unsent, traceparent, only_in_hand=True)
            return await self._leave(purchase, traceparent)
        except Refused:
            return await self.resolve(purchase, give_up=False, traceparent=traceparent)
        except GatewayError as error:
            log.warning("payment_unknown", user=pseudonym(purchase.user_id), error=repr(error))
            return await self._leave(purchase, traceparent)
        return await self._end(purchase, Ended.by(charge), traceparent)

    async def resolve(self, purchase: AnyRow, *, give_up: bool, traceparent: str | None = None) -> AnyRow:
        """Asks the gateway how the charge stands and ends the purchase by that; the purchase as it stands then.

        A charge the gateway never heard of is voided before it can be made; with `give_up` so is one that is not
        captured yet.
        """
        try:
            charge = await self._settled_charge(purchase.receipt_code, give_up=give_up)
        except GatewayError as error:
            log.warning("payment_unknown", user=pseudonym(purchase.user_id), error=repr(error))
            return await self._leave(purchase, traceparent)
        return await self._end(purchase, Ended.by(charge), traceparent)

    async def _settled_charge(self, reference: str, *, give_up: bool) -> Charge:
        charge = await self._gateway.find(reference)
        try:
            if charge is None or (give_up and charge.status in ("authorized", "pending")):
                return await self._gateway.void(reference)
            if charge.status == "authorized":
                return await self._gateway.capture(reference)
        except Refused:
            # It moved between our question and our wish.
            charge = await self._gateway.find(reference)
            if charge is None:
                raise
        return charge

    async def _end(
        self, purchase: AnyRow, ended: Ended, traceparent: str | None, *, only_in_hand: bool = False
    ) -> AnyRow:
        """The purchase as it ended, by this or by whoever was first.

        With `only_in_hand` one that is out of our hand stays pending: somebody else may be charging it by now.
        """
        if ended.status is Status.PENDING:
            return await self._leave(purchase, traceparent, charge_id=ended.charge_id)
        async with self._database.transaction() as connection:
            locked = await repository.locked_purchase(connection, purchase.id)
            if locked.status != Status.PENDING:
                return locked
            may_end = locked.in_hand or not only_in_hand
            if may_end:
                await conclude_within(connection, locked, ended, traceparent=traceparent)
                locked = await repository.locked_purchase(connection, purchase.id)
        if not may_end:
            return await self._leave(purchase, traceparent)
        count_end(locked)
        await self._ended(locked)
        return locked

    async def _leave(
        self, purchase: AnyRow, traceparent: str | None, *, charge_id: str | None = None
    ) -> AnyRow:
        """The purchase stays pending, in nobody's hand; its buyer is told the first time."""
        reason = Reason.AWAITING_GATEWAY
        async with self._database.transaction() as connection:
            first = await repository.leave_pending(
                connection,
                purchase.id,
                reason=reason,
                charge_id=charge_id,
                seconds=seconds_until_next_look(0),
            )
            locked = await repository.locked_purchase(connection, purchase.id)
            if first:
                await tell(connection, locked, status="pending", traceparent=traceparent)
        if first:
            counter("purchase_attempts_total").labels("pending", reason).inc()
        return locked
