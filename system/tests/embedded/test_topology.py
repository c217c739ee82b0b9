"""The application is told where everything is, in the variables it reads."""

from pathlib import Path

from casino.embedded.ports import PortLeases
from casino.embedded.secret_store import SecretStore
from casino.embedded.topology import Options, Topology, embedded_topology


def build(state_dir: Path, options: Options) -> Topology:
    """The topology alone; nothing is started."""
    ports = PortLeases("this test")
    try:
        return embedded_topology(
            options, state_dir=state_dir, ports=ports, secret_store=SecretStore(state_dir)
        )
    finally:
        ports.release()


def test_services_know_the_engines_and_each_other_apart(tmp_path: Path) -> None:
    """Same engines, same keys, own names and private ports, one public port for the API alone."""
    topology = build(tmp_path, Options(port=0, api=3, monitoring=False))
    first, *_, worker = topology.services
    assert [spec.name for spec in topology.services] == ["api-1", "api-2", "api-3", "worker"]
    assert first.env["DATABASE_URL"] == topology.urls["postgres"].replace(
        "postgresql:", "postgresql+asyncpg:"
    )
    assert first.env["REDIS_URL"] == topology.urls["valkey"]
    assert first.env["CLICKHOUSE_URL"] == topology.urls["olap"] + "/cc_olap"
    assert first.env["SECRET_KEY"] == worker.env["SECRET_KEY"]
    assert first.argv[-4:] == ("--port", topology.public_url[-5:], "--private-port", str(first.port))
    assert worker.argv[-3:] == ("work", "--private-port", str(worker.port))
    assert [spec.env["INSTANCE"] for spec in topology.services] == [spec.name for spec in topology.services]


def test_the_payment_gateway_has_its_own_keys_and_no_others(tmp_path: Path) -> None:
    """It signs webhooks and knows the casino by a key; it is handed no database and no secret of the casino's."""
    topology = build(tmp_path, Options(port=0, monitoring=False))
    gateway = next(spec for spec in topology.engines if spec.name == "paygate")
    casino = topology.services[0].env
    assert gateway.env["PAYMENT_WEBHOOK_SECRET"] == casino["PAYMENT_WEBHOOK_SECRET"]
    assert casino["PAYMENT_GATEWAY_URL"].endswith(f":{gateway.port}")
    assert not {"DATABASE_URL", "SECRET_KEY", "PII_KEY"} & set(gateway.env)
    assert topology.public_url in " ".join(gateway.argv)


def test_with_links_the_application_goes_through_them(tmp_path: Path) -> None:
    """It alone: the addresses of the engines themselves stay what they are, for whoever audits them."""
    topology = build(tmp_path, Options(port=0, monitoring=False, links=True))
    env = topology.services[0].env
    assert env["DATABASE_URL"] == topology.urls["link-postgres"].replace("postgresql:", "postgresql+asyncpg:")
    assert env["REDIS_URL"] == topology.urls["link-valkey"] != topology.urls["valkey"]
    assert [spec.name for spec in topology.engines[-3:]] == ["link-olap", "link-valkey", "link-postgres"]


def test_given_environment_wins(tmp_path: Path) -> None:
    """For the services and the commands; the accounts follow."""
    topology = build(tmp_path, Options(port=0, monitoring=False, env={"SEED_PASSWORD": "sesame-5858"}))
    assert {spec.env["SEED_PASSWORD"] for spec in topology.services} == {"sesame-5858"}
    assert topology.commands_env["SEED_PASSWORD"] == "sesame-5858"
    assert {account.password for account in topology.accounts} == {"sesame-5858"}


def test_secrets_stay_the_same(tmp_path: Path) -> None:
    """A restart opens the same database and honours the tokens given out before."""
    first, second = (build(tmp_path, Options(port=0, monitoring=False)) for _ in range(2))
    for name in ("SECRET_KEY", "PII_KEY"):
        assert first.services[0].env[name] == second.services[0].env[name]
    assert first.accounts == second.accounts
    assert first.instance != second.instance
