"""The command line tells a newcomer what is wrong and leaves with the right code."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from alerts import cli, verdict
from alerts.prove import servers
from alerts.verdict import Verdict

RUNNER = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"})


def run(*arguments: str) -> tuple[int, str]:
    result = RUNNER.invoke(cli.app, [*arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_help_names_every_command() -> None:
    """`--help` is where a newcomer begins."""
    code, output = run("--help")
    assert code == 0
    assert all(command in output for command in ("compile", "test", "judge", "predict", "export"))


def test_compile_check_passes_on_the_committed_files() -> None:
    """What CI runs."""
    code, output = run("compile", "--check")
    assert (code, "the committed files are what the sources give" in output) == (0, True)


def test_compile_check_fails_on_stale_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It shows the difference and the way out."""
    monkeypatch.setattr("alerts.cli.GENERATED_DIRECTORY", tmp_path / "generated")
    code, output = run("compile", "--check")
    assert code == Verdict.FAIL.exit_code
    assert "+++ compiled/generated/alertmanager.yml" in output
    assert "run `python -m alerts compile` and commit" in output


def test_another_clock_goes_elsewhere(tmp_path: Path) -> None:
    """A scaled compilation must not replace production's committed files."""
    code, output = run("compile", "--time-scale", "1/60", "--profile", "dev")
    assert code == 2 and "--out" in output
    code, output = run("compile", "--time-scale", "1/60", "--profile", "dev", "--out", str(tmp_path))
    assert code == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "rules.yaml",
        "alertmanager.yml",
        "predictions.json",
    }
    assert yaml.safe_load((tmp_path / "rules.yaml").read_text())["groups"]
    assert json.loads((tmp_path / "predictions.json").read_text())[0]["fires_seconds"] < 10


def test_a_problem_is_a_sentence_not_a_traceback() -> None:
    """Exit code 1 and the way to mend it."""
    code, output = run("predict", "--profile", "production")
    assert code == Verdict.FAIL.exit_code
    assert "use one of dev, prod, staging" in output


def test_predict_prints_delays() -> None:
    """A total outage at 99.9 % pages after 52 s of errors, 2 min of `for`, 45 s of scrape and evaluation."""
    code, output = run("predict")
    assert code == 0
    assert "3.61 min" in output and "never" in output


def test_export_prints_a_prometheus_rule() -> None:
    """Ready for kubectl."""
    code, output = run("export", "--kubernetes")
    assert (code, yaml.safe_load(output)["kind"]) == (0, "PrometheusRule")


def test_judge_on_an_empty_prometheus_is_unknown(tmp_path: Path) -> None:
    """No data is exit code 2, in the result file too."""
    now = time.time()
    with servers.prometheus(tmp_path, history=[("up", 1, now - 300)]) as url:
        arguments = ["--prometheus", url, "--start", str(now - 200), "--end", str(now - 100)]
        code, output = run("judge", *arguments, "--out", str(tmp_path / "result"))
    assert code == Verdict.UNKNOWN.exit_code
    assert "UNKNOWN read-latency: server has no data" in output
    assert verdict.read(tmp_path / "result").verdict is Verdict.UNKNOWN


def test_judge_without_prometheus_is_unknown() -> None:
    """An address where nobody listens: exit code 2 and the address."""
    url = f"http://127.0.0.1:{servers.free_port()}"
    code, output = run("judge", "--prometheus", url, "--start", "1", "--end", "2")
    assert code == Verdict.UNKNOWN.exit_code
    assert f"{url} does not answer" in output
