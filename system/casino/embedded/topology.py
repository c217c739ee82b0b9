"""What the embedded system consists of: processes, their addresses and environment, seeded accounts."""

import secrets
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from casino.embedded import olap, paygate, postgres, valkey
from casino.embedded.links import link_specs
from casino.embedded.monitoring import MonitoringPorts, ScrapePlan, monitoring_specs
from casino.embedded.ports import LOOPBACK, PortLeases
from casino.embedded.process import ProcessSpec
from casino.embedded.readiness import http_ok
from casino.embedded.secret_store import SecretStore
from casino.embedded.spawn import python_env
from casino.embedded.state import LOG_FOLDER, SETTINGS_FILE

CASINO = (sys.executable, "-m", "casino.cli")
SEEDED_ROLES = {"admin": "admin", "user001": "user", "user002": "user", "user003": "user", "user004": "user"}
KEY_BYTES = 32
SEED_PASSWORD_BYTES = 6


@dataclass(frozen=True, kw_only=True)
class Command:
    """Something to run to its end between the engines and the application, such as a migration."""

    name: str
    argv: tuple[str, ...]
    seconds_max: float = 120.0


@dataclass(frozen=True, kw_only=True)
class SeededAccount:
    """Someone who can log in as soon as the system is up."""

    site_id: str
    password: str
    role: str


@dataclass(frozen=True, kw_only=True)
class Options:
    """What `casino up` was asked for.

    `state_dir` None means `.casino`, or a new temporary folder if `ephemeral`, which removes it at the end.
    `port` is the public one, 0 for any; `api` counts API processes. Intervals are Prometheus durations. `env`
    wins over what the topology sets. With `links` the application reaches each engine through a relay whose faults
    can be set. `commands` run between engines and application. `api_argv` is completed
    with `--port PUBLIC --private-port PRIVATE`, `worker_argv` with `--private-port PRIVATE`.
    """

    state_dir: Path | None = None
    ephemeral: bool = False
    port: int = 8000
    api: int = 2
    monitoring: bool = True
    rules: tuple[Path, ...] = ()
    alertmanager_config: Path | None = None
    scrape_interval: str = "1s"
    evaluation_interval: str = "1s"
    links: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    commands: tuple[Command, ...] = (Command(name="migrate", argv=(*CASINO, "migrate")),)
    api_argv: tuple[str, ...] = (*CASINO, "serve")
    worker_argv: tuple[str, ...] = (*CASINO, "work")


@dataclass(frozen=True, kw_only=True)
class Topology:
    """Everything one system runs. It starts in the order of the fields here and stops in the reverse one.

    `operator` is the command that acts on it with its own settings, to be followed by ``audit`` and the like.
    """

    instance: str
    public_url: str
    urls: Mapping[str, str]
    engines: tuple[ProcessSpec, ...]
    commands: tuple[Command, ...] = ()
    commands_env: Mapping[str, str] = field(default_factory=dict)
    services: tuple[ProcessSpec, ...] = ()
    monitoring: tuple[ProcessSpec, ...] = ()
    accounts: tuple[SeededAccount, ...] = ()
    operator: tuple[str, ...] = ()


def embedded_topology(
    options: Options, *, state_dir: Path, ports: PortLeases, secret_store: SecretStore
) -> Topology:
    """The whole casino for `options`, on leased ports.

    Raises PortTaken, BinaryMissing, and EmbeddedError for a rule file that is not there.
    """
    public = ports.lease(options.port)
    public_url = f"http://{LOOPBACK}:{public}"
    engines, engine_urls = engine_specs(state_dir, ports, secret_store)
    links, link_urls = (
        link_specs(engines, engine_urls, state_dir=state_dir, ports=ports) if options.links else ((), {})
    )
    ways = {engine.name: link.port for engine, link in zip(engines, links or engines, strict=True)}
    payment_port = ports.lease()
    private = {name: ports.lease() for name in [*(f"api-{n}" for n in range(1, options.api + 1)), "worker"]}
    monitoring: tuple[ProcessSpec, ...] = ()
    if options.monitoring:
        monitoring = _monitoring(options, state_dir, ports, public_url, private)
    watchers = {spec.name: f"http://{LOOPBACK}:{spec.port}" for spec in monitoring}
    env = {
        **_application_env(state_dir, ways | {"paygate": payment_port}, secret_store),
        "PROMETHEUS_URL": watchers.get("prometheus", ""),
        **options.env,
    }
    traces = state_dir / LOG_FOLDER
    payments = paygate.paygate_spec(state_dir=state_dir, port=payment_port, public_url=public_url, env=env)
    services = tuple(
        _service(options, name, public, port, {"TRACE_FILE": str(traces / f"{name}.traces.jsonl"), **env})
        for name, port in private.items()
    )
    urls = {
        "public": public_url,
        "paygate": paygate.url(payment_port, env["PAYMENT_GATEWAY_KEY"]),
        **{name: f"http://{LOOPBACK}:{port}" for name, port in private.items()},
    }
    return Topology(
        instance=f"embedded-{secrets.token_hex(4)}",
        public_url=public_url,
        urls={**urls, **watchers, **engine_urls, **link_urls},
        engines=(*engines, payments, *links),
        commands=options.commands,
        commands_env=env,
        services=services,
        monitoring=monitoring,
        accounts=tuple(
            SeededAccount(site_id=site_id, password=env["SEED_PASSWORD"], role=role)
            for site_id, role in SEEDED_ROLES.items()
        ),
        operator=(*CASINO, "--settings", str(state_dir / SETTINGS_FILE)),
    )


