"""The tables of the shop: what is sold, purchases and what belongs to them, limited stock, fraud."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from casino.kit.database import Base
from casino.kit.models import Timestamp

_RANKS = "('STANDARD', 'PREMIUM', 'VIP')"


class Product(Base):
    """Gold for money, or an item for gold. A deleted one keeps its row: receipts name it."""

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("kind IN ('gold', 'skin', 'badge', 'booster')", name="kind_known"),
        CheckConstraint(
            "CASE WHEN kind = 'gold' THEN gold > 0 AND price_cents > 0 AND price_gold IS NULL"
            " ELSE gold IS NULL AND price_cents IS NULL AND price_gold > 0 END",
            name="one_price",
        ),
        CheckConstraint("discount_percent BETWEEN 0 AND 90", name="discount_bounded"),
        CheckConstraint(f"min_rank IN {_RANKS}", name="rank_known"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sku: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    economy: Mapped[int] = mapped_column(SmallInteger, comment="the least economy version that shows it")
    gold: Mapped[int | None] = mapped_column(BigInteger, comment="gold it grants")
    price_cents: Mapped[int | None] = mapped_column(Integer)
    price_gold: Mapped[int | None] = mapped_column(BigInteger)
    discount_percent: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    discount_ends_at: Mapped[datetime | None] = mapped_column(
        Timestamp, comment="null: a discount has no end"
    )
    min_rank: Mapped[str] = mapped_column(Text, server_default=text("'STANDARD'"))
    adult_only: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    deleted_at: Mapped[datetime | None] = mapped_column(Timestamp)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class ShopTransaction(Base):
    """One purchase. A trigger lets it move once, from pending, and freezes it then; nobody deletes it."""

    __tablename__ = "shop_transactions"
    __table_args__ = (
        CheckConstraint("kind IN ('product', 'limited', 'item')", name="kind_known"),
        CheckConstraint("status IN ('pending', 'success', 'failed')", name="status_known"),
        CheckConstraint("(status = 'success') = (transfer_seq IS NOT NULL)", name="success_moved_gold"),
        CheckConstraint("(status = 'pending') = (settled_at IS NULL)", name="settled_when_final"),
        CheckConstraint("status <> 'failed' OR reason_code IS NOT NULL", name="failed_has_reason"),
        CheckConstraint("(kind = 'limited') = (package_code IS NOT NULL)", name="package_of_limited"),
        CheckConstraint("(kind = 'limited') = (product_id IS NULL)", name="product_of_others"),
        CheckConstraint("amount_cents >= 0 AND quantity > 0", name="amount_not_negative"),
        # Stronger than one key for each product: a key names one intent of a user, whatever it was for.
        Index("uq_shop_transactions_user_id_idempotency_key", "user_id", "idempotency_key", unique=True),
        Index("ix_shop_transactions_user_id_id", "user_id", "id"),
        Index("ix_shop_transactions_pending", "look_at", postgresql_where=text("status = 'pending'")),
        Index("ix_shop_transactions_created_at", "created_at", postgresql_using="brin"),
        {"postgresql_with": {"fillfactor": 70}},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    receipt_code: Mapped[str] = mapped_column(Text, unique=True, comment="also the gateway's reference")
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"))
    kind: Mapped[str] = mapped_column(Text)
    product_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("products.id"))
    package_code: Mapped[str | None] = mapped_column(Text, ForeignKey("limited_packages.code"))
    promo_code: Mapped[str | None] = mapped_column(Text, ForeignKey("promo_codes.code"))
    quantity: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    amount_cents: Mapped[int] = mapped_column(Integer, comment="real money; 0 for what gold bought")
    gold: Mapped[int] = mapped_column(BigInteger, comment="what it moves on success, as the user sees it")
    payment_method: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    reason_code: Mapped[str | None] = mapped_column(Text)
    charge_id: Mapped[str | None] = mapped_column(Text, comment="the gateway's own name of the charge")
    idempotency_key: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    transfer_seq: Mapped[int | None] = mapped_column(BigInteger)
    balance_after: Mapped[int | None] = mapped_column(BigInteger, comment="gold when it ended")
    look_at: Mapped[datetime | None] = mapped_column(
        Timestamp, comment="until then whoever began it works on it; then anybody may ask the gateway"
    )
    looks: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    settled_at: Mapped[datetime | None] = mapped_column(Timestamp)


class Refund(Base):
    """Money given back for a purchase, and the gold taken back with it. A purchase has one at most."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'done')", name="status_known"),
        CheckConstraint("(status = 'done') = (done_at IS NOT NULL)", name="done_has_moment"),
        Index("ix_refunds_pending", "created_at", postgresql_where=text("status = 'pending'")),
    )

    transaction_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("shop_transactions.id"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"))
    amount_cents: Mapped[int] = mapped_column(Integer)
    gold: Mapped[int] = mapped_column(BigInteger, comment="taken back")
    status: Mapped[str] = mapped_column(Text, comment="pending until the gateway gave the money back")
    reason: Mapped[str] = mapped_column(Text)
    transfer_seq: Mapped[int] = mapped_column(BigInteger)
    balance_after: Mapped[int] = mapped_column(BigInteger)
    refunded_by: Mapped[int] = mapped_column(BigInteger, comment="the admin")
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    done_at: Mapped[datetime | None] = mapped_column(Timestamp)


class InventoryItem(Base):
    """Something a user bought with gold. Skins and badges are owned once, boosters pile up."""

    __tablename__ = "inventory_items"
    __table_args__ = (
        Index(
            "uq_inventory_items_owned_once",
            "user_id",
            "product_id",
            unique=True,
            postgresql_where=text("NOT stackable"),
        ),
        Index("ix_inventory_items_user_id_id", "user_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"))
    product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("products.id"))
    receipt_code: Mapped[str] = mapped_column(Text, ForeignKey("shop_transactions.receipt_code"), unique=True)
    stackable: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class LimitedPackage(Base):
    """A package of which there are only so many. `stock_left` is the last guard against overselling."""

    __tablename__ = "limited_packages"
    __table_args__ = (
        CheckConstraint("stock_left BETWEEN 0 AND stock_total", name="stock_bounded"),
        CheckConstraint("gold > 0 AND price_cents > 0 AND per_user_max > 0", name="amounts_positive"),
        {"postgresql_with": {"fillfactor": 70}},
    )

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    gold: Mapped[int] = mapped_column(BigInteger)
    price_cents: Mapped[int] = mapped_column(Integer)
    stock_total: Mapped[int] = mapped_column(Integer)
    stock_left: Mapped[int] = mapped_column(Integer, comment="neither sold nor held")
    per_user_max: Mapped[int] = mapped_column(Integer)
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    starts_at: Mapped[datetime | None] = mapped_column(Timestamp)
    ends_at: Mapped[datetime | None] = mapped_column(Timestamp)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class LimitedHold(Base):
    """One piece of a package, bound to its purchase: held until that ends, then sold or returned."""

    __tablename__ = "limited_holds"
    __table_args__ = (
        CheckConstraint("state IN ('held', 'sold', 'returned')", name="state_known"),
        CheckConstraint("(state = 'held') = (ended_at IS NULL)", name="ended_when_final"),
        Index("ix_limited_holds_package_code_user_id", "package_code", "user_id"),
        Index("ix_limited_holds_held", "expires_at", postgresql_where=text("state = 'held'")),
    )

    transaction_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("shop_transactions.id"), primary_key=True
    )
    package_code: Mapped[str] = mapped_column(Text, ForeignKey("limited_packages.code"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"))
    state: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(
        Timestamp, comment="from then the purchase is voided, if it can"
    )
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    ended_at: Mapped[datetime | None] = mapped_column(Timestamp)


class PromoCode(Base):
    """Money off a limited package. `used_count` counts uses held as well."""

    __tablename__ = "promo_codes"
    __table_args__ = (
        CheckConstraint(
            "used_count >= 0 AND (max_uses IS NULL OR used_count <= max_uses)", name="uses_bounded"
        ),
        CheckConstraint("discount_cents > 0 AND per_user_max > 0", name="amounts_positive"),
    )

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    package_code: Mapped[str | None] = mapped_column(
        Text, ForeignKey("limited_packages.code"), comment="null: any package"
    )
    discount_cents: Mapped[int] = mapped_column(Integer)
    max_uses: Mapped[int | None] = mapped_column(Integer, comment="null: unlimited")
    used_count: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    per_user_max: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    starts_at: Mapped[datetime | None] = mapped_column(Timestamp)
    ends_at: Mapped[datetime | None] = mapped_column(Timestamp)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class PromoUsage(Base):
    """One use of a code, bound to its purchase as the hold is."""

    __tablename__ = "promo_usages"
    __table_args__ = (
        CheckConstraint("state IN ('held', 'used', 'returned')", name="state_known"),
        Index("ix_promo_usages_code_user_id", "code", "user_id"),
    )

    transaction_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("shop_transactions.id"), primary_key=True
    )
    code: Mapped[str] = mapped_column(Text, ForeignKey("promo_codes.code"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"))
    state: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class WebhookEvent(Base):
    """An event the gateway told us of, committed with its effect: it has one, and its nonce none other."""

    __tablename__ = "webhook_events"
    __table_args__ = (Index("ix_webhook_events_created_at", "created_at", postgresql_using="brin"),)

    event_id: Mapped[str] = mapped_column(Text, primary_key=True)
    nonce: Mapped[str] = mapped_column(Text, unique=True)
    receipt_code: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text, comment="applied, late (it had ended so before) or conflict")
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class FraudRule(Base):
    """A rule that holds against attempts to pay; its numbers are data."""

    __tablename__ = "fraud_rules"
    __table_args__ = (
        CheckConstraint("kind IN ('velocity', 'cards', 'amount_jump', 'new_account')", name="kind_known"),
        CheckConstraint("decision IN ('soft', 'hard')", name="decision_known"),
    )

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    decision: Mapped[str] = mapped_column(Text, comment="soft: wait; hard: blocked")
    limits_data: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="the rule's numbers, by its kind")
    shadow: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class FraudDecision(Base):
    """A rule that held against an attempt, whether it blocked it or only looked on."""

    __tablename__ = "fraud_decisions"
    __table_args__ = (
        CheckConstraint("decision IN ('soft', 'hard')", name="decision_known"),
        Index("ix_fraud_decisions_user_id_id", "user_id", "id"),
        Index("ix_fraud_decisions_created_at", "created_at", postgresql_using="brin"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("wallets.user_id"))
    rule_code: Mapped[str] = mapped_column(Text)
    decision: Mapped[str] = mapped_column(Text)
    shadow: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(Text)
    amount_cents: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
