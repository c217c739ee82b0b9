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

import typer
import yaml

from compose import engine
from compose.images import Images

ENV_FILE = engine.ROOM / ".env"
APPLICATION_SERVICES = ("api-1", "api-2", "worker", "paygate", "migrate")
DEFAULT_PROJECT = os.environ.get("COMPOSE_PROJECT_NAME", "casino-club")
EPHEMERAL = "-ephemeral"
HEALTHY_SECONDS_MAX = 180
RESTARTS_MAX = 3
LAST_LINES = 5
LOG_LINES_KEPT = 500
LOG_FOLDER = "logs"
TRACES = "/traces"


class Profile(StrEnum):
    """dev: ports for tests on this machine. tools: and Grafana, traces, mail, BI. prod: TLS, no dev ports."""

    DEV = "dev"
    TOOLS = "tools"
    PROD = "prod"

    def files(self, images: Images) -> list[str]:
        """The compose files of this profile; services that have no offline image are left out, saying so."""
        overlays = {
            Profile.DEV: ["harness"],
            Profile.TOOLS: ["harness", "observability", "tools"],
            Profile.PROD: ["prod", "observability"],
        }[self]
        if images is Images.OFFLINE and "observability" in overlays:
            typer.echo("stack: Grafana, Tempo, the collector, Mailpit and Metabase have no package: left out")
            overlays = [overlay for overlay in overlays if overlay not in {"observability", "tools"}]
        return ["compose.yaml", *(f"compose.{overlay}.yaml" for overlay in overlays)]


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One way to run the stack. `rules` replaces the alert rules, `environment` adds to the application's.

    An ephemeral stack has volumes of its own, empty at first and gone at the end; nobody's data are touched.
    """

    state_dir: Path
    images: Images
    ephemeral: bool = False
    profile: Profile = Profile.DEV
    rules: tuple[Path, ...] = ()
    alertmanager_config: Path | None = None
    scrape_interval: str | None = None
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def project(self) -> str:
        """The compose project. COMPOSE_PROJECT_NAME and other ports in .env let two checkouts run at once."""
        return DEFAULT_PROJECT + (EPHEMERAL if self.ephemeral else "")


def ensure_settings() -> None:
    """Make compose/.env from the development settings when there is none, and say so."""
    if not ENV_FILE.exists():
        shutil.copyfile(engine.ROOM / ".env.development", ENV_FILE)
        typer.echo("settings: compose/.env was missing; made from compose/.env.development")


def up(stack: Stack) -> None:
    """Start everything and wait until every container is healthy; EngineError names those that are not."""
    ensure_settings()
    stack.state_dir.mkdir(parents=True, exist_ok=True)
    if stack.ephemeral:
        down(stack.project)
    places = _place_overrides(stack)
    arguments = ["compose", "--project-name", stack.project, "--project-directory", str(engine.ROOM)]
    for env_file in (ENV_FILE, stack.images.env_file):
        arguments += ["--env-file", str(env_file)]
    for file in (*(engine.ROOM / name for name in stack.profile.files(stack.images)), _application(stack)):
        arguments += ["--file", str(file)]
    settings = places | {"CONFIGURATION_HASH": _hash_of_configuration(places)}
    try:
        engine.run(*arguments, "up", "--detach", "--no-build", "--remove-orphans", settings=settings)
    except engine.EngineError as error:
        unwell = [found for found in engine.containers(stack.project) if not _did_its_part(found)]
        raise engine.EngineError("\n".join([str(error), *map(_last_words, unwell)])) from error
    wait_healthy(stack.project)


def wait_healthy(project: str) -> None:
    """Wait, 180 s at most, until every container is healthy; give up at once on one that keeps dying."""
    deadline = time.monotonic() + HEALTHY_SECONDS_MAX
    while True:
        lasting = [found for found in engine.containers(project) if engine.lasts(found)]
        waiting = [found for found in lasting if not engine.is_well(found)]
        if lasting and not waiting:
            return
        dying = [found for found in waiting if found["RestartCount"] >= RESTARTS_MAX]
        if dying or time.monotonic() > deadline:
            raise engine.EngineError("\n".join(_last_words(found) for found in dying or waiting))
        time.sleep(0.5)


def _did_its_part(container: dict[str, Any]) -> bool:
    """Runs well, has ended well, or waits for one that does not."""
    ended_well = container["State"]["Status"] in {"exited", "created"} and not container["State"]["ExitCode"]
    return engine.is_well(container) or ended_well


def _last_words(container: dict[str, Any]) -> str:
    said = engine.last_lines(container["Id"], lines=LAST_LINES)
    return f"{engine.service(container)} is {engine.health(container)} and last said:\n{said}"


def health_by_service(project: str) -> dict[str, str]:
    """Health of those that should keep running: healthy, starting, unhealthy, exited …"""
    found = filter(engine.lasts, engine.containers(project))
    return {engine.service(container): engine.health(container) for container in found}


def keep_logs(project: str, directory: Path) -> None:
    """Write the last lines of each container to `directory`, one file a service."""
    directory.mkdir(parents=True, exist_ok=True)
    for container in engine.containers(project):
        said = engine.last_lines(container["Id"], lines=LOG_LINES_KEPT)
        (directory / f"{engine.service(container)}.log").write_text(said + "\n", encoding="utf-8")


def down(project: str, *, volumes: bool = False) -> None:
    """Stop and remove a project's containers and network, gracefully and in order.

    Its data go too with `volumes`, and always where they were ephemeral.
    """
    data = ["--volumes"] if volumes or project.endswith(EPHEMERAL) else []
    engine.run("compose", "--project-name", project, "down", "--remove-orphans", *data)


def _place_overrides(stack: Stack) -> dict[str, str]:
    """Write what was asked for instead of the repository's files; the variables that say where it lies."""
    places = {}
    if stack.scrape_interval:
        config = yaml.safe_load((engine.ROOM / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
        config["global"] |= dict.fromkeys(("scrape_interval", "evaluation_interval"), stack.scrape_interval)
        places["PROMETHEUS_CONFIG"] = str(_write_yaml(stack.state_dir / "prometheus.yml", config))
    if stack.rules:
        rules = stack.state_dir / "rules"
        shutil.rmtree(rules, ignore_errors=True)
        rules.mkdir()
        for number, file in enumerate(stack.rules):
            shutil.copy(file, rules / f"rules-{number}.yaml")
        places["RULES_DIRECTORY"] = str(rules)
    if stack.alertmanager_config:
        places["ALERTMANAGER_CONFIG"] = str(stack.alertmanager_config.resolve())
    return places


def _application(stack: Stack) -> Path:
    """The overlay with the application's extra environment; in development its spans go where the harness reads."""
    services: dict[str, dict[str, object]] = {name: {} for name in APPLICATION_SERVICES}
    for name, service in services.items():
        service["environment"] = dict(stack.environment)
        if stack.profile is not Profile.PROD:
            service["environment"] = {"TRACE_FILE": f"{TRACES}/{name}.traces.jsonl", **stack.environment}
            service["volumes"] = [f"{_writable(stack.state_dir / LOG_FOLDER)}:{TRACES}"]
    return _write_yaml(stack.state_dir / "application.yaml", {"services": services})


def _writable(folder: Path) -> Path:
    """The application has an account of its own in its containers."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o777)
    return folder


def _hash_of_configuration(places: dict[str, str]) -> str:
    """Changes when a file that containers mount does, so that compose makes those containers again."""
    mounted = [engine.ROOM / "gateway", engine.ROOM / "prometheus", engine.TOP / "alerts"]
    found = [path for place in (*mounted, *map(Path, places.values())) for path in (place, *place.rglob("*"))]
    files = sorted(path for path in found if path.suffix in {".cfg", ".yml", ".yaml"} and path.is_file())
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _write_yaml(path: Path, content: object) -> Path:
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path
