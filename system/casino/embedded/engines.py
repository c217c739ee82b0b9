"""Real engines for tests: PostgreSQL, Valkey and the OLAP server, up in about a second."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from casino.embedded.olap import DATABASE as OLAP_DATABASE
from casino.embedded.ports import PortLeases
from casino.embedded.secret_store import SecretStore
from casino.embedded.state import claimed
from casino.embedded.supervisor import Supervisor
from casino.embedded.topology import Topology, engine_specs, remove_data


@dataclass(frozen=True, kw_only=True)
class EngineUrls:
    """Addresses with credentials: postgresql://…/casino, redis://…/0, http://…/cc_olap; None: not wanted."""

    postgres: str | None
    valkey: str | None
    olap: str | None


@contextmanager
def start_engines(
    directory: Path, *, postgres: bool = True, valkey: bool = True, olap: bool = True
) -> Iterator[EngineUrls]:
    """Run the wanted engines in `directory` until the block ends; their data are then deleted, the logs stay.

    The PostgreSQL role owns its database and may create others. Enter this from a thread that lives as long
    as the block: on Linux the engines die with it. Raises EmbeddedError.
    """
    directory = directory.resolve()
    wanted = {"postgres": postgres, "valkey": valkey, "olap": olap}
    leases = PortLeases(holder=f"test engines in {directory}")
    with claimed(directory, _say_nothing):
        try:
            specs, urls = engine_specs(
                directory,
                leases,
                SecretStore(directory),
                wanted=frozenset(name for name, is_wanted in wanted.items() if is_wanted),
            )
            topology = Topology(instance=directory.name, public_url="", urls=urls, engines=specs)
            supervisor = Supervisor(topology, directory, report=_say_nothing)
            try:
                supervisor.start()
                yield EngineUrls(
                    postgres=urls.get("postgres"),
                    valkey=urls.get("valkey"),
                    olap=f"{urls['olap']}/{OLAP_DATABASE}" if olap else None,
                )
            finally:
                supervisor.stop()
        finally:
            leases.release()
            remove_data(directory)


def _say_nothing(line: str) -> None:
    """A test wants no running commentary."""
