"""Shows what the unit tests are worth: every fault planted in a rule must fail one of them."""

from __future__ import annotations

import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import yaml

from alerts import budget_tests, compiler, indicators, no_budget_tests, promtool_tests
from alerts.compiler import Compiled
from alerts.duration import Duration
from alerts.mutants import Mutant, mutants_of
from alerts.rule_checks import run_tool
from alerts.slo import BurnPolicy, NoBudget, Slo
from alerts.verdict import Check, Verdict

# The share of mutants that the unit tests must catch.
SCORE_MIN = 0.95

# One promtool reads so many mutants: enough to make its start cheap, few enough for its time limit.
MUTANTS_A_RUN = 20

TESTS = "tests"

_TESTED = re.compile(r"^Unit Testing: +(\S+)\n +SUCCESS", re.MULTILINE)

Document = dict[str, Any]


class UnsoundTestsError(Exception):
    """The tests fail on the rules as compiled, so what they say of mutants means nothing."""


@dataclass(frozen=True)
class Case:
    """A few rules and the unit tests that guard them, cut out of the whole because promtool is quicker so.

    `guards` tells which mutants these tests must catch; the others are another case's.
    """

    name: str
    rules: Document
    tests: Document
    guards: Callable[[Mutant], bool] = lambda _: True


@dataclass(frozen=True)
class Mutation:
    """How the mutants fared. A stillborn one is no valid rule, so no test had to catch it."""

    caught: tuple[Mutant, ...]
    survivors: tuple[Mutant, ...]
    stillborn: tuple[Mutant, ...]

    @property
    def score(self) -> float | None:
        """The share of live mutants that a test caught; None without any."""
        alive = len(self.caught) + len(self.survivors)
        return len(self.caught) / alive if alive else None

    def by_kind(self) -> dict[str, tuple[int, int]]:
        """Caught and live mutants by kind of fault."""
        caught = Counter(mutant.kind for mutant in self.caught)
        missed = Counter(mutant.kind for mutant in self.survivors)
        return {kind: (caught[kind], caught[kind] + missed[kind]) for kind in sorted({*caught, *missed})}

    def as_check(self) -> Check:
        """The score held against SCORE_MIN; no mutant at all is UNKNOWN."""
        names = [mutant.name for mutant in self.survivors]
        data = {
            "score": self.score,
            "caught": len(self.caught),
            "survivors": names,
            "stillborn": len(self.stillborn),
            "by_kind": {kind: list(counts) for kind, counts in self.by_kind().items()},
        }
        if self.score is None:
            return Check(name="mutation", verdict=Verdict.UNKNOWN, detail="there was no mutant", data=data)
        verdict = Verdict.PASS if self.score >= SCORE_MIN else Verdict.FAIL
        alive = len(self.caught) + len(self.survivors)
        detail = f"{self.score:.1%} of {alive} mutants caught, {SCORE_MIN:.0%} wanted"
        if names:
            detail += f"; survivors: {'; '.join(names[:10])}{' …' if len(names) > 10 else ''}"
        return Check(name="mutation", verdict=verdict, detail=detail, data=data)


def cases(compiled: Compiled) -> Iterator[Case]:
    """Every compiled rule, with its tests: a window pair of an objective, any bad event, its budget, a cause alert."""
    for slo in compiled.slos:
        for policy in slo.policies:
            yield pair_case(compiled, slo, policy)
        if slo.no_budget is not None:
            yield no_budget_case(compiled, slo, slo.no_budget)
        yield budget_case(compiled, slo)
    objectives = {slo.alert_name for slo in compiled.slos}
    for name in sorted({alert["alert"] for alert in compiled.alerts} - objectives):
        yield cause_case(compiled, name)


def pair_case(compiled: Compiled, slo: Slo, policy: BurnPolicy) -> Case:
    """The alert of one window pair and the recordings that it reads."""
    windows = (f"rate{policy.long}", f"rate{policy.short}", f"increase{policy.long}")

    def wanted(rule: Document) -> bool:
        if "alert" in rule:
            return bool(rule["labels"].get("long") == str(policy.long))
        return bool(rule["record"].endswith(windows))

    rules = _chosen(compiled, {f"slo-{slo.name}"}, wanted)
    tests = promtool_tests.test_file([slo], policy, compiled.alerts, f"../{compiler.RULES_FILE}")
    # What is recorded for one pair alone is another case's to label: budgets.yaml looks at every label.
    return Case(
        f"{slo.name} {policy.name}", rules, tests, lambda mutant: mutant.of_alert or not mutant.of_label
    )


def no_budget_case(compiled: Compiled, slo: Slo, alert: NoBudget) -> Case:
    """The alert on any bad event, and the recordings beside it."""
    rules = _chosen(compiled, {f"slo-{slo.name}"}, lambda rule: "alert" in rule or ":sli_" in rule["record"])
    tests = no_budget_tests.test_file(slo, alert, compiled.alerts, f"../{compiler.RULES_FILE}")
    return Case(f"{slo.name} no-budget", rules, tests, lambda mutant: mutant.of_alert or not mutant.of_label)


def budget_case(compiled: Compiled, slo: Slo) -> Case:
    """What is recorded of an objective's budget, and all labels."""
    groups = {f"slo-{slo.name}", f"slo-{slo.name}-period"}
    rules = _chosen(compiled, groups, lambda rule: "record" in rule)
    tests = budget_tests.test_file([slo], f"../{compiler.RULES_FILE}")
    own = {rule["record"] for rule in indicators.budget_rules(slo, compiled.clock)}
    own |= {rule["record"] for rule in indicators.period_rules(slo, compiled.clock)}
    watched = {window for policy in slo.policies for window in (policy.long, policy.short)}
    if slo.no_budget is None and indicators.BASE_WINDOW not in watched:
        base = indicators.indicator_rules(slo, compiled.clock)
        own |= {
            rule["record"] for rule in base if rule["labels"]["sloth_window"] == str(indicators.BASE_WINDOW)
        }
    return Case(f"{slo.name} budget", rules, tests, lambda mutant: mutant.of_label or mutant.rule in own)


