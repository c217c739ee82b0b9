"""The wire shapes of the shop."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from casino.kit.http.wire import WHOLE, Answered, Asked, Moment
from casino.kit.idempotency import KEY_SCHEMA
from casino.shop.rules.limited import Blocked
from casino.shop.rules.prices import QUANTITY_MAX

# JavaScript, and many a JSON reader, keeps no integer above this exact.
ID_MAX = 2**53 - 1
CENTS_MAX = 2**31 - 1
ReceiptCode = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,100}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
PaymentMethod = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{2,40}$")]
Status = Literal["pending", "success", "failed"]


Key = Annotated[str | None, Field(json_schema_extra=KEY_SCHEMA, examples=["6f0c4a52-buy-1"])]
PAYMENT = Field(
    "card",
    description="A token of the payment gateway. The one of development is scripted: `pm_declined`, "
    "`pm_pending_success`, `pm_timeout`, `pm_error_after_capture` …; any other succeeds.",
    examples=["card"],
)


class ProductOnSale(Answered):
    """Gold for money."""

    id: int = Field(examples=[1001])
    sku: str = Field(examples=["GOLD_1200"])
    name: str
    gold: int = Field(description="Gold it grants.", examples=[1200])
    price_cents: int = Field(examples=[299])
    discounted_price_cents: int = Field(description="What it costs now.", examples=[299])
    discount_ends_at: Moment | None = Field(description="When the discount of now ends, if it does.")
    min_rank: str = Field(examples=["STANDARD"])
    adult_only: bool
    active: bool


class Item(Answered):
    """Something gold buys."""

    id: int = Field(examples=[3101])
    sku: str = Field(examples=["BADGE_REGULAR"])
    name: str
    kind: Literal["skin", "badge", "booster"]
    price_gold: int = Field(examples=[5000])
    min_rank: str
    adult_only: bool
    active: bool


class Catalogue(Answered):
    economy_v2: bool = Field(description="Whether the second catalogue is on sale.")
    products: list[ProductOnSale]
    items: list[Item]


class BuyAsked(Asked):
    """A purchase for money. `idempotency_key` may stand here instead of in the header."""

    product_id: Annotated[int, Field(ge=1, le=ID_MAX), WHOLE] = Field(examples=[1001])
    quantity: Annotated[int, Field(ge=1, le=QUANTITY_MAX), WHOLE] = Field(1, examples=[1])
    amount: Annotated[int, Field(ge=1, le=CENTS_MAX), WHOLE] | None = Field(
        None, description="Cents you expect to pay, all pieces together; the catalogue's price without it."
    )
    payment_method: PaymentMethod = PAYMENT
    idempotency_key: Key = None


class Bought(Answered):
    """How a purchase stands. The same for ever once it is a success or has failed."""

    success: bool
    status: Status
    reason_code: str | None = Field(description="Why it failed, or why it is pending.", examples=[None])
    receipt_code: str = Field(examples=["r_019a1b2c3d4e7f00a1b2c3d4e5f60718"])
    charge_id: str | None = Field(description="The gateway's own name of the charge.")
    gold_granted: int = Field(examples=[1200])
    new_gold_balance: int = Field(examples=[2200])


class ItemAsked(Asked):
    """A purchase for gold."""

    idempotency_key: Key = None


class ItemBought(Answered):
    """Something gold bought. It is in the inventory."""

    new_gold_balance: int = Field(examples=[500])
    success: Literal[True]
    item_id: int = Field(examples=[3201])
    sku: str
    receipt_code: str
    gold_spent: int = Field(examples=[500])


class Owned(Answered):
    """A piece of the inventory."""

    id: int
    product_id: int
    sku: str
    name: str
    kind: str
    receipt_code: str
    created_at: Moment


class Transaction(Answered):
    """A purchase in the history."""

    receipt_code: str
    kind: Literal["product", "limited", "item"]
    name: str
    product_id: int | None
    package_id: str | None
    quantity: int
    amount_cents: int = Field(description="Real money; 0 for what gold bought.")
    gold: int = Field(description="What it moves, as you see it: negative for what gold bought.")
    status: Status
    reason_code: str | None
    promo_code: str | None
    charge_id: str | None
    refunded: Literal["no", "pending", "done"]
    created_at: Moment
    settled_at: Moment | None


class PurchaseReceipt(Transaction):
    """A purchase as the casino stands by it."""

    user_id: int


class PackageOnSale(Answered):
    """A limited package that can be bought now."""

    package_id: str = Field(examples=["PKG_NEON_STARTER"])
    name: str
    gold: int
    price_cents: int = Field(examples=[499])
    stock_left: int = Field(description="Pieces neither sold nor held by somebody paying.")
    stock_total: int
    per_user_max: int
    user_remaining: int = Field(description="How many you may still buy.")
    starts_at: Moment | None
    ends_at: Moment | None


class Packages(Answered):
    server_time: Moment
    packages: list[PackageOnSale]


class LimitedAsked(Asked):
    """A purchase of one piece of a limited package."""

    package_id: Code = Field(examples=["PKG_NEON_STARTER"])
    promo_code: Code | None = Field(None, examples=["NEON50"])
    payment_method: PaymentMethod = PAYMENT
    idempotency_key: Key = None


class LimitedBought(Answered):
    """How the purchase of a piece stands. When it was blocked nothing was charged, and only `reason` says more."""

    success: bool
    status: Status
    reason: Blocked | None
    reason_code: str | None
    receipt_code: str | None
    charge_id: str | None
    total_price_cents: int | None = Field(examples=[449])
    gold_granted: int
    new_gold_balance: int | None


class SettleAsked(Asked):
    """What an admin wants to become of a pending purchase; without it the gateway is only asked."""

    outcome: Literal["success", "failed"] | None = Field(
        None, description="success captures what was authorised; failed voids what was not captured."
    )


class RefundAsked(Asked):
    reason: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(
        examples=["asked by mail"]
    )


class Refunded(Answered):
    """A refund: gold was taken back, and money goes back once the gateway says so."""

    receipt_code: str
    status: Literal["pending", "done"]
    amount_cents: int
    gold: int = Field(description="Taken back from the user.")
    new_gold_balance: int


class WebhookEvent(BaseModel):
    """What the gateway tells. Members we do not know are left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    event_id: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,100}$")] = Field(examples=["evt_1"])
    user_id: Annotated[int, Field(ge=1, le=ID_MAX)]
    status: Status
    product_id: Annotated[int, Field(ge=1, le=ID_MAX)] | None = None
    receipt_code: ReceiptCode
    amount: Annotated[int, Field(ge=0, le=CENTS_MAX, description="Cents.")]
    reason_code: Annotated[str, StringConstraints(max_length=100)] | None = None
    charge_id: Annotated[str, StringConstraints(max_length=100)] | None = None


class WebhookTaken(Answered):
    """The event is known; it has its effect once."""

    outcome: Literal["applied", "duplicate", "late", "conflict"]


def public(row: Any) -> dict[str, Any]:
    """The members that `Transaction` shows of a row of the history."""
    return {
        "receipt_code": row.receipt_code,
        "kind": row.kind,
        "name": row.name,
        "product_id": row.product_id,
        "package_id": row.package_code,
        "quantity": row.quantity,
        "amount_cents": row.amount_cents,
        "gold": row.gold,
        "status": row.status,
        "reason_code": row.reason_code,
        "promo_code": row.promo_code,
        "charge_id": row.charge_id,
        "refunded": row.refund_status or "no",
        "created_at": row.created_at,
        "settled_at": row.settled_at,
    }
