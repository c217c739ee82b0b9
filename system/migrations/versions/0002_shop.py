"""The shop: catalogue, purchases, limited stock, webhooks, fraud."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = (
    "fraud_rules",
    "limited_packages",
    "products",
    "webhook_events",
    "promo_codes",
    "fraud_decisions",
    "shop_transactions",
    "inventory_items",
    "limited_holds",
    "promo_usages",
    "refunds",
)
PURCHASES_MOVE_ONCE = """
CREATE FUNCTION shop_transactions_move_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.status <> 'pending' THEN
        RAISE EXCEPTION 'purchase % is %: it moves once, and is never deleted', OLD.receipt_code, OLD.status;
    END IF;
    IF (NEW.receipt_code, NEW.user_id, NEW.kind, NEW.product_id, NEW.package_code, NEW.promo_code, NEW.quantity,
        NEW.amount_cents, NEW.gold, NEW.idempotency_key, NEW.fingerprint, NEW.created_at)
       IS DISTINCT FROM
       (OLD.receipt_code, OLD.user_id, OLD.kind, OLD.product_id, OLD.package_code, OLD.promo_code, OLD.quantity,
        OLD.amount_cents, OLD.gold, OLD.idempotency_key, OLD.fingerprint, OLD.created_at) THEN
        RAISE EXCEPTION 'purchase %: what was bought never changes', OLD.receipt_code;
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "fraud_rules",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False, comment="soft: wait; hard: blocked"),
        sa.Column(
            "limits_data",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="the rule's numbers, by its kind",
        ),
        sa.Column("shadow", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("decision IN ('soft', 'hard')", name=op.f("ck_fraud_rules_decision_known")),
        sa.CheckConstraint(
            "kind IN ('velocity', 'cards', 'amount_jump', 'new_account')",
            name=op.f("ck_fraud_rules_kind_known"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_fraud_rules")),
    )
    op.create_table(
        "limited_packages",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("gold", sa.BigInteger(), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("stock_total", sa.Integer(), nullable=False),
        sa.Column("stock_left", sa.Integer(), nullable=False, comment="neither sold nor held"),
        sa.Column("per_user_max", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("starts_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ends_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "gold > 0 AND price_cents > 0 AND per_user_max > 0",
            name=op.f("ck_limited_packages_amounts_positive"),
        ),
        sa.CheckConstraint(
            "stock_left BETWEEN 0 AND stock_total", name=op.f("ck_limited_packages_stock_bounded")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_limited_packages")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "products",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "economy", sa.SmallInteger(), nullable=False, comment="the least economy version that shows it"
        ),
        sa.Column("gold", sa.BigInteger(), nullable=True, comment="gold it grants"),
        sa.Column("price_cents", sa.Integer(), nullable=True),
        sa.Column("price_gold", sa.BigInteger(), nullable=True),
        sa.Column("discount_percent", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "discount_ends_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="null: a discount has no end",
        ),
        sa.Column("min_rank", sa.Text(), server_default=sa.text("'STANDARD'"), nullable=False),
        sa.Column("adult_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("deleted_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "CASE WHEN kind = 'gold' THEN gold > 0 AND price_cents > 0 AND price_gold IS NULL"
            " ELSE gold IS NULL AND price_cents IS NULL AND price_gold > 0 END",
            name=op.f("ck_products_one_price"),
        ),
        sa.CheckConstraint(
            "kind IN ('gold', 'skin', 'badge', 'booster')", name=op.f("ck_products_kind_known")
        ),
        sa.CheckConstraint("min_rank IN ('STANDARD', 'PREMIUM', 'VIP')", name=op.f("ck_products_rank_known")),
        sa.CheckConstraint("discount_percent BETWEEN 0 AND 90", name=op.f("ck_products_discount_bounded")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("sku", name=op.f("uq_products_sku")),
    )
    op.create_table(
        "webhook_events",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("receipt_code", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column(
            "outcome", sa.Text(), nullable=False, comment="applied, late (it had ended so before) or conflict"
        ),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_webhook_events")),
        sa.UniqueConstraint("nonce", name=op.f("uq_webhook_events_nonce")),
    )
    op.create_index(
        "ix_webhook_events_created_at",
        "webhook_events",
        ["created_at"],
        unique=False,
        postgresql_using="brin",
    )
    op.create_table(
        "promo_codes",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("package_code", sa.Text(), nullable=True, comment="null: any package"),
        sa.Column("discount_cents", sa.Integer(), nullable=False),
        sa.Column("max_uses", sa.Integer(), nullable=True, comment="null: unlimited"),
        sa.Column("used_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("per_user_max", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("starts_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ends_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "discount_cents > 0 AND per_user_max > 0", name=op.f("ck_promo_codes_amounts_positive")
        ),
        sa.CheckConstraint(
            "used_count >= 0 AND (max_uses IS NULL OR used_count <= max_uses)",
            name=op.f("ck_promo_codes_uses_bounded"),
        ),
        sa.ForeignKeyConstraint(
            ["package_code"], ["limited_packages.code"], name=op.f("fk_promo_codes_package_code")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_promo_codes")),
    )
    op.create_table(
        "fraud_decisions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("rule_code", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("shadow", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("decision IN ('soft', 'hard')", name=op.f("ck_fraud_decisions_decision_known")),
        sa.ForeignKeyConstraint(["user_id"], ["wallets.user_id"], name=op.f("fk_fraud_decisions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_decisions")),
    )
    op.create_index(
        "ix_fraud_decisions_created_at",
        "fraud_decisions",
        ["created_at"],
        unique=False,
        postgresql_using="brin",
    )
    op.create_index("ix_fraud_decisions_user_id_id", "fraud_decisions", ["user_id", "id"], unique=False)
    op.create_table(
        "shop_transactions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("receipt_code", sa.Text(), nullable=False, comment="also the gateway's reference"),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=True),
        sa.Column("package_code", sa.Text(), nullable=True),
        sa.Column("promo_code", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False, comment="real money; 0 for what gold bought"),
        sa.Column(
            "gold", sa.BigInteger(), nullable=False, comment="what it moves on success, as the user sees it"
        ),
        sa.Column("payment_method", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("charge_id", sa.Text(), nullable=True, comment="the gateway's own name of the charge"),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("transfer_seq", sa.BigInteger(), nullable=True),
        sa.Column("balance_after", sa.BigInteger(), nullable=True, comment="gold when it ended"),
        sa.Column(
            "look_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="until then whoever began it works on it; then anybody may ask the gateway",
        ),
        sa.Column("looks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("settled_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'limited') = (package_code IS NOT NULL)",
            name=op.f("ck_shop_transactions_package_of_limited"),
        ),
        sa.CheckConstraint(
            "(kind = 'limited') = (product_id IS NULL)", name=op.f("ck_shop_transactions_product_of_others")
        ),
        sa.CheckConstraint(
            "(status = 'pending') = (settled_at IS NULL)",
            name=op.f("ck_shop_transactions_settled_when_final"),
        ),
        sa.CheckConstraint(
            "(status = 'success') = (transfer_seq IS NOT NULL)",
            name=op.f("ck_shop_transactions_success_moved_gold"),
        ),
        sa.CheckConstraint(
            "kind IN ('product', 'limited', 'item')", name=op.f("ck_shop_transactions_kind_known")
        ),
        sa.CheckConstraint(
            "status <> 'failed' OR reason_code IS NOT NULL",
            name=op.f("ck_shop_transactions_failed_has_reason"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'success', 'failed')", name=op.f("ck_shop_transactions_status_known")
        ),
        sa.CheckConstraint(
            "amount_cents >= 0 AND quantity > 0", name=op.f("ck_shop_transactions_amount_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["package_code"], ["limited_packages.code"], name=op.f("fk_shop_transactions_package_code")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_shop_transactions_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["promo_code"], ["promo_codes.code"], name=op.f("fk_shop_transactions_promo_code")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["wallets.user_id"], name=op.f("fk_shop_transactions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_transactions")),
        sa.UniqueConstraint("receipt_code", name=op.f("uq_shop_transactions_receipt_code")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index(
        "ix_shop_transactions_created_at",
        "shop_transactions",
        ["created_at"],
        unique=False,
        postgresql_using="brin",
    )
    op.create_index(
        "ix_shop_transactions_pending",
        "shop_transactions",
        ["look_at"],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index("ix_shop_transactions_user_id_id", "shop_transactions", ["user_id", "id"], unique=False)
    op.create_index(
        "uq_shop_transactions_user_id_idempotency_key",
        "shop_transactions",
        ["user_id", "idempotency_key"],
        unique=True,
    )
    op.create_table(
        "inventory_items",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("receipt_code", sa.Text(), nullable=False),
        sa.Column("stackable", sa.Boolean(), nullable=False),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_inventory_items_product_id")),
        sa.ForeignKeyConstraint(
            ["receipt_code"], ["shop_transactions.receipt_code"], name=op.f("fk_inventory_items_receipt_code")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["wallets.user_id"], name=op.f("fk_inventory_items_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inventory_items")),
        sa.UniqueConstraint("receipt_code", name=op.f("uq_inventory_items_receipt_code")),
    )
    op.create_index("ix_inventory_items_user_id_id", "inventory_items", ["user_id", "id"], unique=False)
    op.create_index(
        "uq_inventory_items_owned_once",
        "inventory_items",
        ["user_id", "product_id"],
        unique=True,
        postgresql_where=sa.text("NOT stackable"),
    )
    op.create_table(
        "limited_holds",
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("package_code", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "expires_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="from then the purchase is voided, if it can",
        ),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'held') = (ended_at IS NULL)", name=op.f("ck_limited_holds_ended_when_final")
        ),
        sa.CheckConstraint(
            "state IN ('held', 'sold', 'returned')", name=op.f("ck_limited_holds_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["package_code"], ["limited_packages.code"], name=op.f("fk_limited_holds_package_code")
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["shop_transactions.id"], name=op.f("fk_limited_holds_transaction_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["wallets.user_id"], name=op.f("fk_limited_holds_user_id")),
        sa.PrimaryKeyConstraint("transaction_id", name=op.f("pk_limited_holds")),
    )
    op.create_index(
        "ix_limited_holds_held",
        "limited_holds",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index(
        "ix_limited_holds_package_code_user_id", "limited_holds", ["package_code", "user_id"], unique=False
    )
    op.create_table(
        "promo_usages",
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("state IN ('held', 'used', 'returned')", name=op.f("ck_promo_usages_state_known")),
        sa.ForeignKeyConstraint(["code"], ["promo_codes.code"], name=op.f("fk_promo_usages_code")),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["shop_transactions.id"], name=op.f("fk_promo_usages_transaction_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["wallets.user_id"], name=op.f("fk_promo_usages_user_id")),
        sa.PrimaryKeyConstraint("transaction_id", name=op.f("pk_promo_usages")),
    )
    op.create_index("ix_promo_usages_code_user_id", "promo_usages", ["code", "user_id"], unique=False)
    op.create_table(
        "refunds",
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("gold", sa.BigInteger(), nullable=False, comment="taken back"),
        sa.Column(
            "status", sa.Text(), nullable=False, comment="pending until the gateway gave the money back"
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("transfer_seq", sa.BigInteger(), nullable=False),
        sa.Column("balance_after", sa.BigInteger(), nullable=False),
        sa.Column("refunded_by", sa.BigInteger(), nullable=False, comment="the admin"),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("done_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'done') = (done_at IS NOT NULL)", name=op.f("ck_refunds_done_has_moment")
        ),
        sa.CheckConstraint("status IN ('pending', 'done')", name=op.f("ck_refunds_status_known")),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["shop_transactions.id"], name=op.f("fk_refunds_transaction_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["wallets.user_id"], name=op.f("fk_refunds_user_id")),
        sa.PrimaryKeyConstraint("transaction_id", name=op.f("pk_refunds")),
    )
    op.create_index(
        "ix_refunds_pending",
        "refunds",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.execute(PURCHASES_MOVE_ONCE)
    op.execute(
        "CREATE TRIGGER shop_transactions_move_once BEFORE UPDATE OR DELETE ON shop_transactions "
        "FOR EACH ROW EXECUTE FUNCTION shop_transactions_move_once()"
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION shop_transactions_move_once")