def engine_specs(
    state_dir: Path,
    ports: PortLeases,
    secret_store: SecretStore,
    *,
    wanted: frozenset[str] = frozenset({"postgres", "valkey", "olap"}),
) -> tuple[tuple[ProcessSpec, ...], dict[str, str]]:
    """The wanted engines and their addresses by name.

    PostgreSQL comes last: its first preparation keeps us busy while the others come up.
    """
    specs: list[ProcessSpec] = []
    urls: dict[str, str] = {}
    if "olap" in wanted:
        password = secret_store.get("olap")
        specs.append(olap.olap_spec(state_dir=state_dir, port=ports.lease(), password=password))
        urls["olap"] = olap.url(specs[-1].port, password)
    if "valkey" in wanted:
        password = secret_store.get("valkey")
        specs.append(valkey.valkey_spec(state_dir=state_dir, port=ports.lease(), password=password))
        urls["valkey"] = valkey.url(specs[-1].port, password)
    if "postgres" in wanted:
        password = secret_store.get("postgres")
        port, log = ports.lease(), state_dir / LOG_FOLDER / "postgres.log"
        specs.append(postgres.postgres_spec(state_dir=state_dir, log=log, port=port, password=password))
        urls["postgres"] = postgres.url(port, password)
    return tuple(specs), urls


def remove_data(state_dir: Path) -> None:
    """Delete what the engines keep."""
    postgres.remove_data(state_dir)
    for engine in ("valkey", "olap"):
        shutil.rmtree(state_dir / engine, ignore_errors=True)
    paygate.remove_data(state_dir)


def _application_env(state_dir: Path, port: Mapping[str, int], secret_store: SecretStore) -> dict[str, str]:
    """What the application reads; `port` says where it reaches each engine, and the payment gateway."""
    database_url = postgres.url(port["postgres"], secret_store.get("postgres"))
    return {
        **python_env(),
        "DATABASE_URL": database_url.replace("postgresql://", "postgresql+asyncpg://", 1),
        "REDIS_URL": valkey.url(port["valkey"], secret_store.get("valkey")),
        "CLICKHOUSE_URL": olap.url(port["olap"], secret_store.get("olap"), database=olap.DATABASE),
        "CLICKHOUSE_ENABLED": "1",
        "KAFKA_ENABLED": "0",
        "AUTO_SEED_BASIC": "1",
        "SEED_PASSWORD": f"neon-{secret_store.get('seed_password', random_bytes=SEED_PASSWORD_BYTES)}",
        "SECRET_KEY": secret_store.get("secret_key", random_bytes=KEY_BYTES),
        "PII_KEY": secret_store.get("pii_key", random_bytes=KEY_BYTES),
        "PAYMENT_GATEWAY_URL": f"http://{LOOPBACK}:{port['paygate']}",
        "PAYMENT_GATEWAY_KEY": secret_store.get("payment_gateway_key", random_bytes=KEY_BYTES),
        "PAYMENT_WEBHOOK_SECRET": secret_store.get("payment_webhook_secret", random_bytes=KEY_BYTES),
        "CHECKPOINT_FILE": str(state_dir / "ledger-checkpoints.jsonl"),
        "TOMBSTONE_FILE": str(state_dir / "erased-accounts.jsonl"),
    }


def _service(options: Options, name: str, public: int, private: int, env: Mapping[str, str]) -> ProcessSpec:
    argv = options.worker_argv if name == "worker" else (*options.api_argv, "--port", str(public))
    return ProcessSpec(
        name=name,
        argv=(*argv, "--private-port", str(private)),
        port=private,
        env={"INSTANCE": name, **env},
        ready=partial(http_ok, f"http://{LOOPBACK}:{private}/readyz"),
    )


def _monitoring(
    options: Options, state_dir: Path, ports: PortLeases, public_url: str, private: Mapping[str, int]
) -> tuple[ProcessSpec, ...]:
    plan = ScrapePlan(
        api={name: port for name, port in private.items() if name != "worker"},
        worker=private["worker"],
        public_url=public_url,
        rules=options.rules,
        scrape_interval=options.scrape_interval,
        evaluation_interval=options.evaluation_interval,
    )
    own = MonitoringPorts(prometheus=ports.lease(), alertmanager=ports.lease(), blackbox=ports.lease())
    return monitoring_specs(
        state_dir=state_dir, ports=own, plan=plan, alertmanager_config=options.alertmanager_config
    )
