"""The relays that `casino up --links` puts between the application and its engines; see link.py for their faults."""

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from casino.embedded.ports import PortLeases
from casino.embedded.process import ProcessSpec
from casino.embedded.readiness import port_open
from casino.embedded.spawn import python_env

LINK_FOLDER = "links"
PREFIX = "link-"


def link_specs(
    engines: Sequence[ProcessSpec], urls: Mapping[str, str], *, state_dir: Path, ports: PortLeases
) -> tuple[tuple[ProcessSpec, ...], dict[str, str]]:
    """A relay for each engine, called `link-ENGINE`, and the addresses that lead through them."""
    specs = tuple(_link(engine, state_dir / LINK_FOLDER, ports.lease()) for engine in engines)
    through = {
        link.name: urls[engine.name].replace(f":{engine.port}", f":{link.port}")
        for engine, link in zip(engines, specs, strict=True)
    }
    return specs, through


def _link(engine: ProcessSpec, folder: Path, port: int) -> ProcessSpec:
    command = (sys.executable, "-m", "casino.embedded.link")
    fault = folder / f"{engine.name}.json"
    return ProcessSpec(
        name=PREFIX + engine.name,
        argv=(*command, "--port", str(port), "--to", str(engine.port), "--fault", str(fault)),
        port=port,
        env=python_env(),
        ready=partial(port_open, port),
        prepare=partial(_without_faults, folder, fault),
    )


def _without_faults(folder: Path, fault: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    fault.unlink(missing_ok=True)
