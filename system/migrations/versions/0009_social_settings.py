"""What players let their followers see of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment, now = postgresql.TIMESTAMP(timezone=True), sa.text("now()")
    op.create_table(
        "social_settings",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("presence_shown", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("wins_shown", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("updated_at", moment, server_default=now, nullable=False),
        sa.Column("created_at", moment, server_default=now, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_social_settings_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_social_settings")),
    )


def downgrade() -> None:
    op.drop_table("social_settings")
