"""What operators decide about games: open or closed, and the limits of stakes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = postgresql.TIMESTAMP(timezone=True)
    op.create_table(
        "game_configs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("game_type", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("bet_min", sa.BigInteger(), nullable=False),
        sa.Column("bet_max", sa.BigInteger(), nullable=False),
        sa.Column("effective_from", moment, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, comment="for other operators"),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "game_type IN ('slot', 'rps', 'gacha', 'crash')", name=op.f("ck_game_configs_game_known")
        ),
        sa.CheckConstraint("bet_min > 0", name=op.f("ck_game_configs_bet_positive")),
        sa.CheckConstraint("bet_max >= bet_min", name=op.f("ck_game_configs_bets_in_order")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_game_configs_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_game_configs")),
    )
    op.create_index("ix_game_configs_game_type_id", "game_configs", ["game_type", "id"])
    op.execute(
        "CREATE TRIGGER game_configs_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON game_configs "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("game_configs")
