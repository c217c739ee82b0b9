"""A digest beside each stored answer, against which a repeat is held; none where older processes still write."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_COMMENT = "SHA-256 of user, key and body when they were stored; null before there were digests"


def upgrade() -> None:
    op.add_column(
        "idempotency_records", sa.Column("digest", sa.LargeBinary(), nullable=True, comment=_COMMENT)
    )


def downgrade() -> None:
    op.drop_column("idempotency_records", "digest")
