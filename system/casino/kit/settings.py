"""One class that holds every setting, read from the environment once and passed in from there."""

from functools import lru_cache
from typing import Literal, Self
from zoneinfo import available_timezones

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEVELOPMENT_SECRET = "development-only-secret-key-32-bytes!"  # noqa: S105 - public on purpose; production refuses it


class UnsafeSettings(ValueError):
    """Production was asked to start with development secrets or unsafe flags; the message names each."""


class Settings(BaseSettings):
    """Every variable, its default and its meaning; `.env.example` is generated from here (`casino env`)."""

    model_config = SettingsConfigDict(env_file=None, extra="ignore", frozen=True)

    environment: Literal["development", "staging", "production"] = Field(
        "development", description="development, staging or production; production refuses unsafe settings"
    )
    secret_key: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        description="signs access tokens and derives refresh successors; at least 32 bytes",
    )
    previous_secret_key: SecretStr | None = Field(
        None, description="the key before the last rotation, still accepted while old tokens live"
    )
    pii_key: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        description="encrypts phone numbers and birth dates, and indexes phone numbers blindly",
    )
    previous_pii_key: SecretStr | None = Field(
        None, description="the key before it, read with until `casino rotate-pii` has moved all data"
    )
    database_url: SecretStr = Field(
        SecretStr("postgresql+asyncpg://casino:casino@127.0.0.1:5432/casino"),
        description="PostgreSQL 17 or newer",
    )
    database_pool_size: int = Field(10, ge=2, description="connections an API process may hold")
    worker_pool_size: int = Field(
        32, ge=2, description="connections a worker may hold: one for each consumer at work, and for jobs"
    )
    redis_url: SecretStr = Field(SecretStr("redis://127.0.0.1:6379/0"), description="Valkey or Redis 8")
    kafka_enabled: bool = Field(False, description="publish facts to Kafka and consume from it")
    kafka_bootstrap_servers: str = Field("127.0.0.1:9092", description="host:port, comma separated")
    kafka_consumer_group_suffix: str = Field("dev", description="last part of every consumer group's name")
    clickhouse_enabled: bool = Field(True, description="keep the analytics store; without it nothing is lost")
    clickhouse_url: SecretStr = Field(
        SecretStr("http://casino:casino@127.0.0.1:8123/cc_olap"), description="ClickHouse's HTTP interface"
    )
    prometheus_url: str = Field(
        "", description="Prometheus that the public status page is told from; empty leaves it unknown"
    )
    web_dist: str = Field(
        "", description="folder of the built browser client; empty means the one in the tree"
    )
    auto_seed_basic: bool = Field(False, description="create admin and user001-004; refused in production")
    seed_password: SecretStr = Field(
        SecretStr("neon-nights-5858"), description="password the seeded accounts get when they are created"
    )
    time_zone: str = Field(
        "Asia/Seoul", description="where days and weeks begin: streaks, missions, daily rewards"
    )
    signup_gold: int = Field(1_000, ge=0, description="gold a new player is given")
    adult_age_years: int = Field(19, ge=16, le=21, description="the age from which somebody is an adult")
    access_token_seconds: int = Field(900, ge=60, description="life of an access token")
    refresh_token_days: int = Field(30, ge=1, description="life of a refresh token")
    refresh_grace_seconds: int = Field(
        10, ge=0, description="how long a spent refresh token yields its successor"
    )
    login_max_failed_attempts: int = Field(5, ge=1, description="failures in the window that lock an account")
    login_lockout_minutes: int = Field(10, ge=1, description="the window, and how long a lock lasts")
    password_hash_concurrency: int = Field(2, ge=1, description="passwords hashed at a time by a process")
    password_hash_queue_max: int = Field(64, ge=1, description="log-ins waiting before new ones are shed")
    idempotency_ttl_seconds: int = Field(86_400, ge=600, description="how long an answer can be had again")
    rate_limit_mode: Literal["off", "shadow", "enforce"] = Field(
        "enforce", description="off, shadow (mark only) or enforce"
    )
    rate_limit_user_per_second: int = Field(50, ge=1, description="burst of one user")
    rate_limit_user_per_minute: int = Field(1_200, ge=1, description="sliding minute of one user")
    rate_limit_address_per_minute: int = Field(6_000, ge=1, description="sliding minute of one address")
    rate_limit_credentials_per_minute: int = Field(
        300, ge=1, description="sliding minute of one address on log-in, sign-up and invite checks"
    )
    trusted_proxies: str = Field(
        "", description="addresses or networks whose X-Forwarded-For is believed, comma separated"
    )
    big_win_threshold_gold: int = Field(1_000, ge=1, description="a win above this is a big one")
    economy_v2: bool = Field(False, description="sell the second catalogue besides the first")
    payment_gateway_url: str = Field("http://127.0.0.1:9100", description="the payment gateway")
    payment_gateway_key: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET), description="what the gateway knows us by"
    )
    payment_webhook_secret: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET), description="signs the gateway's webhooks"
    )
    payment_webhook_previous_secret: SecretStr | None = Field(
        None, description="the secret before the last rotation, valid until it is emptied"
    )
    payment_timeout_seconds: float = Field(
        3.0, gt=0, le=30, description="how long one call of the gateway may take, retries included"
    )
    payment_retry_max: int = Field(2, ge=0, le=10, description="further attempts of a call that failed")
    payment_void_seconds: int = Field(
        900, ge=1, description="age at which a pending purchase is voided at the gateway"
    )
    limited_hold_ttl_seconds: int = Field(
        120, ge=1, description="how long an unpaid piece of a limited package is held"
    )
    log_partitions: int = Field(
        4, ge=1, le=64, description="partitions of the fact log; fixed once facts exist"
    )
    spin_batch_rows_max: int = Field(64, ge=1, le=512, description="spins settled by one statement at most")
    spin_batch_lanes: int = Field(2, ge=1, le=8, description="settling statements in flight in a process")
    spin_coalescing: bool = Field(
        True, description="settle waiting spins together; off settles them one by one"
    )
    casino_rps_deterministic: Literal["", "win", "draw", "lose"] = Field(
        "", description="every hand of rps ends so, for tests; empty draws; refused in production"
    )
    crash_db_strict: bool = Field(
        True,
        description="take crash bets only while this clock agrees with the database's; production demands it",
    )
    lean_routes: bool = Field(
        True, description="answer untraced spins before the router; off sends all through it"
    )
    trace_sample_ratio: float = Field(
        0.01, ge=0, le=1, description="share of requests traced, decided before a span"
    )
    trace_file: str = Field("", description="write spans to this bounded file; empty writes none")
    otel_exporter_otlp_endpoint: str = Field("", description="send spans to this collector; empty sends none")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="least level that is logged"
    )
    sentry_dsn: str = Field("", description="report errors to Sentry; empty reports none")
    instance: str = Field("casino", description="name of this process in logs and metrics")
    commit: str = Field("unknown", description="what was built, as build_info shows it")
    checkpoint_file: str = Field("", description="file outside the database for signed ledger checkpoints")
    tombstone_file: str = Field(
        "", description="file outside the database for the tombstones of erased accounts"
    )
    shutdown_drain_seconds: int = Field(5, ge=0, description="how long a stopping process lets sockets leave")

    @field_validator("time_zone")
    @classmethod
    def _zone_is_known(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"{name!r} is no time zone; take a name like Asia/Seoul or UTC")
        return name

    @model_validator(mode="after")
    def _refuse_unsafe_production(self) -> Self:
        if self.environment != "production":
            return self
        unsafe = [
            name
            for name in ("secret_key", "pii_key", "payment_gateway_key", "payment_webhook_secret")
            if getattr(self, name).get_secret_value() == DEVELOPMENT_SECRET
            or len(getattr(self, name).get_secret_value()) < 32
        ]
        unsafe += ["auto_seed_basic"] if self.auto_seed_basic else []
        unsafe += ["rate_limit_mode=off"] if self.rate_limit_mode == "off" else []
        unsafe += ["casino_rps_deterministic"] if self.casino_rps_deterministic else []
        unsafe += [] if self.crash_db_strict else ["crash_db_strict=0"]
        unsafe += (
            ["database_url (default password)"] if ":casino@" in self.database_url.get_secret_value() else []
        )
        if unsafe:
            raise UnsafeSettings(
                f"production refuses to start: {', '.join(unsafe)}. Set long secrets of your own "
                "(openssl rand -hex 32) and switch the named flags off."
            )
        return self


@lru_cache
def load_settings() -> Settings:
    """The process's settings; only `app`, `worker`, `cli` and the migrations call this."""
    return Settings()
