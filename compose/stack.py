"""Brings the composed stack up and down with the files, settings and images that were asked for."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from compose import engine
from compose.images import Images

ENV_FILE = engine.ROOM / ".env"
APPLICATION_SERVICES = ("api-1", "api-2", "worker", "migrate")
HEALTHY_SECONDS_MAX = 180
RESTARTS_MAX = 3


class Profile(StrEnum):
    """dev: ports for tests on this machine. tools: and Grafana, traces, mail, BI. prod: TLS, no dev ports."""

    DEV = "dev"
    TOOLS = "tools"
    PROD = "prod"

    def files(self, images: Images) -> list[str]:
        """The compose files of this profile; services without an offline image are left out, saying so."""
        overlays = {"dev": ["harness"], "tools": ["harness", "observability", "tools"], "prod": ["prod"]}[self]
        if images is Images.OFFLINE and self is Profile.TOOLS:
            print("stack: Grafana, Tempo, the collector, Mailpit and Metabase have no package: left out offline")
            overlays = ["harness"]
        elif self is Profile.PROD and images is Images.OFFICIAL:
            overlays = ["prod", "observability"]
        return ["compose.yaml", *(f"compose.{overlay}.yaml" for overlay in overlays)]


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One way to run the stack. `rules` replaces the alert rules, `environment` adds to the application's."""

    state_dir: Path
    images: Images
    profile: Profile = Profile.DEV
    rules: tuple[Path, ...] = ()
    alertmanager_config: Path | None = None
    scrape_interval: str | None = None
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def project(self) -> str:
        """The compose project; COMPOSE_PROJECT_NAME lets two checkouts run side by side."""
        return project_name()


def project_name() -> str:
    """The name that containers, networks and volumes of this stack begin with."""
    return os.environ.get("COMPOSE_PROJECT_NAME", "casino-club")


def ensure_settings() -> None:
    """Make compose/.env from the development settings when there is none, and say so."""
    if not ENV_FILE.exists():
        shutil.copyfile(engine.ROOM / ".env.development", ENV_FILE)
        print("settings: compose/.env was missing; made from compose/.env.development")


def command(stack: Stack) -> list[str]:
    """`compose …` up to the verb, for `docker`."""
    arguments = ["compose", "--project-name", stack.project, "--project-directory", str(engine.ROOM)]
    for env_file in (ENV_FILE, stack.images.env_file):
        arguments += ["--env-file", str(env_file)]
    files = [engine.ROOM / name for name in stack.profile.files(stack.images)]
    for file in (*files, stack.state_dir / "override.yaml"):
        arguments += ["--file", str(file)]
    return arguments


def up(stack: Stack) -> None:
    """Start everything and wait until every container is healthy; EngineError names those that are not."""
    ensure_settings()
    settings = _write_overrides(stack)
    engine.run(*command(stack), "up", "--detach", "--no-build", "--remove-orphans", settings=settings)
    wait_healthy(stack.project)


def wait_healthy(project: str) -> None:
    """Wait, 180 s at most, until every container that should run is healthy; give up on one that keeps dying."""
    deadline = time.monotonic() + HEALTHY_SECONDS_MAX
    while True:
        lasting = [found for found in engine.containers(project) if lasts(found)]
        waiting = [found for found in lasting if health_of_container(found) != "healthy"]
        if lasting and not waiting:
            return
        dying = [found for found in waiting if found["RestartCount"] >= RESTARTS_MAX]
        if dying or time.monotonic() > deadline:
            raise engine.EngineError("not healthy: " + "; ".join(_last_words(found) for found in dying or waiting))
        time.sleep(0.5)


def _last_words(container: dict[str, Any]) -> str:
    lines = engine.log_of(container["Id"], lines=3).strip()
    return f"{engine.service(container)} is {health_of_container(container)} and last said:\n{lines}\n"


def health_of(project: str) -> dict[str, str]:
    """Health by service, of those that should keep running: healthy, starting, unhealthy, exited …"""
    containers = engine.containers(project)
    return {engine.service(found): health_of_container(found) for found in containers if lasts(found)}


def health_of_container(container: dict[str, Any]) -> str:
    """The health check's word for a running container, else the engine's word for what it is doing."""
    state = container["State"]
    return str(state.get("Health", state)["Status"] if state["Status"] == "running" else state["Status"])


def lasts(container: dict[str, Any]) -> bool:
    """Whether the container should keep running; `migrate` runs once."""
    return bool(container["HostConfig"]["RestartPolicy"]["Name"] != "no")


def down(*, volumes: bool) -> None:
    """Stop and remove the stack's containers and network, in order and gracefully; and its data with `volumes`."""
    arguments = ["compose", "--project-name", project_name(), "down", "--remove-orphans"]
    engine.run(*arguments, *(["--volumes"] if volumes else []))


def _write_overrides(stack: Stack) -> dict[str, str]:
    """Put what was asked for on the command line where compose.yaml looks for it; returns those places."""
    stack.state_dir.mkdir(parents=True, exist_ok=True)
    services = {name: {"environment": stack.environment} for name in APPLICATION_SERVICES}
    _write_yaml(stack.state_dir / "override.yaml", {"services": services if stack.environment else {}})
    settings = {}
    if stack.scrape_interval:
        config = yaml.safe_load((engine.ROOM / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
        config["global"] = {"scrape_interval": stack.scrape_interval, "evaluation_interval": stack.scrape_interval}
        _write_yaml(stack.state_dir / "prometheus.yml", config)
        settings["PROMETHEUS_CONFIG"] = str(stack.state_dir / "prometheus.yml")
    if stack.rules:
        rules = stack.state_dir / "rules"
        shutil.rmtree(rules, ignore_errors=True)
        rules.mkdir()
        for file in stack.rules:
            shutil.copy(file, rules)
        settings["RULES_DIRECTORY"] = str(rules)
    if stack.alertmanager_config:
        settings["ALERTMANAGER_CONFIG"] = str(stack.alertmanager_config.resolve())
    return settings | {"CONFIGURATION_HASH": _hash_of_configuration(settings)}


def _hash_of_configuration(settings: dict[str, str]) -> str:
    """Changes when a file that containers mount does, so that compose makes those containers again."""
    mounted = [engine.ROOM / "gateway", engine.ROOM / "prometheus", engine.TOP / "alerts", *map(Path, settings.values())]
    files = [file for place in mounted for file in ([place] if place.is_file() else sorted(place.rglob("*.y*ml")))]
    files += [engine.ROOM / "gateway" / "haproxy.cfg"]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _write_yaml(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
