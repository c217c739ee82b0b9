"""The generated unit tests are only worth what they catch: every fault planted in a rule must fail one."""

from __future__ import annotations

import copy
from threading import Event

import pytest

from alerts import compiler, mutation
from alerts.mutants import mutants_of
from alerts.mutation import Case, Mutation, UnsoundTestsError
from alerts.verdict import Verdict

# Each test runs promtool over some dozens of mutants.
pytestmark = pytest.mark.timeout(600)

COMPILED = compiler.committed()
CASES = {case.name: case for case in mutation.cases(COMPILED)}

# One objective of each kind of measure: answers, a histogram, a probe, and without a budget. The others differ in
# names alone; the full proof tries them all.
CHOSEN = [
    "auth-availability page-fast",
    "auth-availability ticket-slow",
    "read-latency page-fast",
    "probe-availability page-fast",
    "probe-availability budget",
    "read-latency budget",
    "idempotent-replay no-budget",
    "idempotent-replay budget",
    "money-integrity no-budget",
]
CAUSES = sorted(name for name in CASES if " " not in name)


def survivors(case: Case) -> list[str]:
    found = mutation.run([case])
    assert found.caught
    return [mutant.name for mutant in found.survivors]


def test_every_rule_is_some_cases() -> None:
    """What no case holds is mutated by nobody."""
    held = {
        (rule.get("alert") or rule["record"], rule["labels"].get("sloth_id"), rule["labels"].get("long"))
        for case in CASES.values()
        for group in case.rules["groups"]
        for rule in group["rules"]
    }
    for group in COMPILED.rules["groups"]:
        for rule in group["rules"]:
            key = (
                rule.get("alert") or rule["record"],
                rule["labels"].get("sloth_id"),
                rule["labels"].get("long"),
            )
            assert key in held


@pytest.mark.parametrize("name", CHOSEN)
def test_faults_in_an_objectives_rules_are_caught(name: str) -> None:
    """Thresholds, windows, `for`, and/or, comparisons and labels, in the alert and in what it reads."""
    assert survivors(CASES[name]) == []


@pytest.mark.parametrize("alert", CAUSES)
def test_faults_in_a_cause_alert_are_caught(alert: str) -> None:
    """The same for every hand-written alert, against its own tests."""
    assert survivors(CASES[alert]) == []


def test_each_kind_of_fault_is_planted() -> None:
    """A kind that no mutant has would be counted as caught."""
    kinds = {mutant.kind for mutant in mutants_of(COMPILED.rules)}
    assert kinds == {"threshold", "comparison", "window", "operator", "for", "label"}


def test_a_test_that_looks_away_leaves_survivors() -> None:
    """The score can fall: without the case on the threshold's far side, mutants of it live."""
    case = CASES["NegativeBalance"]
    tests = copy.deepcopy(case.tests)
    for test in tests["tests"]:
        test["alert_rule_test"] = [one for one in test["alert_rule_test"] if not one["exp_alerts"]]
    found = mutation.run([Case(case.name, case.rules, tests)])
    assert found.survivors
    assert found.as_check().verdict is Verdict.FAIL
    assert found.survivors[0].name in found.as_check().detail


def test_tests_that_fail_without_a_fault_prove_nothing() -> None:
    """Otherwise every mutant would count as caught."""
    case = CASES["NegativeBalance"]
    tests = copy.deepcopy(case.tests)
    tests["tests"][0]["alert_rule_test"][1]["exp_alerts"] = []
    with pytest.raises(UnsoundTestsError, match="the tests of NegativeBalance fail"):
        mutation.run([Case(case.name, case.rules, tests)])
    with pytest.raises(UnsoundTestsError, match="has no unit test; write one in alerts/templates/tests"):
        mutation.run([Case(case.name, case.rules, {**tests, "tests": []})])


def test_no_mutant_is_unknown() -> None:
    """A score of nothing is no score."""
    assert Mutation((), (), ()).as_check().verdict is Verdict.UNKNOWN


def test_a_run_that_is_ended_begins_no_case() -> None:
    """A proof that breaks off does not wait for all its mutants; what was not tried is no score."""
    ended = Event()
    ended.set()
    assert mutation.run(CASES.values(), ended=ended).as_check().verdict is Verdict.UNKNOWN
