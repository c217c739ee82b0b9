"""How many take part in each event, counted as they join; and which accounts were erased."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SHARDS = 8


def upgrade() -> None:
    moment, now = postgresql.TIMESTAMP(timezone=True), sa.text("now()")
    op.create_table(
        "event_tallies",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("participants", sa.BigInteger(), nullable=False),
        sa.Column("created_at", moment, server_default=now, nullable=False),
        sa.CheckConstraint(f"shard BETWEEN 0 AND {SHARDS - 1}", name=op.f("ck_event_tallies_shard_known")),
        sa.CheckConstraint("participants > 0", name=op.f("ck_event_tallies_participants_positive")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_event_tallies_event_id")),
        sa.PrimaryKeyConstraint("event_id", "shard", name=op.f("pk_event_tallies")),
        postgresql_with={"fillfactor": 50},
    )
    op.execute(
        "INSERT INTO event_tallies (event_id, shard, participants) "  # noqa: S608 - a number of ours
        f"SELECT event_id, user_id % {SHARDS}, count(*) FROM event_participations GROUP BY 1, 2"
    )
    op.create_table(
        "erasures",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("account_created_at", moment, nullable=False),
        sa.Column("created_at", moment, server_default=now, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_erasures_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_erasures")),
    )
    op.create_index("ix_erasures_created_at", "erasures", ["created_at"])
    op.execute(
        "INSERT INTO erasures (user_id, account_created_at, created_at) "
        "SELECT id, created_at, deleted_at FROM users WHERE deleted_at IS NOT NULL AND password_hash = '!' "
        "AND phone_key_id = 'erased'"
    )


def downgrade() -> None:
    op.drop_table("erasures")
    op.drop_table("event_tallies")
