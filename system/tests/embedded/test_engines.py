"""The engines are real ones: each is spoken to by the client the application uses."""

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import clickhouse_connect
import httpx
import pytest
import redis
import redis.exceptions
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from casino.embedded import EngineUrls, start_engines
from casino.embedded.ports import PortLeases
from casino.embedded.spawn import python_env
from casino.embedded.state import read_state
from tests.embedded.listening import listening_addresses
from tests.embedded.running import eventually


@pytest.fixture(scope="module")
def engine_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engines")


@pytest.fixture(scope="module")
def urls(engine_folder: Path) -> Iterator[EngineUrls]:
    with start_engines(engine_folder) as addresses:
        yield addresses


@pytest.fixture(scope="module")
def olap(urls: EngineUrls) -> Client:
    return clickhouse_connect.get_client(dsn=urls.olap)


async def test_postgres_flushes_every_commit(urls: EngineUrls) -> None:
    """Durable settings are on, and the owner is no superuser but may create databases."""
    connection = await asyncpg.connect(urls.postgres)
    settings = [
        await connection.fetchval(f"SHOW {name}") for name in ("fsync", "synchronous_commit", "TimeZone")
    ]
    role = await connection.fetchrow(
        "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    )
    await connection.close()
    assert settings == ["on", "on", "UTC"]
    assert role is not None
    assert tuple(role) == (False, True)


@pytest.mark.parametrize("user", ["casino", "postgres"])
async def test_postgres_refuses_a_wrong_password(urls: EngineUrls, user: str) -> None:
    """Neither the owner nor the superuser gets in without the password of the state directory."""
    address = httpx.URL(urls.postgres or "").copy_with(username=user, password="wrong")
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        await asyncpg.connect(str(address))


def test_valkey_keeps_values_and_asks_for_the_password(urls: EngineUrls) -> None:
    """It answers redis-py, writes an append-only file, and refuses strangers."""
    client = redis.Redis.from_url(urls.valkey or "")
    client.set("gold", 58)
    assert client.get("gold") == b"58"
    assert client.config_get("appendonly") == {"appendonly": "yes"}
    with pytest.raises(redis.exceptions.AuthenticationError):
        redis.Redis.from_url((urls.valkey or "").replace("redis://:", "redis://:not")).ping()


def test_olap_takes_inserts_and_answers_selects(olap: Client) -> None:
    """Typed rows survive the round trip through clickhouse-connect."""
    olap.command("CREATE TABLE events (at DateTime64(3, 'UTC'), what String) ENGINE MergeTree ORDER BY at")
    rows = [
        (datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC), "spin"),
        (datetime(2026, 1, 3, tzinfo=UTC), "é"),
    ]
    assert olap.insert("events", rows, column_names=["at", "what"]).written_rows == 2
    assert olap.query("SELECT at, what FROM events ORDER BY at", tz_mode="aware").result_rows == rows


def test_olap_replaces_a_redelivered_row(olap: Client) -> None:
    """ReplacingMergeTree, which the fact tables rest on, holds an event id once under FINAL."""
    olap.command("CREATE TABLE facts (id UInt64, gold Int64) ENGINE ReplacingMergeTree ORDER BY id")
    for _ in range(3):
        olap.insert("facts", [[1, 100], [2, 200]])
    assert olap.query("SELECT count(), sum(gold) FROM facts FINAL").result_rows == [(2, 300)]
    assert olap.command("SELECT count() FROM facts") == 6


def test_olap_reads_binary_data_that_begin_like_white_space(olap: Client) -> None:
    """Ten columns make the first byte of a native block a line feed."""
    columns = [f"c{n}" for n in range(10)]
    olap.command(f"CREATE TABLE wide ({', '.join(f'{c} UInt8' for c in columns)}) ENGINE Memory")
    olap.insert("wide", [list(range(10))], column_names=columns)
    assert olap.query("SELECT * FROM wide").result_rows == [tuple(range(10))]


def test_olap_binds_parameters_short_and_long(olap: Client) -> None:
    """Long ones travel as form fields."""
    for text in ("it's", "x" * 100_000):
        assert olap.query("SELECT {text:String}", parameters={"text": text}).result_rows == [(text,)]


