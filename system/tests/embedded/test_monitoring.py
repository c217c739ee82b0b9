"""What monitoring needs is looked for before anything starts, and it gives way to what it watches."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from casino.embedded.errors import BinaryMissing, EmbeddedError
from casino.embedded.monitoring import MonitoringPorts, ScrapePlan, monitoring_specs
from casino.embedded.process import Process

PORTS = MonitoringPorts(prometheus=1, alertmanager=2, blackbox=3)


def plan(*rules: Path) -> ScrapePlan:
    return ScrapePlan(
        api={"api-1": 4},
        worker=5,
        public_url="http://127.0.0.1:6",
        rules=rules,
        scrape_interval="1s",
        evaluation_interval="1s",
    )


def test_missing_program_is_named_with_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And with the way to do without."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BinaryMissing, match=r"apt-get install prometheus-blackbox-exporter.*--no-monitoring"):
        monitoring_specs(state_dir=tmp_path, ports=PORTS, plan=plan(), alertmanager_config=None)


def test_either_name_of_a_program_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian's and the projects' own."""
    for name in ("prometheus", "alertmanager", "blackbox_exporter"):
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    specs = monitoring_specs(state_dir=tmp_path, ports=PORTS, plan=plan(), alertmanager_config=None)
    assert [Path(spec.argv[0]).name for spec in specs] == ["blackbox_exporter", "alertmanager", "prometheus"]


@pytest.mark.parametrize("missing", ["rules", "alertmanager"])
def test_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    """A rule file that is not there would otherwise be a silent gap: Prometheus ignores it."""
    absent = tmp_path / "absent.yml"
    rules = [absent] if missing == "rules" else []
    config = absent if missing == "alertmanager" else None
    with pytest.raises(EmbeddedError, match=r"absent\.yml is not a file"):
        monitoring_specs(state_dir=tmp_path, ports=PORTS, plan=plan(*rules), alertmanager_config=config)


def test_prometheus_gives_way(tmp_path: Path) -> None:
    """As a process and, where the kernel weighs sessions first, as a session: rules are not worth a player's wait."""
    specs = monitoring_specs(state_dir=tmp_path, ports=PORTS, plan=plan(), alertmanager_config=None)
    spec = next(spec for spec in specs if spec.name == "prometheus")
    process = Process(replace(spec, argv=("sleep", "60"), prepare=None), tmp_path / "log")
    process.start()
    try:
        assert process.pid is not None
        group = Path(f"/proc/{process.pid}/autogroup")
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == spec.niceness > 0
        assert not group.exists() or group.read_text().endswith(f"nice {spec.niceness}\n")
    finally:
        process.kill()
