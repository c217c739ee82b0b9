"""Prometheus, Alertmanager and the blackbox exporter, as processes configured from what really runs."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from casino.embedded.errors import BinaryMissing, EmbeddedError
from casino.embedded.ports import LOOPBACK
from casino.embedded.process import ProcessSpec
from casino.embedded.readiness import http_ok
from casino.embedded.state import write_private

# Debian renames two of the three programs.
PROMETHEUS = ("prometheus",)
ALERTMANAGER = ("prometheus-alertmanager", "alertmanager")
BLACKBOX_EXPORTER = ("prometheus-blackbox-exporter", "blackbox_exporter")
RETENTION = "30d"
PROBE_MODULE = "http_2xx"
PROBE_MODULES = {
    "modules": {
        PROBE_MODULE: {
            "prober": "http",
            "timeout": "5s",
            "http": {"preferred_ip_protocol": "ip4", "follow_redirects": False},
        }
    }
}
SILENT_ROUTE = {"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}


@dataclass(frozen=True, kw_only=True)
class MonitoringPorts:
    """Where the three programs listen."""

    prometheus: int
    alertmanager: int
    blackbox: int


@dataclass(frozen=True, kw_only=True)
class ScrapePlan:
    """What Prometheus watches, and the rule files it evaluates.

    `api` holds private ports by instance name; intervals are Prometheus durations such as "1s".
    """

    api: Mapping[str, int]
    worker: int
    public_url: str
    rules: Sequence[Path]
    scrape_interval: str
    evaluation_interval: str


def monitoring_specs(
    *, state_dir: Path, ports: MonitoringPorts, plan: ScrapePlan, alertmanager_config: Path | None
) -> tuple[ProcessSpec, ...]:
    """The three processes, Prometheus last; raises BinaryMissing, and EmbeddedError for a missing file."""
    for path in (*plan.rules, *([alertmanager_config] if alertmanager_config else [])):
        if not path.is_file():
            raise EmbeddedError(f"{path} is not a file: name one that Prometheus or Alertmanager can read")
    return (
        _blackbox_spec(state_dir / "blackbox", ports.blackbox),
        _alertmanager_spec(state_dir / "alertmanager", ports.alertmanager, alertmanager_config),
        _prometheus_spec(state_dir / "prometheus", ports, plan),
    )


def prometheus_config(ports: MonitoringPorts, plan: ScrapePlan) -> dict[str, Any]:
    """The content of prometheus.yml, valid for 2.42 and 3.x."""
    alertmanager = {"static_configs": [{"targets": [f"{LOOPBACK}:{ports.alertmanager}"]}]}
    return {
        "global": {"scrape_interval": plan.scrape_interval, "evaluation_interval": plan.evaluation_interval},
        "rule_files": [str(path.resolve()) for path in plan.rules],
        "alerting": {"alertmanagers": [alertmanager]},
        "scrape_configs": [
            _job("api", plan.api),
            _job("worker", {"worker": plan.worker}),
            _job("prometheus", {"prometheus": ports.prometheus}),
            _job("alertmanager", {"alertmanager": ports.alertmanager}),
            _probe_job(f"{plan.public_url}/health", ports.blackbox),
        ],
    }


def _job(name: str, instances: Mapping[str, int]) -> dict[str, Any]:
    targets = [
        {"targets": [f"{LOOPBACK}:{port}"], "labels": {"instance": instance}}
        for instance, port in instances.items()
    ]
    return {"job_name": name, "static_configs": targets}


def _probe_job(target: str, blackbox: int) -> dict[str, Any]:
    """The exporter is scraped; the address it shall try travels as a parameter."""
    return {
        "job_name": "probe",
        "metrics_path": "/probe",
        "params": {"module": [PROBE_MODULE]},
        "static_configs": [{"targets": [target], "labels": {"instance": "public"}}],
        "relabel_configs": [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"target_label": "__address__", "replacement": f"{LOOPBACK}:{blackbox}"},
        ],
    }


def _prometheus_spec(folder: Path, ports: MonitoringPorts, plan: ScrapePlan) -> ProcessSpec:
    config = folder / "prometheus.yml"
    return ProcessSpec(
        name="prometheus",
        argv=(
            _locate(PROMETHEUS, debian_package="prometheus"),
            f"--config.file={config}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--storage.tsdb.retention.time={RETENTION}",
            f"--web.listen-address={LOOPBACK}:{ports.prometheus}",
            "--enable-feature=exemplar-storage",
            # It finds its Alertmanager seconds after it is up, and would repeat what fired before a minute later.
            "--rules.alert.resend-delay=1s",
            "--log.level=warn",
        ),
        port=ports.prometheus,
        # On one machine a scaled clock's rules come in bursts: they may neither take every core nor go first.
        env={"GOMAXPROCS": "1"},
        niceness=5,
        ready=partial(http_ok, f"http://{LOOPBACK}:{ports.prometheus}/-/ready"),
        prepare=partial(_write_config, config, prometheus_config(ports, plan)),
    )


def _alertmanager_spec(folder: Path, port: int, given: Path | None) -> ProcessSpec:
    config = given.resolve() if given else folder / "alertmanager.yml"
    return ProcessSpec(
        name="alertmanager",
        argv=(
            _locate(ALERTMANAGER, debian_package="prometheus-alertmanager"),
            f"--config.file={config}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address={LOOPBACK}:{port}",
            # No cluster: its port would listen on every address.
            "--cluster.listen-address=",
            "--log.level=warn",
        ),
        port=port,
        ready=partial(http_ok, f"http://{LOOPBACK}:{port}/-/ready"),
        prepare=None if given else partial(_write_config, config, SILENT_ROUTE),
    )


def _blackbox_spec(folder: Path, port: int) -> ProcessSpec:
    config = folder / "blackbox.yml"
    return ProcessSpec(
        name="blackbox",
        argv=(
            _locate(BLACKBOX_EXPORTER, debian_package="prometheus-blackbox-exporter"),
            f"--config.file={config}",
            f"--web.listen-address={LOOPBACK}:{port}",
            "--log.level=warn",
        ),
        port=port,
        ready=partial(http_ok, f"http://{LOOPBACK}:{port}/-/healthy"),
        prepare=partial(_write_config, config, PROBE_MODULES),
    )


def _locate(names: Sequence[str], *, debian_package: str) -> str:
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    raise BinaryMissing(
        f"no program {' or '.join(names)} on PATH: install it (Debian: apt-get install {debian_package}; "
        "elsewhere see https://prometheus.io/download) or start with --no-monitoring"
    )


def _write_config(path: Path, content: Mapping[str, Any]) -> None:
    """JSON is YAML too, and needs no library."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_private(path, json.dumps(content, indent=2) + "\n")
