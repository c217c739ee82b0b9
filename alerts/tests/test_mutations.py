"""The generated unit tests are only worth what they catch: every fault planted in a rule must fail one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from alerts import compiler, promtool_tests
from alerts.rule_checks import run_tool
from alerts.slo import BurnPolicy, Slo
from alerts.tests.mutants import Mutant, mutants_of

# Each test runs promtool some dozens of times.
pytestmark = pytest.mark.timeout(400)

COMPILED = compiler.committed()
BY_NAME = {slo.name: slo for slo in COMPILED.slos}

Document = dict[str, Any]
PairCase = tuple[Document, Document]


def survivors(directory: Path, rules: Document, tests: Document, mutants: Iterable[Mutant]) -> list[str]:
    """The mutants that promtool does not catch; first the rules themselves must pass."""

    def passes(number: int, mutated: Document) -> bool:
        place = directory / str(number)
        (place / "tests").mkdir(parents=True)
        (place / compiler.RULES_FILE).write_text(compiler.dump(mutated))
        (place / "tests" / "tests.yaml").write_text(compiler.dump(tests))
        return run_tool("promtool", "test", "rules", str(place / "tests" / "tests.yaml")).returncode == 0

    found = list(mutants)
    assert passes(0, rules), "the tests fail on the rules as compiled"
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = pool.map(passes, range(1, len(found) + 1), (mutant.rules for mutant in found))
        return [mutant.name for mutant, passed in zip(found, outcomes, strict=True) if passed]


def every_mutant(rules: Document, wanted: Callable[[Document], bool]) -> list[Mutant]:
    return [
        mutant
        for number, group in enumerate(rules["groups"])
        for index, rule in enumerate(group["rules"])
        if wanted(rule)
        for mutant in mutants_of(rules, number, index)
    ]


def rules_of_pair(slo: Slo, policy: BurnPolicy) -> Document:
    """The rules that one window pair of one objective needs, and no others: promtool is quicker so."""
    windows = (f"rate{policy.long}", f"rate{policy.short}", f"increase{policy.long}")

    def needed(rule: Document) -> bool:
        if "alert" in rule:
            return bool(rule["labels"]["long"] == str(policy.long))
        return bool(rule["record"].endswith(windows))

    group = next(group for group in COMPILED.rules["groups"] if group["name"] == f"slo-{slo.name}")
    return {"groups": [{**group, "rules": [rule for rule in group["rules"] if needed(rule)]}]}


@pytest.mark.parametrize("policy", [policy.name for policy in BY_NAME["auth-availability"].policies])
def test_faults_in_a_burn_rate_alert_are_caught(policy: str, tmp_path: Path) -> None:
    """Threshold, windows, `for`, and/or, comparison and labels, in the alert and in what it reads."""
    slo = BY_NAME["auth-availability"]
    chosen = next(found for found in slo.policies if found.name == policy)
    rules = rules_of_pair(slo, chosen)
    tests = promtool_tests.test_file([slo], chosen, COMPILED.alerts, f"../{compiler.RULES_FILE}")
    mutants = every_mutant(rules, lambda _: True)
    assert len(mutants) > 20
    assert survivors(tmp_path, rules, tests, mutants) == []


@pytest.mark.parametrize("name", ["probe-availability", "read-latency", "realtime-delivery"])
def test_faults_in_other_kinds_of_objective_are_caught(name: str, tmp_path: Path) -> None:
    """A histogram and a probe are counted in other ways than answers are."""
    slo = BY_NAME[name]
    chosen = slo.policies[0]
    rules = rules_of_pair(slo, chosen)
    tests = promtool_tests.test_file([slo], chosen, COMPILED.alerts, f"../{compiler.RULES_FILE}")
    mutants = every_mutant(rules, lambda rule: "record" in rule)
    assert len(mutants) > 5
    assert survivors(tmp_path, rules, tests, mutants) == []


def of(alert: str, file: Document) -> list[Document]:
    """The tests of a file that ask for this alert."""
    return [
        test for test in file["tests"] if any(case["alertname"] == alert for case in test["alert_rule_test"])
    ]


CAUSES = sorted({alert["alert"] for alert in COMPILED.alerts if "long" not in alert["labels"]})


@pytest.mark.parametrize("alert", CAUSES)
def test_faults_in_a_cause_alert_are_caught(alert: str, tmp_path: Path) -> None:
    """The same for every hand-written alert, against its own tests."""
    groups = [
        {**group, "rules": [rule for rule in group["rules"] if rule.get("alert") == alert]}
        for group in COMPILED.rules["groups"]
    ]
    rules = {"groups": [group for group in groups if group["rules"]]}
    file = next(
        (
            file
            for name, file in COMPILED.tests.items()
            if name.startswith(compiler.CAUSE_TESTS) and of(alert, file)
        ),
        None,
    )
    assert file, f"{alert} has no unit test"
    cases = of(alert, file)
    mutants = every_mutant(rules, lambda _: True)
    assert survivors(tmp_path, rules, {**file, "tests": cases}, mutants) == []
