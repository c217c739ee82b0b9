"""state.json: what runs, where and how, in the shape the harness rooms know from `casino up`.

A process is a container here: its name stands beside the process id, and its log is the engine's file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from compose import engine
from compose.images import read_env
from compose.stack import DEFAULT_PROJECT, ENV_FILE

STATE_FILE = "state.json"

# Which port of a container the harness speaks to.
PORTS = {
    "gateway": 8000,
    "api-1": 9000,
    "api-2": 9000,
    "worker": 9000,
    "paygate": 9000,
    "postgres": 5432,
    "valkey": 6379,
    "kafka": 19092,
    "clickhouse": 8123,
    "prometheus": 9090,
    "alertmanager": 9093,
    "blackbox": 9115,
    "kafka-exporter": 9308,
}
# Engines are called by their role where the embedded runtime has another program in it.
ROLES = {"clickhouse": "olap"}
SEEDED = {"admin": "admin", **{f"user00{number}": "user" for number in range(1, 5)}}


def describe(project: str, held: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The document of state.json for the containers as they are now; `held` are kept down on purpose."""
    lasting = {engine.service(found): found for found in filter(engine.lasts, engine.containers(project))}
    settings = read_env(ENV_FILE) if lasting else {}
    urls = _urls(lasting, settings)
    return {
        "instance": project,
        "ready": bool(lasting) and all(map(engine.is_well, lasting.values())),
        "started_at": min((found["State"]["StartedAt"] for found in lasting.values()), default=None),
        "public_url": urls.get("public"),
        "urls": urls,
        "processes": {role(name): _process(name, found, held) for name, found in lasting.items()},
        "operator": ["docker", "exec", lasting["worker"]["Name"].lstrip("/"), "casino"]
        if "worker" in lasting
        else [],
        "accounts": _accounts(settings),
    }


def write(state_dir: Path, document: dict[str, Any]) -> None:
    """Write state.json whole or not at all, for its owner only: it holds passwords."""
    state_dir.mkdir(parents=True, exist_ok=True)
    draft = state_dir / (STATE_FILE + ".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    draft.replace(state_dir / STATE_FILE)


def project_of(state_dir: Path) -> str:
    """The project that was last brought up with this directory, or the default one."""
    file = state_dir / STATE_FILE
    if not file.exists():
        return DEFAULT_PROJECT
    return str(json.loads(file.read_text(encoding="utf-8"))["instance"])


def role(service: str) -> str:
    """What the harness calls a service."""
    return ROLES.get(service, service)


def _process(service: str, container: dict[str, Any], held: frozenset[str]) -> dict[str, Any]:
    running = container["State"]["Status"] == "running"
    beginning = engine.health(container) == "starting"
    return {
        "container": container["Name"].lstrip("/"),
        "pid": container["State"]["Pid"] or None,
        "state": ("starting" if beginning else "running") if running else _why_down(service, held),
        "restarts": container["RestartCount"],
        "port": _published(container, PORTS[service]) if service in PORTS else None,
        "log": container["LogPath"],
    }


def _why_down(service: str, held: frozenset[str]) -> str:
    return "held" if role(service) in held else "stopped"


def _urls(containers: dict[str, dict[str, Any]], settings: dict[str, str]) -> dict[str, str]:
    """Where the harness reaches each service; one whose port is not published is left out."""
    forms = {
        "postgres": "postgresql://casino:{POSTGRES_PASSWORD}@127.0.0.1:{port}/casino",
        "valkey": "redis://:{VALKEY_PASSWORD}@127.0.0.1:{port}/0",
        "clickhouse": "http://casino:{CLICKHOUSE_PASSWORD}@127.0.0.1:{port}/cc_olap",
        "kafka": "127.0.0.1:{port}",
        "paygate": "http://casino:{PAYMENT_GATEWAY_KEY}@127.0.0.1:{port}",
    }
    published = {name: _published(found, PORTS[name]) for name, found in containers.items() if name in PORTS}
    return {
        "public" if name == "gateway" else role(name): forms.get(name, "http://127.0.0.1:{port}").format(
            port=port, **settings
        )
        for name, port in published.items()
        if port
    }


def _published(container: dict[str, Any], port: int) -> int | None:
    """The loopback port of this machine that leads to the container's `port`, also while it is down."""
    bindings = container["HostConfig"]["PortBindings"] or {}
    return int(bindings[f"{port}/tcp"][0]["HostPort"]) if f"{port}/tcp" in bindings else None


def _accounts(settings: dict[str, str]) -> list[dict[str, str]]:
    if settings.get("AUTO_SEED_BASIC") != "1":
        return []
    password = settings["SEED_PASSWORD"]
    return [{"site_id": name, "password": password, "role": rank} for name, rank in SEEDED.items()]
