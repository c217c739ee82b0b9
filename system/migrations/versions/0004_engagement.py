"""The tables of engagement: rewards, streaks, events and missions, achievements, battle pass, VIP."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0005"
branch_labels = None
depends_on = None

# Each before what it refers to.
TABLES = (
    "vip_points",
    "vip_claims",
    "user_rewards",
    "user_experience",
    "user_achievements",
    "streaks",
    "mission_progress",
    "event_participations",
    "battlepass_progress",
    "battlepass_premiums",
    "battlepass_claims",
    "attendance_days",
    "redeem_codes",
    "battlepass_levels",
    "reward_templates",
    "missions",
    "events",
    "battlepass_seasons",
    "achievements",
)


def upgrade() -> None:
    _rewards()
    _streaks()
    _events()
    _achievements()
    _battlepass()
    _vip()


def _rewards() -> None:
    op.create_table(
        "reward_templates",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "title_data", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="title by language"
        ),
        sa.Column("gold", sa.BigInteger(), nullable=False),
        sa.Column("exp", sa.Integer(), nullable=False),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("exp >= 0", name=op.f("ck_reward_templates_exp_not_negative")),
        sa.CheckConstraint("gold > 0", name=op.f("ck_reward_templates_gold_positive")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_reward_templates")),
    )
    op.create_table(
        "redeem_codes",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("template_code", sa.Text(), nullable=False),
        sa.Column("max_uses", sa.Integer(), nullable=True, comment="null: unlimited"),
        sa.Column(
            "used_count",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="stays 0 when unlimited",
        ),
        sa.Column(
            "starts_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="null: never"),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "used_count BETWEEN 0 AND max_uses", name=op.f("ck_redeem_codes_uses_within_limit")
        ),
        sa.ForeignKeyConstraint(
            ["template_code"], ["reward_templates.code"], name=op.f("fk_redeem_codes_template_code")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_redeem_codes")),
    )
    op.create_table(
        "user_experience",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("exp", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.CheckConstraint("exp >= 0", name=op.f("ck_user_experience_exp_not_negative")),
        sa.ForeignKeyConstraint(["user_id"], ["wallets.user_id"], name=op.f("fk_user_experience_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_user_experience")),
        postgresql_with={"fillfactor": 80},
    )
    op.create_table(
        "user_rewards",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False, comment="which room gave it"),
        sa.Column(
            "source_key",
            sa.Text(),
            nullable=False,
            comment="what for, by that room's own name: a day, a level",
        ),
        sa.Column("gold", sa.BigInteger(), nullable=False),
        sa.Column("exp", sa.Integer(), nullable=False),
        sa.Column(
            "granted_by",
            sa.BigInteger(),
            nullable=True,
            comment="the operator who gave it; null: the rules did",
        ),
        sa.Column("note", sa.Text(), nullable=True, comment="the operator's reason"),
        sa.Column("transfer_seq", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "source IN ('streak', 'mission', 'event', 'achievement', 'battlepass', 'vip', 'code', 'operator')",
            name=op.f("ck_user_rewards_source_known"),
        ),
        sa.CheckConstraint("exp >= 0", name=op.f("ck_user_rewards_exp_not_negative")),
        sa.CheckConstraint("gold > 0", name=op.f("ck_user_rewards_gold_positive")),
        sa.ForeignKeyConstraint(["granted_by"], ["users.id"], name=op.f("fk_user_rewards_granted_by")),
        sa.ForeignKeyConstraint(["user_id"], ["wallets.user_id"], name=op.f("fk_user_rewards_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_rewards")),
    )
    op.create_index(
        "ix_user_rewards_user_id_transfer_seq", "user_rewards", ["user_id", "transfer_seq"], unique=False
    )
    op.create_index(
        "uq_user_rewards_user_id_source_source_key",
        "user_rewards",
        ["user_id", "source", "source_key"],
        unique=True,
    )


def _streaks() -> None:
    op.create_table(
        "attendance_days",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("action_type", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("streak_count", sa.Integer(), nullable=False, comment="days in a row with this one"),
        sa.Column("forgiven", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "claimed_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="when its reward was given",
        ),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "NOT (forgiven AND claimed_at IS NOT NULL)",
            name=op.f("ck_attendance_days_forgiven_is_not_claimed"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["wallets.user_id"], name=op.f("fk_attendance_days_user_id")),
        sa.PrimaryKeyConstraint("user_id", "action_type", "day", name=op.f("pk_attendance_days")),
    )
    op.create_table(
        "streaks",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("action_type", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("longest", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True, comment="by the casino's time zone"),
        sa.Column("protected", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "forgiven_month",
            sa.Date(),
            nullable=True,
            comment="first day of the last month in which a missed day was forgiven",
        ),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("(count = 0) = (last_day IS NULL)", name=op.f("ck_streaks_counted_has_a_day")),
        sa.CheckConstraint("count BETWEEN 0 AND longest", name=op.f("ck_streaks_count_within_longest")),
        sa.ForeignKeyConstraint(["user_id"], ["wallets.user_id"], name=op.f("fk_streaks_user_id")),
        sa.PrimaryKeyConstraint("user_id", "action_type", name=op.f("pk_streaks")),
        postgresql_with={"fillfactor": 80},
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "series",
            sa.Text(),
            nullable=True,
            comment="the weekly series it is an edition of; null: it happens once",
        ),
        sa.Column(
            "title_data", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="title by language"
        ),
        sa.Column(
            "description_data",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="description by language",
        ),
        sa.Column("measure", sa.Text(), nullable=False, comment="what counts: plays, wins, wagered …"),
        sa.Column("target", sa.BigInteger(), nullable=False),
        sa.Column("gold", sa.BigInteger(), nullable=False),
        sa.Column("exp", sa.Integer(), nullable=False),
        sa.Column(
            "flat_win_bonus",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="gold on every win while it runs",
        ),
        sa.Column(
            "priority",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="the highest is the hot one",
        ),
        sa.Column("published", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("starts_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ends_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("deleted_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("flat_win_bonus BETWEEN 0 AND 1000", name=op.f("ck_events_bonus_bounded")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_events_ends_after_start")),
        sa.CheckConstraint("target > 0 AND gold > 0 AND exp >= 0", name=op.f("ck_events_worth_something")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("code", name=op.f("uq_events_code")),
    )
    op.create_index("ix_events_ends_at", "events", ["ends_at"], unique=False)
    op.create_table(
        "missions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column(
            "title_data", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="title by language"
        ),
        sa.Column("measure", sa.Text(), nullable=False, comment="what counts: plays, wins, wagered …"),
        sa.Column("target", sa.BigInteger(), nullable=False),
        sa.Column("gold", sa.BigInteger(), nullable=False),
        sa.Column("exp", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False, comment="where it stands in the list"),
        sa.Column(
            "retired_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="what is settled later counts no more",
        ),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="what was settled before does not count",
        ),
        sa.CheckConstraint("period IN ('daily', 'weekly')", name=op.f("ck_missions_period_known")),
        sa.CheckConstraint("target > 0 AND gold > 0 AND exp >= 0", name=op.f("ck_missions_worth_something")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_missions")),
        sa.UniqueConstraint("code", name=op.f("uq_missions_code")),
    )
    op.create_table(
        "event_participations",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("progress", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("claimed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="when they joined: what is settled from here on counts",
        ),
        sa.CheckConstraint("progress >= 0", name=op.f("ck_event_participations_progress_not_negative")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_event_participations_event_id")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["wallets.user_id"], name=op.f("fk_event_participations_user_id")
        ),
        sa.PrimaryKeyConstraint("event_id", "user_id", name=op.f("pk_event_participations")),
        postgresql_with={"fillfactor": 80},
    )
    op.create_index("ix_event_participations_user_id", "event_participations", ["user_id"], unique=False)
    op.create_table(
        "mission_progress",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("mission_id", sa.BigInteger(), nullable=False),
        sa.Column("progress", sa.BigInteger(), nullable=False),
        sa.Column("claimed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("progress > 0", name=op.f("ck_mission_progress_progress_positive")),
        sa.ForeignKeyConstraint(["mission_id"], ["missions.id"], name=op.f("fk_mission_progress_mission_id")),
        sa.ForeignKeyConstraint(["user_id"], ["wallets.user_id"], name=op.f("fk_mission_progress_user_id")),
        sa.PrimaryKeyConstraint("user_id", "period_start", "mission_id", name=op.f("pk_mission_progress")),
        postgresql_with={"fillfactor": 80},
    )


def _achievements() -> None:
    op.create_table(
        "achievements",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "title_data", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="title by language"
        ),
        sa.Column(
            "description_data",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="description by language",
        ),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column(
            "measure", sa.Text(), nullable=False, comment="what counts: plays, best_win, streak_days …"
        ),
        sa.Column("mode", sa.Text(), nullable=False, comment="sum: all of it; best: the most at once"),
        sa.Column("target", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False, comment="where it stands in the list"),
        sa.Column(
            "retired_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="what is settled later counts no more",
        ),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="what was settled before does not count",
        ),
        sa.CheckConstraint("mode IN ('sum', 'best')", name=op.f("ck_achievements_mode_known")),
        sa.CheckConstraint("tier IN ('small', 'medium', 'large')", name=op.f("ck_achievements_tier_known")),
        sa.CheckConstraint("target > 0", name=op.f("ck_achievements_target_positive")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_achievements")),
    )
    op.create_table(
        "user_achievements",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("progress", sa.BigInteger(), nullable=False),
        sa.Column(
            "unlocked_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="when what unlocked it was settled",
        ),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("progress > 0", name=op.f("ck_user_achievements_progress_positive")),
        sa.ForeignKeyConstraint(["code"], ["achievements.code"], name=op.f("fk_user_achievements_code")),
        sa.ForeignKeyConstraint(["user_id"], ["wallets.user_id"], name=op.f("fk_user_achievements_user_id")),
        sa.PrimaryKeyConstraint("user_id", "code", name=op.f("pk_user_achievements")),
        postgresql_with={"fillfactor": 80},
    )
    op.create_index("ix_user_achievements_unlocked_at", "user_achievements", ["unlocked_at"], unique=False)


def _battlepass() -> None:
    op.create_table(
        "battlepass_seasons",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "title_data", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="title by language"
        ),
        sa.Column(
            "rate_data",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="experience by measure: {plays: 10}",
        ),
        sa.Column("premium_price", sa.BigInteger(), nullable=False, comment="gold"),
        sa.Column("starts_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ends_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        postgresql.ExcludeConstraint(
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            using="gist",
            name="ex_battlepass_seasons_one_at_a_time",
        ),
        sa.CheckConstraint("premium_price > 0", name=op.f("ck_battlepass_seasons_premium_price_positive")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_battlepass_seasons_ends_after_start")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_battlepass_seasons")),
        sa.UniqueConstraint("code", name=op.f("uq_battlepass_seasons_code")),
    )
    op.create_table(
        "battlepass_levels",
        sa.Column("season_id", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("xp", sa.BigInteger(), nullable=False, comment="experience it needs in all"),
        sa.Column("free_gold", sa.BigInteger(), nullable=False),
        sa.Column("premium_gold", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "free_gold > 0 AND premium_gold > 0", name=op.f("ck_battlepass_levels_worth_something")
        ),
        sa.CheckConstraint("level > 0 AND xp > 0", name=op.f("ck_battlepass_levels_above_ground")),
        sa.ForeignKeyConstraint(
            ["season_id"], ["battlepass_seasons.id"], name=op.f("fk_battlepass_levels_season_id")
        ),
        sa.PrimaryKeyConstraint("season_id", "level", name=op.f("pk_battlepass_levels")),
    )
    op.create_table(
        "battlepass_claims",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("season_id", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("track", sa.Text(), nullable=False),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("track IN ('free', 'premium')", name=op.f("ck_battlepass_claims_track_known")),
        sa.ForeignKeyConstraint(
            ["season_id"], ["battlepass_seasons.id"], name=op.f("fk_battlepass_claims_season_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["wallets.user_id"], name=op.f("fk_battlepass_claims_user_id")),
        sa.PrimaryKeyConstraint("user_id", "season_id", "level", "track", name=op.f("pk_battlepass_claims")),
    )
    op.create_table(
        "battlepass_premiums",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("season_id", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("transfer_seq", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("price > 0", name=op.f("ck_battlepass_premiums_price_positive")),
        sa.ForeignKeyConstraint(
            ["season_id"], ["battlepass_seasons.id"], name=op.f("fk_battlepass_premiums_season_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["wallets.user_id"], name=op.f("fk_battlepass_premiums_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", "season_id", name=op.f("pk_battlepass_premiums")),
    )
    op.create_table(
        "battlepass_progress",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("season_id", sa.BigInteger(), nullable=False),
        sa.Column("xp", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("xp > 0", name=op.f("ck_battlepass_progress_xp_positive")),
        sa.ForeignKeyConstraint(
            ["season_id"], ["battlepass_seasons.id"], name=op.f("fk_battlepass_progress_season_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["wallets.user_id"], name=op.f("fk_battlepass_progress_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", "season_id", name=op.f("pk_battlepass_progress")),
        postgresql_with={"fillfactor": 80},
    )


def _vip() -> None:
    op.create_table(
        "vip_claims",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="by the casino's time zone"),
        sa.Column("gold", sa.BigInteger(), nullable=False),
        sa.Column("exp", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False, comment="points the player had"),
        sa.Column(
            "balance_after", sa.BigInteger(), nullable=True, comment="set by the transaction that gave it"
        ),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("gold > 0 AND exp >= 0", name=op.f("ck_vip_claims_worth_something")),
        sa.ForeignKeyConstraint(["user_id"], ["wallets.user_id"], name=op.f("fk_vip_claims_user_id")),
        sa.PrimaryKeyConstraint("user_id", "day", name=op.f("pk_vip_claims")),
    )
    op.create_table(
        "vip_points",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False, comment="hundredths of a point"),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("credit > 0", name=op.f("ck_vip_points_credit_positive")),
        sa.ForeignKeyConstraint(["user_id"], ["wallets.user_id"], name=op.f("fk_vip_points_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_vip_points")),
        postgresql_with={"fillfactor": 80},
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
