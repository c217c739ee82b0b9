"""The games: crash, gacha, sittings, bonuses on wins; and what players see of each other."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None

# What a day's stock is when the tables are new; the worker restocks from the rules of the gacha.
FIRST_STOCK = {"Rare": 200_000, "Epic": 50_000, "Legendary": 10_000}


def upgrade() -> None:
    op.add_column(
        "game_rounds",
        sa.Column(
            "bonus_gold",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="a running event's gold, paid with the win",
        ),
    )
    _crash()
    _gacha()
    _sittings()
    _social()


def _moment(name: str, *, nullable: bool = False, now: bool = False, comment: str | None = None) -> sa.Column:
    default = sa.text("now()") if now else None
    kind = postgresql.TIMESTAMP(timezone=True)
    return sa.Column(name, kind, nullable=nullable, server_default=default, comment=comment)


def _crash() -> None:
    op.create_table(
        "crash_rounds",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("bet_amount", sa.BigInteger(), nullable=False),
        sa.Column("bonus_gold", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("win_amount", sa.BigInteger(), nullable=True, comment="paid at the end, stake included"),
        sa.Column("auto_points", sa.Integer(), nullable=True, comment="automatic cash-out, in hundredths"),
        sa.Column(
            "crash_points",
            sa.Integer(),
            nullable=False,
            comment="where the curve ends; secret while active",
        ),
        sa.Column("cashout_points", sa.Integer(), nullable=True, comment="where the player left"),
        _moment("started_at", comment="by the database's clock"),
        _moment("due_at", comment="when it ends if nobody leaves it"),
        _moment("ended_at", nullable=True),
        sa.Column("bet_seq", sa.BigInteger(), nullable=False, comment="transfer that took the stake"),
        sa.Column("end_seq", sa.BigInteger(), nullable=True, comment="transfer that paid, also when nothing"),
        sa.Column("config_version", sa.Integer(), nullable=False),
        sa.Column("seed_id", sa.BigInteger(), nullable=False),
        sa.Column("client_seed", sa.Text(), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'cashed', 'crashed', 'expired')", name=op.f("ck_crash_rounds_status_known")
        ),
        sa.CheckConstraint("bet_amount > 0", name=op.f("ck_crash_rounds_bet_positive")),
        sa.CheckConstraint(
            "(status = 'active') = (end_seq IS NULL)", name=op.f("ck_crash_rounds_ended_with_a_transfer")
        ),
        sa.CheckConstraint(
            "win_amount IS NULL OR win_amount >= 0", name=op.f("ck_crash_rounds_win_not_negative")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["wallets.user_id"], name=op.f("fk_crash_rounds_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crash_rounds")),
    )
    running = sa.text("status = 'active'")
    op.create_index(
        "uq_crash_rounds_user_id_active", "crash_rounds", ["user_id"], unique=True, postgresql_where=running
    )
    op.create_index("ix_crash_rounds_due_at_active", "crash_rounds", ["due_at"], postgresql_where=running)
    op.create_index("ix_crash_rounds_user_id_bet_seq", "crash_rounds", ["user_id", "bet_seq"])
    op.create_index("ix_crash_rounds_started_at", "crash_rounds", ["started_at"])


def _gacha() -> None:
    op.create_table(
        "gacha_progress",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("pity", sa.Integer(), nullable=False, comment="items since the last Legendary"),
        sa.Column("pulled_on", sa.Date(), nullable=False, comment="day of the last pull, UTC"),
        sa.Column("pulls_that_day", sa.Integer(), nullable=False, comment="a ten-pull counts once"),
        sa.Column("common_count", sa.BigInteger(), nullable=False),
        sa.Column("rare_count", sa.BigInteger(), nullable=False),
        sa.Column("epic_count", sa.BigInteger(), nullable=False),
        sa.Column("legendary_count", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("pity >= 0", name=op.f("ck_gacha_progress_pity_not_negative")),
        sa.ForeignKeyConstraint(["user_id"], ["wallets.user_id"], name=op.f("fk_gacha_progress_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_gacha_progress")),
    )
    stock = op.create_table(
        "gacha_stock",
        sa.Column("rarity", sa.Text(), nullable=False),
        sa.Column("stock_left", sa.BigInteger(), nullable=False),
        sa.Column("restocked_on", sa.Date(), nullable=False, comment="UTC"),
        sa.CheckConstraint("stock_left >= 0", name=op.f("ck_gacha_stock_stock_not_negative")),
        sa.PrimaryKeyConstraint("rarity", name=op.f("pk_gacha_stock")),
    )
    for rarity, left in FIRST_STOCK.items():
        row = sa.insert(stock).values(rarity=rarity, stock_left=left, restocked_on=sa.func.current_date())
        op.execute(row)


def _sittings() -> None:
    op.create_table(
        "win_bonuses",
        sa.Column("source", sa.Text(), nullable=False, comment="the event it belongs to: event:12"),
        sa.Column("flat_gold", sa.BigInteger(), nullable=False),
        _moment("starts_at"),
        _moment("ends_at"),
        _moment("created_at", now=True),
        sa.CheckConstraint("flat_gold > 0", name=op.f("ck_win_bonuses_gold_positive")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_win_bonuses_ends_after_start")),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_win_bonuses")),
    )
    op.create_table(
        "game_sessions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("game_type", sa.Text(), nullable=False),
        _moment("started_at", now=True),
        _moment("ended_at", nullable=True),
        sa.Column("result_data", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (result_data IS NULL)", name=op.f("ck_game_sessions_ended_with_a_result")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["wallets.user_id"], name=op.f("fk_game_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_game_sessions")),
    )
    op.create_index("ix_game_sessions_user_id_started_at", "game_sessions", ["user_id", "started_at"])


def _social() -> None:
    op.create_table(
        "follow_relations",
        sa.Column("follower_id", sa.BigInteger(), nullable=False),
        sa.Column("followee_id", sa.BigInteger(), nullable=False),
        _moment("created_at", now=True),
        sa.CheckConstraint("follower_id <> followee_id", name=op.f("ck_follow_relations_not_oneself")),
        sa.ForeignKeyConstraint(["follower_id"], ["users.id"], name=op.f("fk_follow_relations_follower_id")),
        sa.ForeignKeyConstraint(["followee_id"], ["users.id"], name=op.f("fk_follow_relations_followee_id")),
        sa.PrimaryKeyConstraint("follower_id", "followee_id", name=op.f("pk_follow_relations")),
    )
    op.create_index(
        "ix_follow_relations_followee_id_follower_id", "follow_relations", ["followee_id", "follower_id"]
    )
    op.create_table(
        "feed_items",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False, comment="the fact it tells of; told once"),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False, comment="gold"),
        sa.Column("game_type", sa.Text(), nullable=False),
        _moment("created_at"),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_feed_items_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_items")),
    )
    op.create_index("uq_feed_items_event_id", "feed_items", ["event_id"], unique=True)
    op.create_index("ix_feed_items_actor_id_id", "feed_items", ["actor_id", "id"])
    op.create_index("ix_feed_items_created_at", "feed_items", ["created_at"], postgresql_using="brin")
    op.create_table(
        "leaderboard_scores",
        sa.Column("board", sa.Text(), nullable=False),
        sa.Column("window_start", sa.Date(), nullable=False, comment="first day of the window, UTC"),
        sa.Column("window_kind", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_leaderboard_scores_user_id")),
        sa.PrimaryKeyConstraint(
            "board", "window_kind", "window_start", "user_id", name=op.f("pk_leaderboard_scores")
        ),
    )
    op.create_index(
        "ix_leaderboard_scores_board_window_kind_window_start_score",
        "leaderboard_scores",
        ["board", "window_kind", "window_start", "score"],
    )


def downgrade() -> None:
    for table in (
        "leaderboard_scores",
        "feed_items",
        "follow_relations",
        "game_sessions",
        "win_bonuses",
        "gacha_stock",
        "gacha_progress",
        "crash_rounds",
    ):
        op.drop_table(table)
    op.drop_column("game_rounds", "bonus_gold")
