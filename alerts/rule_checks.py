"""Runs Prometheus' and Alertmanager's own tools over the generated files: syntax, unit tests, routes."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

from alerts.compiler import ALERTMANAGER_FILE, GENERATED_DIRECTORY, RULES_FILE
from alerts.verdict import Check, Verdict

ROUTES_FILE = Path(__file__).parent / "alertmanager" / "routes.yaml"
TOOL_TIMEOUT_SECONDS = 300.0

_SPARE = ("nice", "-n", "19")
_UNROUTED = "unrouted"
_PACKAGES = {"promtool": "prometheus", "amtool": "prometheus-alertmanager"}


class ToolMissingError(Exception):
    """A tool of Prometheus or Alertmanager is not installed, so nothing can be shown."""


def run_tool(tool: str, *arguments: str, spare: bool = False) -> subprocess.CompletedProcess[str]:
    """Run promtool or amtool to its end, whatever its exit code; `spare`: in time that nobody else wants.

    Raises ToolMissingError without it.
    """
    path = shutil.which(tool)
    if path is None:
        remedy = f"install the Debian package {_PACKAGES[tool]}, or put a release's {tool} on the PATH"
        raise ToolMissingError(f"{tool} is not installed; {remedy}")
    return subprocess.run(
        [*(_SPARE if spare else ()), path, *arguments],
        capture_output=True,
        text=True,
        timeout=TOOL_TIMEOUT_SECONDS,
        check=False,
    )


def checks(directory: Path = GENERATED_DIRECTORY) -> Iterator[Check]:
    """Check a directory of compiled files; yields each outcome as it is known.

    Unit tests run beside each other, one a processor.
    """
    path, config = directory / RULES_FILE, directory / ALERTMANAGER_FILE
    rules = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
    yield _timed("rules are valid", lambda: _tool_verdict("promtool", "check", "rules", str(path)))
    yield _timed("alertmanager.yml is valid", lambda: _config_verdict(config))
    yield _timed("alerts reach their receivers", lambda: _routes_verdict(config, rules))
    tests = sorted((directory / "tests").glob("*.yaml"))
    if not tests:
        detail = "no unit tests here; they are generated for the production clock only"
        yield Check(name="unit tests", verdict=Verdict.UNKNOWN, detail=detail)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        yield from pool.map(lambda test: _unit_test(test, rules), tests)


def _unit_test(path: Path, rules: Mapping[str, Any]) -> Check:
    """Promtool evaluates every rule it is given at every step, so each file is tested on the groups it asks for."""
    file = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
    groups = [group for group in rules["groups"] if _is_asked_for(group, file["tests"])]
    with tempfile.TemporaryDirectory() as scratch:
        cut, tests = Path(scratch) / RULES_FILE, Path(scratch) / path.name
        cut.write_text(yaml.dump({"groups": groups}, Dumper=yaml.CSafeDumper))
        tests.write_text(yaml.dump({**file, "rule_files": [RULES_FILE]}, Dumper=yaml.CSafeDumper))
        return _timed(
            f"unit tests {path.stem}",
            lambda: _tool_verdict(
                "promtool", "test", "rules", str(tests), passed=f"{len(file['tests'])} tests"
            ),
        )


def _is_asked_for(group: Mapping[str, Any], tests: Sequence[Mapping[str, Any]]) -> bool:
    alerts = {case["alertname"] for test in tests for case in test.get("alert_rule_test", [])}
    queries = " ".join(case["expr"] for test in tests for case in test.get("promql_expr_test", []))
    return any(
        rule.get("alert") in alerts or (rule.get("record") or rule["alert"]) in queries
        for rule in group["rules"]
    )


def _timed(name: str, ask: Callable[[], tuple[Verdict, str]]) -> Check:
    began = time.monotonic()
    verdict, detail = ask()
    return Check(name=name, verdict=verdict, detail=detail, seconds=time.monotonic() - began)


def _tool_verdict(tool: str, *arguments: str, passed: str = "") -> tuple[Verdict, str]:
    outcome = run_tool(tool, *arguments)
    if outcome.returncode == 0:
        return Verdict.PASS, passed or _last_line(outcome.stdout)
    return Verdict.FAIL, (outcome.stderr + outcome.stdout).strip()


def _config_verdict(config: Path) -> tuple[Verdict, str]:
    return _tool_verdict("amtool", "check-config", str(config), passed="routes and receivers are well formed")


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _routes_verdict(config: Path, rules: Mapping[str, Any]) -> tuple[Verdict, str]:
    """Ask amtool where the written examples go, and whether any compiled alert has no route of its own."""
    expected = [(case["labels"], case["receiver"]) for case in yaml.safe_load(ROUTES_FILE.read_text())]
    wrong = [
        f"{labels['alertname']} goes to {found}, not to {receiver}"
        for labels, receiver in expected
        if (found := _receiver(config, labels)) != receiver
    ]
    routed = _distinct(
        {"alertname": rule["alert"], **rule["labels"]}
        for group in rules["groups"]
        for rule in group["rules"]
        if "alert" in rule
    )
    wrong += [
        f"{labels['alertname']} has no route; add one for team {labels['team']}"
        for labels in routed
        if _receiver(config, labels) == _UNROUTED
    ]
    if wrong:
        return Verdict.FAIL, "; ".join(wrong)
    return Verdict.PASS, f"{len(expected)} examples, {len(routed)} kinds of alert"


def _distinct(labels: Iterator[Mapping[str, str]]) -> Sequence[Mapping[str, str]]:
    """One alert for each severity and team, and each whose severity is none: routes look at nothing else."""
    kinds = {}
    for found in labels:
        name = found["alertname"] if found["severity"] == "none" else ""
        kinds[found["severity"], found["team"], name] = found
    return list(kinds.values())


def _receiver(config: Path, labels: Mapping[str, str]) -> str:
    pairs = [f"{key}={value}" for key, value in labels.items()]
    outcome = run_tool("amtool", "config", "routes", "test", f"--config.file={config}", *pairs)
    return outcome.stdout.strip()
