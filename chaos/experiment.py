"""The experiments as data: which fault, and what is expected of the system while it lasts and after it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

EXPERIMENTS = Path(__file__).parent / "experiments"
EXTENSION = "expectations"


class ExperimentError(Exception):
    """An experiment is missing or does not say what is expected."""


class Expectations(BaseModel):
    """What a fault may and must do. It stands in the experiment's extension `expectations`.

    `requests` in_flight_may_fail: only requests under way at the kill may go unanswered. `sockets` may_drop:
    they may close, and must then resume without loss. Every alert expected must fire and no other may, except
    those possible, which depend on the moment and the machine.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Literal["expectations"]
    process: str
    requests: Literal["served", "in_flight_may_fail"]
    sockets: Literal["stay", "may_drop"]
    alerts_expected: tuple[str, ...]
    alerts_possible: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Experiment:
    """One fault: its file for Chaos Toolkit, and what we expect."""

    name: str
    title: str
    path: Path
    expect: Expectations


def names() -> list[str]:
    """The experiments that exist."""
    return sorted(path.stem for path in EXPERIMENTS.glob("*.yaml"))


def load(name: str) -> Experiment:
    """Read `experiments/<name>.yaml`; raises ExperimentError."""
    path = EXPERIMENTS / f"{name}.yaml"
    if not path.is_file():
        raise ExperimentError(f"no experiment {name!r}; there are {', '.join(names())}")
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    extensions = [each for each in document.get("extensions", []) if each.get("name") == EXTENSION]
    if len(extensions) != 1:
        raise ExperimentError(f"{path.name}: give it one extension named {EXTENSION}")
    try:
        return Experiment(name, document["title"], path, Expectations.model_validate(extensions[0]))
    except (ValidationError, KeyError) as error:
        raise ExperimentError(f"{path.name}: {error}") from error
