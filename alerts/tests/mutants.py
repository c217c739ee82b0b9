"""Faults planted in compiled rules, one at a time, for the unit tests to find."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from alerts.duration import Duration

Document = dict[str, Any]

_LIMIT = re.compile(r"(?P<op>==|>|<) (?P<limit>\(?\d[\d.]*)(?=[ )\n]|$)")
_RANGE = re.compile(r"\[(\w+)\]")
_WORDS = {"and": "or", "or": "and"}
_OPPOSITE = {">": "<", "<": ">", "==": "!="}


@dataclass(frozen=True)
class Mutant:
    """A copy of the rules with one fault in the rule that `name` describes."""

    name: str
    rules: Document


def mutants_of(rules: Document, group: int, index: int) -> Iterator[Mutant]:
    """Every mutant of one rule: thresholds, windows, comparisons, and/or, `for`, labels."""
    rule = rules["groups"][group]["rules"][index]
    title = rule.get("alert") or rule["record"]
    if "long" in rule["labels"]:
        title += f" {rule['labels']['long']}"
    for what, changed in _changes(rule):
        mutated = copy.deepcopy(rules)
        mutated["groups"][group]["rules"][index] = {**copy.deepcopy(rule), **changed}
        yield Mutant(f"{title}: {what}", mutated)


def _changes(rule: Document) -> Iterator[tuple[str, Document]]:
    expression = rule["expr"]
    for what, text in _expression_changes(expression):
        if text != expression:
            yield f"{what} in {expression!r}", {"expr": text}
    if "alert" not in rule:
        return
    for key in ("for", "keep_firing_for"):
        if key in rule:
            hold = Duration.parse(rule[key]).milliseconds
            yield f"no {key}", {key: "0s"}
            yield f"twice the {key}", {key: str(Duration(2 * hold))}
    for label in rule["labels"]:
        yield f"without label {label}", {"labels": {k: v for k, v in rule["labels"].items() if k != label}}
    yield "another severity", {"labels": {**rule["labels"], "severity": "info"}}


def _other_limits(number: str) -> list[str]:
    """A tenth more and less; a limit between two whole events moves by one, as a smaller step is none."""
    value = float(number)
    if value == 0:
        return ["1"]
    if number.endswith(".5"):
        return [str(value + 1), str(value - 1)]
    return [f"{value * 1.1:.6g}", f"{value * 0.9:.6g}"]


def _expression_changes(expression: str) -> Iterator[tuple[str, str]]:
    for found in _LIMIT.finditer(expression):
        number = found["limit"].lstrip("(")
        start, end = found.end() - len(number), found.end()
        for changed in _other_limits(number):
            yield f"limit {changed} for {number}", expression[:start] + changed + expression[end:]
        flipped = _OPPOSITE[found["op"]]
        yield (
            f"{flipped} for {found['op']}",
            expression[: found.start()] + flipped + expression[found.end("op") :],
        )
    for found in _RANGE.finditer(expression):
        length = Duration.parse(found[1]).milliseconds
        for factor in (2, 0.5):
            window = f"[{Duration(round(length * factor))}]"
            yield f"window x {factor}", expression[: found.start()] + window + expression[found.end() :]
    for found in re.finditer(r"(?<=[\s)])(and|or)(?=\s)", expression):
        swapped = _WORDS[found[1]]
        yield f"{swapped} for {found[1]}", expression[: found.start()] + swapped + expression[found.end() :]
        kept = expression[: found.start()].rstrip()
        yield f"nothing from {found[1]} on", kept
