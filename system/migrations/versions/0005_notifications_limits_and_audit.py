"""Notifications, players' own limits, age verification, and the audit log of the back office."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None

KIND_KNOWN = "kind IN ('ADMIN_BROADCAST', 'ADMIN_NOTIFICATION', 'SECURITY', 'CAMPAIGN')"
STATE_KNOWN = "state IN ('scheduled', 'sending', 'sent', 'cancelled')"
LIMITS = "loss_limit >= 0 AND spend_limit >= 0 AND loss_limit_next >= 0 AND spend_limit_next >= 0"
WALLET_COLUMNS = (
    "loss_limit",
    "loss_limit_next",
    "loss_limit_next_at",
    "spend_limit",
    "spend_limit_next",
    "spend_limit_next_at",
    "excluded_until",
    "play_day",
    "lost_today",
    "spent_today",
)
USER_COLUMNS = ("birth_date_encrypted", "birth_date_key_id", "adult_verified_at")


def moment(name: str, *, now: bool = False, comment: str | None = None) -> sa.Column:
    """A timestamp; `now` makes it required and the default the transaction's time."""
    default = sa.text("now()") if now else None
    kind = postgresql.TIMESTAMP(timezone=True)
    return sa.Column(name, kind, server_default=default, nullable=not now, comment=comment)


def upgrade() -> None:
    _add_wallet_limits()
    _add_age()
    _create_inboxes()
    _create_sends()
    _create_audit_log()


def _add_wallet_limits() -> None:
    gold, day = "gold a day; null: without limit", "null: nothing is waiting"
    for name in ("loss_limit", "spend_limit"):
        op.add_column("wallets", sa.Column(name, sa.BigInteger(), comment=gold))
        waiting = f"the limit from {name}_next_at"
        op.add_column("wallets", sa.Column(f"{name}_next", sa.BigInteger(), comment=waiting))
        op.add_column("wallets", moment(f"{name}_next_at", comment=day))
    op.add_column("wallets", moment("excluded_until", comment="by the user's own wish"))
    op.add_column(
        "wallets", sa.Column("play_day", sa.Date(), comment="the UTC day that the two counters count")
    )
    counters = {
        "lost_today": "gold staked less gold won; below 0 when ahead",
        "spent_today": "gold staked and paid, whatever came back",
    }
    for name, meaning in counters.items():
        counter = sa.Column(
            name, sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment=meaning
        )
        op.add_column("wallets", counter)
    op.create_check_constraint(op.f("ck_wallets_limits_not_negative"), "wallets", LIMITS)
    op.create_check_constraint(op.f("ck_wallets_spent_not_negative"), "wallets", "spent_today >= 0")


def _add_age() -> None:
    sealed = "PII; AES-GCM: nonce, then ciphertext; null: not given"
    op.add_column("users", sa.Column("birth_date_encrypted", sa.LargeBinary(), comment=sealed))
    op.add_column("users", sa.Column("birth_date_key_id", sa.Text(), comment="which key encrypted it"))
    shown = "when their date of birth showed that they are an adult"
    op.add_column("users", moment("adult_verified_at", comment=shown))
    op.create_check_constraint(
        op.f("ck_users_birth_date_has_its_key"),
        "users",
        "(birth_date_encrypted IS NULL) = (birth_date_key_id IS NULL)",
    )


def _create_inboxes() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("notification_data", postgresql.JSONB(), nullable=False),
        sa.Column(
            "source", sa.Text(), nullable=False, comment="what it came from, once a user: fact:…, send:…"
        ),
        moment("read_at"),
        moment("created_at", now=True),
        sa.CheckConstraint(KIND_KNOWN, name=op.f("ck_notifications_kind_known")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notifications_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        postgresql_with={"fillfactor": 90},
    )
    op.create_index("uq_notifications_user_id_source", "notifications", ["user_id", "source"], unique=True)
    op.create_index("ix_notifications_user_id_id", "notifications", ["user_id", "id"])
    unread = sa.text("read_at IS NULL")
    op.create_index("ix_notifications_unread", "notifications", ["user_id", "id"], postgresql_where=unread)
    op.create_index("ix_notifications_created_at", "notifications", ["created_at"], postgresql_using="brin")
    chosen = [
        sa.Column(name, sa.Boolean(), server_default=sa.text("true"), nullable=False)
        for name in ("admin_broadcast", "admin_notification", "campaign")
    ]
    op.create_table(
        "notification_settings",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        *chosen,
        moment("updated_at", now=True),
        moment("created_at", now=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notification_settings_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notification_settings")),
    )


def _create_sends() -> None:
    inboxes = {"after_user_id": "inboxes up to this user have it", "delivered": "inboxes it is in"}
    op.create_table(
        "notification_sends",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("send_data", postgresql.JSONB(), nullable=False),
        sa.Column("user_ids", postgresql.ARRAY(sa.BigInteger()), comment="null: everybody"),
        sa.Column("send_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment=meaning)
            for name, meaning in inboxes.items()
        ),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        moment("finished_at"),
        moment("created_at", now=True),
        sa.CheckConstraint(KIND_KNOWN, name=op.f("ck_notification_sends_kind_known")),
        sa.CheckConstraint(STATE_KNOWN, name=op.f("ck_notification_sends_state_known")),
        sa.CheckConstraint(
            "(kind = 'ADMIN_BROADCAST') = (user_ids IS NULL)",
            name=op.f("ck_notification_sends_broadcast_is_to_everybody"),
        ),
        sa.CheckConstraint(
            "(finished_at IS NOT NULL) = (state IN ('sent', 'cancelled'))",
            name=op.f("ck_notification_sends_finished_when_over"),
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_notification_sends_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_sends")),
    )
    unfinished = sa.text("finished_at IS NULL")
    op.create_index(
        "ix_notification_sends_due", "notification_sends", ["send_at"], postgresql_where=unfinished
    )


def _create_audit_log() -> None:
    op.create_table(
        "admin_audit_logs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False, comment="notifications.send, users.ban …"),
        sa.Column("target", sa.Text(), nullable=False, comment="what was changed: user:42, send:7 …"),
        sa.Column("before_data", postgresql.JSONB(), comment="null: it was not there"),
        sa.Column("after_data", postgresql.JSONB(), comment="null: it is gone"),
        sa.Column(
            "address", sa.Text(), nullable=False, comment="PII; where the operator's request came from"
        ),
        sa.Column("trace_id", sa.Text(), nullable=False, comment="of the request"),
        moment("created_at", now=True),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_admin_audit_logs_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_audit_logs")),
    )
    op.create_index("ix_admin_audit_logs_actor_id_id", "admin_audit_logs", ["actor_id", "id"])
    op.create_index("ix_admin_audit_logs_action_id", "admin_audit_logs", ["action", "id"])
    op.execute(
        "CREATE TRIGGER admin_audit_logs_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON admin_audit_logs "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    for table in ("admin_audit_logs", "notification_sends", "notification_settings", "notifications"):
        op.drop_table(table)
    for column in USER_COLUMNS:
        op.drop_column("users", column)
    for column in WALLET_COLUMNS:
        op.drop_column("wallets", column)
