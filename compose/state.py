"""state.json: what runs, where and in which state, in the shape the harness rooms know from `casino up`.

A process is a container here: it has the container's name besides the process id, and its log is the engine's file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from compose import engine
from compose.images import read_env
from compose.stack import ENV_FILE, health_of_container, lasts

STATE_FILE = "state.json"

# Which port of a container the harness speaks to. clickhouse is called by its role, as in the embedded runtime.
PORTS = {
    "gateway": 8000,
    "api-1": 9000,
    "api-2": 9000,
    "worker": 9000,
    "postgres": 5432,
    "valkey": 6379,
    "kafka": 19092,
    "clickhouse": 8123,
    "prometheus": 9090,
    "alertmanager": 9093,
    "blackbox": 9115,
    "kafka-exporter": 9308,
}
ROLES = {"clickhouse": "olap"}
SEEDED = {"admin": "ADMIN", **{f"user00{number}": "USER" for number in range(1, 5)}}


def describe(project: str, held: set[str]) -> dict[str, Any]:
    """The document of state.json for the containers as they are now; `held` names those kept down on purpose."""
    containers = {engine.service(found): found for found in engine.containers(project)}
    lasting = {name: found for name, found in containers.items() if lasts(found)}
    return {
        "instance": project,
        "ready": bool(lasting) and all(health_of_container(found) == "healthy" for found in lasting.values()),
        "started_at": min((found["State"]["StartedAt"] for found in lasting.values()), default=None),
        "public_url": _address("http", containers.get("gateway"), 8000),
        "urls": _urls(lasting),
        "processes": {role(name): _process(name, found, held) for name, found in lasting.items()},
        "accounts": _accounts(),
    }


def write(state_dir: Path, document: dict[str, Any]) -> None:
    """Write state.json whole or not at all."""
    state_dir.mkdir(parents=True, exist_ok=True)
    draft = state_dir / (STATE_FILE + ".draft")
    draft.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    draft.replace(state_dir / STATE_FILE)


def role(service: str) -> str:
    """What the harness calls a service."""
    return ROLES.get(service, service)


def _process(service: str, container: dict[str, Any], held: set[str]) -> dict[str, Any]:
    state = container["State"]
    running = state["Status"] == "running"
    starting = state.get("Health", {}).get("Status") == "starting"
    word = "starting" if starting else "running"
    return {
        "container": container["Name"].lstrip("/"),
        "pid": state["Pid"] or None,
        "state": word if running else "held" if role(service) in held else "stopped",
        "restarts": container["RestartCount"],
        "port": _published(container, PORTS[service]) if service in PORTS else None,
        "log": container["LogPath"],
    }


def _urls(containers: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Where the harness reaches each engine; one whose port is not published is left out."""
    settings = read_env(ENV_FILE)
    schemes = {
        "postgres": (f"postgresql://casino:{settings['POSTGRES_PASSWORD']}@", "/casino"),
        "valkey": (f"redis://:{settings['VALKEY_PASSWORD']}@", "/0"),
        "clickhouse": (f"http://casino:{settings['CLICKHOUSE_PASSWORD']}@", "/cc_olap"),
        "kafka": ("", ""),
    }
    found = {}
    for service, port in PORTS.items():
        published = _published(containers.get(service), port)
        before, after = schemes.get(service, ("http://", ""))
        if published:
            found["public" if service == "gateway" else role(service)] = f"{before}127.0.0.1:{published}{after}"
    return found


def _address(scheme: str, container: dict[str, Any] | None, port: int) -> str | None:
    published = _published(container, port)
    return f"{scheme}://127.0.0.1:{published}" if published else None


def _published(container: dict[str, Any] | None, port: int) -> int | None:
    """The loopback port of this machine that leads to the container's `port`; kept by a stopped one too."""
    bindings = (container or {}).get("HostConfig", {}).get("PortBindings") or {}
    found = bindings.get(f"{port}/tcp")
    return int(found[0]["HostPort"]) if found else None


def _accounts() -> list[dict[str, str]]:
    settings = read_env(ENV_FILE)
    if settings.get("AUTO_SEED_BASIC") != "1":
        return []
    return [{"site_id": name, "password": settings["SEED_PASSWORD"], "role": rank} for name, rank in SEEDED.items()]
