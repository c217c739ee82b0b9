"""How far the arrivals of facts in the analytics store have been judged."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "arrivals_judged",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("until", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_arrivals_judged_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrivals_judged")),
    )


def downgrade() -> None:
    op.drop_table("arrivals_judged")
