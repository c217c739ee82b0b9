"""Faults planted in compiled rules, one at a time, for the unit tests to find."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from alerts.duration import Duration

Document = dict[str, Any]

_LIMIT = re.compile(r"(?P<op>==|>|<) (?P<limit>\(?-?\d[\d.]*)(?=[ )\n]|$)")
_RANGE = re.compile(r"\[(\w+)[\]:]")
_STEP = re.compile(r"\[\w+:(\w+)\]")
_FACTOR = re.compile(r"(?<=vector\()[\d.]+|(?<=[*/] )\d[\d.]*(?![\w.])|^0(?= \*)", re.MULTILINE)
# Series of the rules' own (with a colon) are told apart by their recorded labels, which are mutated there.
_SELECTOR = re.compile(r"(?<![\w:])\w+\{(?P<matchers>[^}]*)\}")
_MATCHER = re.compile(r"\w+(?:=~|!~|!=|=)\"[^\"]*\"")
_OFFSET = re.compile(r"(?<=offset )(\w+)")
_WORDS = {"and": "or", "or": "and", "unless": "and"}
_OPPOSITE = {">": "<", "<": ">", "==": "!="}


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """The rules with one fault in `rule`, of the window pair `pair` if it has one.

    `kind` is threshold, comparison, window, operator, for or label; `of_label` tells a recorded label from a
    selector's.
    """

    rule: str
    pair: str
    kind: str
    change: str
    rules: Document
    of_alert: bool
    of_label: bool

    @property
    def name(self) -> str:
        """What was changed where, in a line."""
        return f"{f'{self.rule} {self.pair}'.strip()}: {self.change}"


def mutants_of(rules: Document) -> Iterator[Mutant]:
    """Every mutant of every rule of a rule file."""
    for number, group in enumerate(rules["groups"]):
        for index, rule in enumerate(group["rules"]):
            for kind, change, changed in _changes(rule):
                yield Mutant(
                    rule=rule.get("alert") or rule["record"],
                    pair=rule["labels"].get("long", ""),
                    kind=kind,
                    change=change,
                    rules=_replaced(rules, number, index, {**rule, **changed}),
                    of_alert="alert" in rule,
                    of_label="labels" in changed,
                )


def _replaced(rules: Document, number: int, index: int, rule: Document) -> Document:
    group = rules["groups"][number]
    changed = {**group, "rules": [*group["rules"][:index], rule, *group["rules"][index + 1 :]]}
    return {"groups": [*rules["groups"][:number], changed, *rules["groups"][number + 1 :]]}


def _changes(rule: Document) -> Iterator[tuple[str, str, Document]]:
    expression = rule["expr"]
    for kind, what, text in _expression_changes(expression):
        # An alert fires on whatever its expression gives, so what a constant vector holds does not matter.
        if text != expression and not ("alert" in rule and expression.startswith("vector(")):
            yield kind, f"{what} in {' '.join(expression.split())!r}", {"expr": text}
    for key in ("for", "keep_firing_for"):
        if key in rule:
            hold = Duration.parse(rule[key]).milliseconds
            yield "for", f"no {key}", {key: "0s"}
            yield "for", f"twice the {key}", {key: str(Duration(2 * hold))}
    for label in rule["labels"]:
        yield "label", f"another {label}", {"labels": {**rule["labels"], label: "mutated"}}


def _expression_changes(expression: str) -> Iterator[tuple[str, str, str]]:
    for found in _LIMIT.finditer(expression):
        number = found["limit"].lstrip("(")
        start, end = found.end() - len(number), found.end()
        for changed in _other_limits(number):
            yield "threshold", f"{changed} for {number}", expression[:start] + changed + expression[end:]
        flipped = _OPPOSITE[found["op"]]
        text = expression[: found.start()] + flipped + expression[found.end("op") :]
        yield "comparison", f"{flipped} for {found['op']}", text
    for found in _FACTOR.finditer(expression):
        for changed in _other_limits(found[0]):
            text = expression[: found.start()] + changed + expression[found.end() :]
            yield "threshold", f"{changed} for {found[0]}", text
    yield from _window_changes(expression)
    yield from _selector_changes(expression)
    for found in re.finditer(r"(?<=[\s)])(and|or|unless)(?=\s)", expression):
        swapped = _WORDS[found[1]]
        text = expression[: found.start()] + swapped + expression[found.end() :]
        yield "operator", f"{swapped} for {found[1]}", text
        yield "operator", f"nothing from {found[1]} on", expression[: found.start()].rstrip()


def _window_changes(expression: str) -> Iterator[tuple[str, str, str]]:
    for pattern in (_RANGE, _STEP, _OFFSET):
        for found in pattern.finditer(expression):
            length = Duration.parse(found[1]).milliseconds
            for factor in (2, 0.5):
                changed = str(Duration(round(length * factor)))
                text = expression[: found.start(1)] + changed + expression[found.end(1) :]
                yield "window", f"{changed} for {found[1]}", text


def _selector_changes(expression: str) -> Iterator[tuple[str, str, str]]:
    for selector in _SELECTOR.finditer(expression):
        matchers = _MATCHER.findall(selector["matchers"])
        for dropped in matchers:
            kept = ",".join(matcher for matcher in matchers if matcher != dropped)
            text = expression[: selector.start("matchers")] + kept + expression[selector.end("matchers") :]
            yield "label", f"without {dropped}", text


def _other_limits(number: str) -> list[str]:
    """A tenth more and less; a limit between two whole events moves by one, as a smaller step is none."""
    value = float(number)
    if value == 0:
        return ["1"]
    if number.endswith(".5"):
        return [str(value + 1), str(value - 1)]
    return [f"{value * 1.1:.6g}", f"{value * 0.9:.6g}"]
