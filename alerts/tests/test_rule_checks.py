"""promtool and amtool agree with the committed files, and object when these are wrong."""

import shutil
from pathlib import Path

import pytest

from alerts import rule_checks
from alerts.compiler import GENERATED_DIRECTORY
from alerts.rule_checks import ToolMissingError
from alerts.verdict import Verdict

RULES, CONFIGURATION, ROUTES = "rules are valid", "alertmanager.yml is valid", "alerts reach their receivers"


@pytest.mark.timeout(300)
def test_the_committed_files_pass() -> None:
    """Rules, every unit test, Alertmanager's configuration, and the way of every alert."""
    found = list(rule_checks.checks())
    assert [(check.name, check.detail) for check in found if check.verdict is not Verdict.PASS] == []
    assert {check.name for check in found} >= {
        RULES,
        CONFIGURATION,
        ROUTES,
        "unit tests budgets",
        "unit tests cause-http",
    }


@pytest.mark.parametrize(
    ("fault", "check", "expected"),
    [
        (("rules.yaml", "for: 2m", "for: soon"), RULES, "not a valid duration"),
        (("alertmanager.yml", "group_wait: 10s", "group_wait: soon"), CONFIGURATION, "not a valid"),
        (("alertmanager.yml", 'team="games"', 'team="gamez"'), ROUTES, "not to page-games"),
        (("rules.yaml", "team: economy", "team: bank"), ROUTES, "add one for team bank"),
    ],
)
def test_a_planted_fault_is_found(
    tmp_path: Path, fault: tuple[str, str, str], check: str, expected: str
) -> None:
    """A rule, a configuration and a route gone wrong."""
    file, old, new = fault
    for name in ("rules.yaml", "alertmanager.yml"):
        shutil.copy(GENERATED_DIRECTORY / name, tmp_path)
    path = tmp_path / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    found = {one.name: one for one in rule_checks.checks(tmp_path)}
    assert found[check].verdict is Verdict.FAIL
    assert expected in found[check].detail


def test_no_unit_tests_are_no_pass(tmp_path: Path) -> None:
    """A directory without tests, as of a scaled clock, shows nothing about its alerts."""
    for name in ("rules.yaml", "alertmanager.yml"):
        shutil.copy(GENERATED_DIRECTORY / name, tmp_path)
    found = {one.name: one.verdict for one in rule_checks.checks(tmp_path)}
    assert found["unit tests"] is Verdict.UNKNOWN


def test_a_missing_tool_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without promtool nothing is shown, and that is an error, not a pass."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolMissingError, match="Debian package prometheus"):
        list(rule_checks.checks())
