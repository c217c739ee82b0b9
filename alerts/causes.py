"""Hand-written alerts and their tests, filled in with an environment's thresholds and a clock's windows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, StrictUndefined, TemplateError

from alerts.clock import Clock
from alerts.duration import Duration
from alerts.problems import Problem, refuse
from alerts.profiles import Profile

TEMPLATE_DIRECTORY = Path(__file__).parent / "templates"
SEVERITIES = ("page", "ticket", "none")

# Unit tests play in steps of a minute; most alerts wait for minutes.
EVALUATION = "1m"

_SUFFIX = ".tmpl.yaml"
_LABEL_IN_TEXT = re.compile(r"\{\{\s*\$labels\.(\w+)\s*\}\}")
_VALUE_IN_TEXT = re.compile(r"\{\{\s*\$value\b[^}]*\}\}")

Document = dict[str, Any]


@dataclass(frozen=True)
class RuleGroup:
    """A group of hand-written alert rules and the template it came from."""

    file: str
    name: str
    rules: tuple[Document, ...]


def rule_groups(profile: Profile, clock: Clock, directory: Path = TEMPLATE_DIRECTORY) -> list[RuleGroup]:
    """Render every alert template. Raises ProblemsFoundError naming the template, alert and what it lacks."""
    groups = [
        RuleGroup(path.name, group["name"], tuple(group["rules"]))
        for path in sorted(directory.glob(f"*{_SUFFIX}"))
        for group in _render(path, profile, clock)["groups"]
    ]
    refuse(problem for group in groups for rule in group.rules for problem in _rule_problems(group, rule))
    return groups


def unit_tests(
    profile: Profile, clock: Clock, rules: Mapping[str, Document], directory: Path = TEMPLATE_DIRECTORY
) -> dict[str, Document]:
    """Render the promtool tests beside the templates, by the name of their file.

    A file may set `evaluation_interval` where a minute is too fine for the lengths it plays. A test writes only
    what the series decide: the labels that tell alerts apart, as `text_labels` those that only texts print and, as
    `value`, the text that `$value` prints. The rest of an expected alert (`rules`, by name) is filled in here.
    """
    files: dict[str, Document] = {}
    for path in sorted((directory / "tests").glob(f"*{_SUFFIX}")):
        document = _render(path, profile, clock)
        refuse(_series_problems(path, document))
        for test in document["tests"]:
            for case in test.get("alert_rule_test", []):
                case["exp_alerts"] = [
                    _expected(path, rules, case["alertname"], expected)
                    for expected in case.get("exp_alerts", [])
                ]
        files[path.name.removesuffix(_SUFFIX)] = {"evaluation_interval": EVALUATION, **document}
    return files


def render_text(path: Path, profile: Profile, clock: Clock, **values: object) -> str:
    """Fill in one template of this room: `<< >>` around a value, `<% %>` around a statement."""
    environment = Environment(
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    functions = {
        "window": clock.window,
        "hold": clock.hold,
        "setting": profile.text,
        "threshold": profile.number,
        "just_under": lambda name: _plain(profile.number(name) * Decimal("0.99")),
        "just_over": lambda name: _plain(profile.number(name) * Decimal("1.01")),
        "percent": lambda share: f"{float(share) * 100:.4g}%",
        "duration": lambda seconds: str(Duration.of_seconds(float(seconds))).replace("m", "m "),
    }
    try:
        return environment.from_string(path.read_text()).render(**functions, **values)
    except TemplateError as error:
        refuse([Problem(file=path.name, field="template", value=str(error), remedy="mend the template")])
        raise


def _plain(number: Decimal) -> Decimal:
    return number.normalize()


def _render(path: Path, profile: Profile, clock: Clock) -> Document:
    text = render_text(path, profile, clock)
    try:
        document: Document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        refuse([Problem(file=path.name, field="(rendered)", value=path.name, remedy=f"not YAML: {error}")])
        raise
    return document


def _rule_problems(group: RuleGroup, rule: Document) -> Iterator[Problem]:
    name = str(rule.get("alert"))
    if not re.fullmatch(r"(?:[A-Z][a-z0-9]*)+", name):
        remedy = "name the alert in CamelCase; its runbook is found by this name"
        yield Problem(file=group.file, field=f"{group.name}: alert", value=name, remedy=remedy)
    labels, annotations = rule.get("labels", {}), rule.get("annotations", {})
    if labels.get("severity") not in SEVERITIES:
        remedy = f"use one of {', '.join(SEVERITIES)}"
        yield Problem(file=group.file, field=f"{name}: severity", value=labels.get("severity"), remedy=remedy)
    for field, present in (
        ("labels.team", labels.get("team")),
        ("annotations.summary", annotations.get("summary")),
        ("annotations.description", annotations.get("description")),
    ):
        if not present:
            remedy = "whoever is called needs this; write it"
            yield Problem(file=group.file, field=f"{name}: {field}", value=present, remedy=remedy)
    if "runbook_url" in annotations:
        remedy = "remove it; it is derived from the alert's name"
        value = annotations["runbook_url"]
        yield Problem(file=group.file, field=f"{name}: annotations.runbook_url", value=value, remedy=remedy)


def _series_problems(path: Path, document: Document) -> Iterator[Problem]:
    """YAML reads 0x30, thirty-one zeros to promtool, as the number 48; then the test plays something else."""
    for test in document["tests"]:
        for series in test.get("input_series", []):
            if not isinstance(series["values"], str):
                remedy = "YAML made a number of this; put the values in quotes"
                field = f"{test['name']}: {series['series']}"
                yield Problem(file=f"tests/{path.name}", field=field, value=series["values"], remedy=remedy)


def _expected(path: Path, rules: Mapping[str, Document], alert: str, expected: Document) -> Document:
    if alert not in rules:
        remedy = "no template defines this alert; mend its name"
        refuse([Problem(file=f"tests/{path.name}", field="alertname", value=alert, remedy=remedy)])
    rule, labels = rules[alert], expected.get("exp_labels", {})
    printed = {**labels, **expected.get("text_labels", {})}

    def fill(text: str) -> str:
        text = _LABEL_IN_TEXT.sub(lambda match: printed.get(match.group(1), ""), text)
        return _VALUE_IN_TEXT.sub(lambda _: str(expected.get("value", "")), text)

    return {
        "exp_labels": {**labels, **{name: fill(value) for name, value in rule["labels"].items()}},
        "exp_annotations": {key: fill(text) for key, text in rule["annotations"].items()},
    }
