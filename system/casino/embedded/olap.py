"""ClickHouse's engine (chDB) in a process of its own, behind ClickHouse's HTTP interface."""

import importlib.util
import sys
from functools import partial
from pathlib import Path

from casino.embedded.errors import BinaryMissing
from casino.embedded.ports import LOOPBACK
from casino.embedded.process import ProcessSpec
from casino.embedded.readiness import http_ok
from casino.embedded.spawn import python_env

USER = "casino"
DATABASE = "cc_olap"


def olap_spec(*, state_dir: Path, port: int, password: str) -> ProcessSpec:
    """The OLAP server on `port` with its tables in `state_dir`; raises BinaryMissing."""
    if importlib.util.find_spec("chdb") is None:
        raise BinaryMissing("chDB is missing: pip install chdb-core (dependency group 'embedded')")
    names = ("--user", USER, "--database", DATABASE)
    return ProcessSpec(
        name="olap",
        argv=(
            *(sys.executable, "-m", "casino.embedded.olap_server"),
            *("--path", str(state_dir / "olap"), "--port", str(port), *names),
        ),
        port=port,
        env={**python_env(), "OLAP_PASSWORD": password},
        ready=partial(http_ok, f"http://{LOOPBACK}:{port}/ping"),
    )


def url(port: int, password: str, *, database: str = "") -> str:
    """The address as clickhouse-connect (`dsn=`) and httpx take it, ending in `database` if one is named."""
    return f"http://{USER}:{password}@{LOOPBACK}:{port}" + (f"/{database}" if database else "")
