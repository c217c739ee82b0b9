"""The first tables: the kit, identity, the wallet, the games, the home page."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from casino.kit.clock import utc_now
from casino.kit.partitions import make_months

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# Cut by month; their first partitions are made here, the later ones by the worker.
MONTHLY = ("fact_log", "game_rounds", "user_actions")
APPEND_ONLY = ("ledger_transfers", "fact_log")


def upgrade() -> None:
    op.create_table(
        "activity_minutes",
        sa.Column("minute", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("rounds", sa.BigInteger(), nullable=False),
        sa.Column("big_wins", sa.BigInteger(), nullable=False, comment="rounds won above the threshold"),
        sa.PrimaryKeyConstraint("minute", name=op.f("pk_activity_minutes")),
    )
    op.create_table(
        "consumed_events",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column(
            "consumed_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("consumer", "event_id", name=op.f("pk_consumed_events")),
    )
    op.create_index(
        "ix_consumed_events_consumed_at",
        "consumed_events",
        ["consumed_at"],
        unique=False,
        postgresql_using="brin",
    )
    op.create_table(
        "consumer_offsets",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("partition", sa.SmallInteger(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.Column(
            "updated_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("consumer", "partition", name=op.f("pk_consumer_offsets")),
    )
    op.create_table(
        "dead_facts",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "fact_data",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="the whole fact, as the log held it",
        ),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("consumer", "event_id", name=op.f("pk_dead_facts")),
    )
    op.create_table(
        "fact_log",
        sa.Column("partition", sa.SmallInteger(), nullable=False),
        sa.Column("log_offset", sa.BigInteger(), nullable=False),
        sa.Column("occurred_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("event_no", sa.BigInteger(), nullable=False),
        sa.Column("messages", sa.SmallInteger(), nullable=False),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("fact_data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("partition", "log_offset", "occurred_at", name=op.f("pk_fact_log")),
        postgresql_partition_by="RANGE (occurred_at)",
    )
    op.create_index(
        "ix_fact_log_occurred_at", "fact_log", ["occurred_at"], unique=False, postgresql_using="brin"
    )
    op.create_index("ix_fact_log_user_id_event_no", "fact_log", ["user_id", "event_no"], unique=False)
    op.create_table(
        "fact_log_partitions",
        sa.Column("partition", sa.SmallInteger(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partition", name=op.f("pk_fact_log_partitions")),
    )
    op.create_table(
        "game_rounds",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("transfer_seq", sa.BigInteger(), nullable=False),
        sa.Column("game_type", sa.Text(), nullable=False),
        sa.Column("bet_amount", sa.BigInteger(), nullable=False),
        sa.Column("win_amount", sa.BigInteger(), nullable=False),
        sa.Column("multiplier", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("config_version", sa.Integer(), nullable=False),
        sa.Column("seed_id", sa.BigInteger(), nullable=False),
        sa.Column("client_seed", sa.Text(), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("result_data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("bet_amount > 0", name=op.f("ck_game_rounds_bet_positive")),
        sa.CheckConstraint("win_amount >= 0", name=op.f("ck_game_rounds_win_not_negative")),
        sa.PrimaryKeyConstraint("id", "created_at", name=op.f("pk_game_rounds")),
        postgresql_partition_by="RANGE (created_at)",
    )
    op.create_index(
        "ix_game_rounds_user_id_transfer_seq", "game_rounds", ["user_id", "transfer_seq"], unique=False
    )
    op.create_table(
        "idempotency_records",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("status BETWEEN 200 AND 299", name=op.f("ck_idempotency_records_only_success")),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_idempotency_records")),
    )
    op.create_index(
        "ix_idempotency_records_created_at",
        "idempotency_records",
        ["created_at"],
        unique=False,
        postgresql_using="brin",
    )
    op.create_table(
        "invite_codes",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("max_uses", sa.Integer(), nullable=True, comment="null: unlimited"),
        sa.Column(
            "used_count",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="stays 0 when unlimited",
        ),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="null: never"),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "used_count BETWEEN 0 AND max_uses", name=op.f("ck_invite_codes_uses_within_limit")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_invite_codes")),
    )
    op.create_table(
        "ledger_audits",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "is_full", sa.Boolean(), nullable=False, comment="whether it went back to the first transfer"
        ),
        sa.Column("transfers", sa.BigInteger(), nullable=False, comment="how many it recomputed"),
        sa.Column(
            "account_data",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="{account: [gold given, gold taken, transfers]} of every transfer proved so far",
        ),
        sa.Column(
            "heads_signature",
            sa.LargeBinary(),
            nullable=True,
            comment="the line of the checkpoint file that was last when it ended",
        ),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_audits")),
    )
    op.create_table(
        "login_attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False, comment="as it was given"),
        sa.Column("address", sa.Text(), nullable=False, comment="PII; the caller's address, kept 90 days"),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "outcome IN ('ok', 'failed', 'locked')", name=op.f("ck_login_attempts_outcome_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempts")),
    )
    op.create_index(
        "ix_login_attempts_created_at",
        "login_attempts",
        ["created_at"],
        unique=False,
        postgresql_using="brin",
    )
    op.create_index(
        "ix_login_attempts_site_id_created_at", "login_attempts", ["site_id", "created_at"], unique=False
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "event_no",
            sa.BigInteger(),
            nullable=False,
            comment="the first of the user's event numbers it reserved",
        ),
        sa.Column("messages", sa.SmallInteger(), nullable=False, comment="how many numbers it reserved"),
        sa.Column(
            "occurred_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("fact_data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False, comment="the name to log in with"),
        sa.Column("nickname", sa.Text(), nullable=False, comment="what others see"),
        sa.Column(
            "nickname_folded", sa.Text(), nullable=False, comment="NFKC, case folded: unique as people read"
        ),
        sa.Column(
            "phone_encrypted",
            sa.LargeBinary(),
            nullable=False,
            comment="PII; AES-GCM: nonce, then ciphertext",
        ),
        sa.Column("phone_key_id", sa.Text(), nullable=False, comment="which key encrypted it"),
        sa.Column(
            "phone_index", sa.LargeBinary(), nullable=False, comment="HMAC of the digits, for look-ups"
        ),
        sa.Column("phone_index_key_id", sa.Text(), nullable=False, comment="which key made the index"),
        sa.Column("password_hash", sa.Text(), nullable=False, comment="argon2id, PHC string"),
        sa.Column("role", sa.Text(), server_default="user", nullable=False),
        sa.Column("rank", sa.Text(), server_default="STANDARD", nullable=False),
        sa.Column("invite_code", sa.Text(), nullable=False),
        sa.Column("signup_gold", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_login_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("deleted_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("rank IN ('STANDARD', 'PREMIUM', 'VIP')", name=op.f("ck_users_rank_known")),
        sa.CheckConstraint("role IN ('user', 'operator', 'admin')", name=op.f("ck_users_role_known")),
        sa.CheckConstraint("site_id ~ '^[a-z0-9_.-]{3,32}$'", name=op.f("ck_users_site_id_form")),
        sa.CheckConstraint("char_length(nickname) BETWEEN 2 AND 20", name=op.f("ck_users_nickname_length")),
        sa.CheckConstraint("octet_length(phone_index) = 32", name=op.f("ck_users_phone_index_is_sha256")),
        sa.ForeignKeyConstraint(["invite_code"], ["invite_codes.code"], name=op.f("fk_users_invite_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("nickname_folded", name=op.f("uq_users_nickname_folded")),
        sa.UniqueConstraint("phone_index", name=op.f("uq_users_phone_index")),
        sa.UniqueConstraint("site_id", name=op.f("uq_users_site_id")),
        postgresql_with={"fillfactor": 80},
    )
    op.create_index("ix_users_invite_code", "users", ["invite_code"], unique=False)
    op.create_table(
        "revocations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.UUID(), nullable=True, comment="null: every session of the user"),
        sa.Column(
            "not_before",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="tokens issued before it are dead",
        ),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_revocations_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocations")),
    )
    op.create_index("ix_revocations_created_at", "revocations", ["created_at"], unique=False)
    op.create_table(
        "security_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="REFRESH_TOKEN_REUSE, LOGIN_LOCKED, PROMOTED …"),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("event_data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_security_events_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_events")),
    )
    op.create_index(
        "ix_security_events_kind_created_at", "security_events", ["kind", "created_at"], unique=False
    )
    op.create_index(
        "ix_security_events_user_id_created_at", "security_events", ["user_id", "created_at"], unique=False
    )
    op.create_table(
        "user_actions",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("event_no", sa.BigInteger(), nullable=False, comment="the user's event number"),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("action_type", sa.Text(), nullable=False),
        sa.Column(
            "source", sa.Text(), nullable=False, comment="client: as the browser says; server: as settled"
        ),
        sa.Column(
            "client_ts",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="when the browser says it happened",
        ),
        sa.Column(
            "action_data",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="the context given with it",
        ),
        sa.CheckConstraint("source IN ('client', 'server')", name=op.f("ck_user_actions_source_known")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_actions_user_id")),
        sa.PrimaryKeyConstraint("user_id", "event_no", "created_at", name=op.f("pk_user_actions")),
        postgresql_partition_by="RANGE (created_at)",
    )
    op.create_index(
        "ix_user_actions_action_type_created_at", "user_actions", ["action_type", "created_at"], unique=False
    )
    op.create_table(
        "user_sessions",
        sa.Column("id", sa.UUID(), nullable=False, comment="UUIDv7; `sid` in access tokens"),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "user_agent", sa.Text(), nullable=False, comment="PII; as the device calls itself, shortened"
        ),
        sa.Column(
            "last_seen_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="within a minute",
        ),
        sa.Column("revoked_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sessions")),
        postgresql_with={"fillfactor": 80},
    )
    op.create_index("ix_user_sessions_last_seen_at", "user_sessions", ["last_seen_at"], unique=False)
    op.create_index("ix_user_sessions_user_id_id", "user_sessions", ["user_id", "id"], unique=False)
    op.create_table(
        "wallets",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("gold_balance", sa.BigInteger(), nullable=False),
        sa.Column(
            "transfer_seq", sa.BigInteger(), nullable=False, comment="number of the user's last transfer"
        ),
        sa.Column("event_seq", sa.BigInteger(), nullable=False, comment="the user's last event number"),
        sa.Column("chain_head", sa.LargeBinary(), nullable=False, comment="hash of the last transfer"),
        sa.Column(
            "draw_seed_id", sa.BigInteger(), nullable=True, comment="the seed that draws come from now"
        ),
        sa.Column("draw_nonce", sa.BigInteger(), nullable=False, comment="draws made from that seed"),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("gold_balance >= 0", name=op.f("ck_wallets_balance_not_negative")),
        sa.CheckConstraint("octet_length(chain_head) = 32", name=op.f("ck_wallets_chain_head_is_sha256")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_wallets_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_wallets")),
        postgresql_with={"fillfactor": 60},
    )
    op.create_table(
        "fairness_seeds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("server_seed", sa.LargeBinary(), nullable=False),
        sa.Column("client_seed", sa.Text(), nullable=False),
        sa.Column(
            "nonces_used", sa.BigInteger(), nullable=True, comment="rounds drawn, known when it is retired"
        ),
        sa.Column("revealed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("octet_length(server_seed) = 32", name=op.f("ck_fairness_seeds_seed_is_32_bytes")),
        sa.ForeignKeyConstraint(["user_id"], ["wallets.user_id"], name=op.f("fk_fairness_seeds_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fairness_seeds")),
    )
    op.create_index("ix_fairness_seeds_user_id", "fairness_seeds", ["user_id"], unique=False)
    op.create_table(
        "ledger_checkpoints",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "audited_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["user_id"], ["wallets.user_id"], name=op.f("fk_ledger_checkpoints_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_ledger_checkpoints")),
    )
    op.create_table(
        "ledger_transfers",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False, comment="1, 2, 3 … for each user, without a gap"),
        sa.Column(
            "counter_account",
            sa.Text(),
            nullable=False,
            comment="the other side: house:slot, source:signup …",
        ),
        sa.Column("amount", sa.BigInteger(), nullable=False, comment="gold, signed, as the user sees it"),
        sa.Column("balance_after", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "reference", sa.Text(), nullable=False, comment="what it paid for: a round, a receipt, a reward"
        ),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column(
            "hash",
            sa.LargeBinary(),
            nullable=False,
            comment="sha256(hash of the one before + canonical bytes)",
        ),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("balance_after >= 0", name=op.f("ck_ledger_transfers_balance_not_negative")),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("ck_ledger_transfers_hash_is_sha256")),
        sa.ForeignKeyConstraint(["user_id"], ["wallets.user_id"], name=op.f("fk_ledger_transfers_user_id")),
        sa.PrimaryKeyConstraint("user_id", "seq", name=op.f("pk_ledger_transfers")),
    )
    op.create_index(
        "ix_ledger_transfers_created_at",
        "ledger_transfers",
        ["created_at"],
        unique=False,
        postgresql_using="brin",
    )
    op.create_index(
        "uq_ledger_transfers_user_id_idempotency_key",
        "ledger_transfers",
        ["user_id", "idempotency_key"],
        unique=True,
    )
    op.create_index(
        "uq_ledger_transfers_user_id_kind_reference",
        "ledger_transfers",
        ["user_id", "kind", "reference"],
        unique=True,
    )
    op.create_table(
        "refresh_tokens",
        sa.Column("jti", sa.Text(), nullable=False),
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("successor", sa.Text(), nullable=True, comment="jti it rotated into"),
        sa.Column("used_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "(used_at IS NULL) = (successor IS NULL)", name=op.f("ck_refresh_tokens_used_by_its_successor")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["user_sessions.id"],
            name=op.f("fk_refresh_tokens_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("jti", name=op.f("pk_refresh_tokens")),
    )
    op.create_index("ix_refresh_tokens_expires_at", "refresh_tokens", ["expires_at"], unique=False)
    op.create_index("ix_refresh_tokens_session_id", "refresh_tokens", ["session_id"], unique=False)
    op.create_table(
        "user_game_stats",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("game_type", sa.Text(), nullable=False),
        sa.Column("plays", sa.BigInteger(), nullable=False),
        sa.Column("wins", sa.BigInteger(), nullable=False),
        sa.Column("losses", sa.BigInteger(), nullable=False),
        sa.Column("total_bet", sa.BigInteger(), nullable=False),
        sa.Column("total_gold_won", sa.BigInteger(), nullable=False),
        sa.Column("highest_multiplier", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["wallets.user_id"], name=op.f("fk_user_game_stats_user_id")),
        sa.PrimaryKeyConstraint("user_id", "game_type", name=op.f("pk_user_game_stats")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "ws_tickets",
        sa.Column("ticket_hash", sa.LargeBinary(), nullable=False),
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column(
            "token_issued_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="of the access token that asked for it",
        ),
        sa.Column(
            "token_expires_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="when that token, and so the socket, ends",
        ),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("octet_length(ticket_hash) = 32", name=op.f("ck_ws_tickets_hash_is_sha256")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["user_sessions.id"], name=op.f("fk_ws_tickets_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_hash", name=op.f("pk_ws_tickets")),
    )
    op.create_index("ix_ws_tickets_expires_at", "ws_tickets", ["expires_at"], unique=False)
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% is append-only: write a correction instead', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    make_months(op.get_bind(), MONTHLY, utc_now().date())


def downgrade() -> None:
    op.drop_index("ix_ws_tickets_expires_at", table_name="ws_tickets")
    op.drop_table("ws_tickets")
    op.drop_table("user_game_stats")
    op.drop_index("ix_refresh_tokens_session_id", table_name="refresh_tokens")
    op.drop_index("ix_refresh_tokens_expires_at", table_name="refresh_tokens")
    op.drop_table("refresh_tokens")
    op.drop_index("uq_ledger_transfers_user_id_kind_reference", table_name="ledger_transfers")
    op.drop_index("uq_ledger_transfers_user_id_idempotency_key", table_name="ledger_transfers")
    op.drop_index("ix_ledger_transfers_created_at", table_name="ledger_transfers", postgresql_using="brin")
    op.drop_table("ledger_transfers")
    op.drop_table("ledger_checkpoints")
    op.drop_index("ix_fairness_seeds_user_id", table_name="fairness_seeds")
    op.drop_table("fairness_seeds")
    op.drop_table("wallets")
    op.drop_index("ix_user_sessions_user_id_id", table_name="user_sessions")
    op.drop_index("ix_user_sessions_last_seen_at", table_name="user_sessions")
    op.drop_table("user_sessions")
    op.drop_index("ix_user_actions_action_type_created_at", table_name="user_actions")
    op.drop_table("user_actions")
    op.drop_index("ix_security_events_user_id_created_at", table_name="security_events")
    op.drop_index("ix_security_events_kind_created_at", table_name="security_events")
    op.drop_table("security_events")
    op.drop_index("ix_revocations_created_at", table_name="revocations")
    op.drop_table("revocations")
    op.drop_index("ix_users_invite_code", table_name="users")
    op.drop_table("users")
    op.drop_table("outbox")
    op.drop_index("ix_login_attempts_site_id_created_at", table_name="login_attempts")
    op.drop_index("ix_login_attempts_created_at", table_name="login_attempts", postgresql_using="brin")
    op.drop_table("login_attempts")
    op.drop_table("ledger_audits")
    op.drop_table("invite_codes")
    op.drop_index(
        "ix_idempotency_records_created_at", table_name="idempotency_records", postgresql_using="brin"
    )
    op.drop_table("idempotency_records")
    op.drop_index("ix_game_rounds_user_id_transfer_seq", table_name="game_rounds")
    op.drop_table("game_rounds")
    op.drop_table("fact_log_partitions")
    op.drop_index("ix_fact_log_user_id_event_no", table_name="fact_log")
    op.drop_index("ix_fact_log_occurred_at", table_name="fact_log", postgresql_using="brin")
    op.drop_table("fact_log")
    op.drop_table("dead_facts")
    op.drop_table("consumer_offsets")
    op.drop_index("ix_consumed_events_consumed_at", table_name="consumed_events", postgresql_using="brin")
    op.drop_table("consumed_events")
    op.drop_table("activity_minutes")
    op.execute("DROP FUNCTION refuse_change")