def cause_case(compiled: Compiled, alert: str) -> Case:
    """One hand-written alert; its tests are those that ask for it."""
    groups = {group["name"] for group in compiled.rules["groups"]}
    rules = _chosen(compiled, groups, lambda rule: rule.get("alert") == alert)
    file: Document = {"tests": []}
    for name, found in compiled.tests.items():
        tests = [_about(alert, test) for test in found["tests"] if _asks_for(alert, test)]
        if name.startswith(compiler.CAUSE_TESTS) and tests:
            file = {**found, "tests": tests}
    return Case(alert, rules, file)


def _about(alert: str, test: Document) -> Document:
    """A test without what it asks of other alerts, whose rules are not there."""
    kept = {
        "alert_rule_test": [case for case in test["alert_rule_test"] if case["alertname"] == alert],
        "promql_expr_test": [
            case
            for case in test.get("promql_expr_test", [])
            if "alertname=" not in case["expr"] or f'"{alert}"' in case["expr"]
        ],
    }
    return {**test, **kept}


def _asks_for(alert: str, test: Document) -> bool:
    return any(case["alertname"] == alert for case in test.get("alert_rule_test", []))


def run(found: Iterable[Case], *, spare: bool = False, ended: Event | None = None) -> Mutation:
    """Try every mutant of the cases, on every processor, or with `spare` one by one in time that nobody else wants.

    Once `ended` is set, no further case is begun. Raises UnsoundTestsError when a case has no test, or its tests fail
    without any fault.
    """
    chosen, ended = list(found), ended or Event()
    caught: list[Mutant] = []
    survivors: list[Mutant] = []
    stillborn: list[Mutant] = []
    with ThreadPoolExecutor(1 if spare else os.cpu_count()) as pool:
        for outcome in pool.map(
            lambda case: Mutation((), (), ()) if ended.is_set() else _try(case, spare=spare), chosen
        ):
            caught += outcome.caught
            survivors += outcome.survivors
            stillborn += outcome.stillborn
    return Mutation(tuple(caught), tuple(survivors), tuple(stillborn))


def _try(case: Case, *, spare: bool) -> Mutation:
    if not case.tests["tests"]:
        raise UnsoundTestsError(f"{case.name} has no unit test; write one in alerts/templates/tests")
    mutants = [mutant for mutant in mutants_of(case.rules) if case.guards(mutant)]
    with tempfile.TemporaryDirectory() as scratch:
        places = [Path(scratch) / str(number) for number in range(len(mutants) + 1)]
        for place, rules in zip(places, [case.rules, *(mutant.rules for mutant in mutants)], strict=True):
            (place / TESTS).mkdir(parents=True)
            (place / compiler.RULES_FILE).write_text(_fast_dump(rules))
        passed = set(places)
        for number, test in enumerate(_shortest_first(case.tests["tests"])):
            text = _fast_dump({**case.tests, "tests": [test]})
            passed = {
                one
                for batch in _batches(sorted(passed))
                for one in _passing(batch, number, text, spare=spare)
            }
            if places[0] not in passed:
                raise UnsoundTestsError(f"the tests of {case.name} fail on the rules as compiled")
        broken = {place for place in places[1:] if place not in passed and not _is_valid(place)}
    outcomes = list(zip(places[1:], mutants, strict=True))
    return Mutation(
        caught=tuple(mutant for place, mutant in outcomes if place not in passed | broken),
        survivors=tuple(mutant for place, mutant in outcomes if place in passed),
        stillborn=tuple(mutant for place, mutant in outcomes if place in broken),
    )


def _batches(places: Sequence[Path]) -> Iterator[Sequence[Path]]:
    for start in range(0, len(places), MUTANTS_A_RUN):
        yield places[start : start + MUTANTS_A_RUN]


def _shortest_first(tests: Iterable[Document]) -> list[Document]:
    """A mutant is done with at the first test that catches it, so the tests that take long come last."""

    def length(test: Document) -> float:
        cases = [*test.get("alert_rule_test", []), *test.get("promql_expr_test", [])]
        # A duration is above zero; a test may look at once.
        later = [case["eval_time"] for case in cases if not case["eval_time"].startswith("0")]
        return max((Duration.parse(text).seconds for text in later), default=0.0)

    return sorted(tests, key=length)


def _passing(places: Sequence[Path], number: int, test: str, *, spare: bool) -> set[Path]:
    files = {str(place / TESTS / f"{number}.yaml"): place for place in places}
    for file in files:
        Path(file).write_text(test)
    outcome = run_tool("promtool", "test", "rules", *files, spare=spare)
    return {files[found] for found in _TESTED.findall(outcome.stdout)}


def _fast_dump(document: Document) -> str:
    return yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False, width=1_000_000)


def _is_valid(place: Path) -> bool:
    return run_tool("promtool", "check", "rules", str(place / compiler.RULES_FILE)).returncode == 0


def _chosen(compiled: Compiled, names: set[str], wanted: Callable[[Document], bool]) -> Document:
    groups = [
        {**group, "rules": [rule for rule in group["rules"] if wanted(rule)]}
        for group in compiled.rules["groups"]
        if group["name"] in names
    ]
    return {"groups": [group for group in groups if group["rules"]]}