def test_olap_settings_hold_for_one_statement(olap: Client) -> None:
    """What one request sets, the next does not see."""
    assert olap.command("SELECT getSetting('max_block_size')", settings={"max_block_size": 77}) == 77
    assert olap.command("SELECT getSetting('max_block_size')") != 77


@pytest.mark.parametrize(
    ("sql", "status", "code"),
    [
        ("SELECT * FROM nowhere", 404, 60),
        ("SELEC 1", 400, 62),
        ("SELECT count() FROM numbers(1e12) SETTINGS max_execution_time = 0.1", 408, 159),
        ("SELECT 1 / 'a'", 500, 43),
    ],
)
def test_olap_errors_carry_status_and_code(urls: EngineUrls, sql: str, status: int, code: int) -> None:
    """As ClickHouse answers them."""
    answer = httpx.post(_root(urls), content=sql)
    assert (answer.status_code, answer.headers["x-clickhouse-exception-code"]) == (status, str(code))


def test_olap_error_reaches_the_client_with_its_code(olap: Client) -> None:
    """clickhouse-connect raises what it raises for ClickHouse."""
    with pytest.raises(DatabaseError) as raised:
        olap.query("SELECT * FROM nowhere")
    assert raised.value.code == 60


def test_olap_refuses_a_wrong_password(urls: EngineUrls) -> None:
    """403 and code 516, whichever way the password comes."""
    root = httpx.URL(_root(urls))
    bare = root.copy_with(username=None, password=None)
    refused = [
        httpx.get(root.copy_with(password="wrong"), params={"query": "SELECT 1"}),
        httpx.get(bare, params={"query": "SELECT 1"}),
        httpx.post(
            bare, content="SELECT 1", headers={"X-ClickHouse-User": "casino", "X-ClickHouse-Key": "no"}
        ),
    ]
    assert [answer.status_code for answer in refused] == [403, 403, 403]
    assert refused[0].headers["x-clickhouse-exception-code"] == "516"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Length": "many"}, 400),
        ({"Content-Length": "-1"}, 413),
        ({"Content-Length": "999999999999"}, 413),
        ({"Content-Encoding": "br"}, 400),
    ],
)
def test_olap_answers_a_malformed_request(urls: EngineUrls, headers: dict[str, str], status: int) -> None:
    """The client is told; the server goes on."""
    root = httpx.URL(_root(urls))
    connection = http.client.HTTPConnection(root.host, root.port, timeout=5)
    credentials = {"X-ClickHouse-User": root.username, "X-ClickHouse-Key": root.password}
    connection.request("POST", "/?query=SELECT+1", headers=credentials | headers)
    assert connection.getresponse().status == status
    connection.close()
    assert httpx.get(f"{root}/ping").text == "Ok.\n"


@pytest.mark.usefixtures("urls")
def test_nothing_listens_beyond_loopback(engine_folder: Path) -> None:
    """Every engine is bound to 127.0.0.1 and to nothing else."""
    state = read_state(engine_folder)
    assert state is not None
    ports = {process["port"] for process in state["processes"].values()}
    assert listening_addresses(ports) == {("127.0.0.1", port) for port in ports}


def test_olap_listens_where_it_is_told(tmp_path: Path) -> None:
    """In a container it must be heard from outside; here the second loopback address stands for that."""
    port = PortLeases(holder="a test", directory=tmp_path / "ports").lease()
    command = [sys.executable, "-m", "casino.embedded.olap_server", "--host", "127.0.0.2"]
    environment = os.environ | python_env() | {"OLAP_PASSWORD": "secret"}
    server = subprocess.Popen([*command, "--port", str(port), "--path", str(tmp_path)], env=environment)
    try:
        eventually(lambda: listening_addresses([port]) == {("127.0.0.2", port)})
        assert httpx.get(f"http://127.0.0.2:{port}/ping").text == "Ok.\n"
    finally:
        server.terminate()
        assert server.wait(timeout=10) == 0


def test_only_the_wanted_engines_start(tmp_path: Path) -> None:
    """And nothing of their data is left behind."""
    with start_engines(tmp_path, postgres=False, olap=False) as addresses:
        assert (addresses.postgres, addresses.olap) == (None, None)
        assert redis.Redis.from_url(addresses.valkey or "").ping()
    assert not (tmp_path / "valkey").exists()


def _root(urls: EngineUrls) -> str:
    return (urls.olap or "").removesuffix("/cc_olap")
