"""The experiments as data: which fault, and what is expected of the system while it lasts and after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

EXPERIMENTS = Path(__file__).parent / "experiments"
CONSEQUENCES = Path(__file__).parent / "consequences.yaml"
NETWORK = ("cut", "slow", "lossy")

Runtime = Literal["embedded", "composed"]
Kind = Literal[
    "down", "paused", "restarted", "cut", "slow", "lossy", "deploy", "poison", "misbehaving", "card_testing"
]


class ExperimentError(Exception):
    """An experiment is missing or does not say what is expected."""


class Fault(BaseModel):
    """What is done, and to which process; `kinds.py` says how each kind is applied, seen and mended.

    The figures are for the network to the process: `slow` needs a delay, `lossy` a share of packets. `plan` is how
    the payment gateway is `misbehaving`, in its own words (its `GET /plan` shows them all).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    process: str
    delay_seconds: float = Field(0.0, ge=0)
    jitter_seconds: float = Field(0.0, ge=0)
    loss: float = Field(0.0, ge=0, lt=1)
    plan: Mapping[str, Any] = {}

    @model_validator(mode="after")
    def _has_its_figures(self) -> Fault:
        if (self.kind == "slow") != (self.delay_seconds > 0) or (self.kind == "lossy") != (self.loss > 0):
            raise ValueError("a slow network has a delay_seconds, a lossy one a loss, others neither")
        if (self.kind == "misbehaving") != bool(self.plan):
            raise ValueError("what is misbehaving has a plan to do so, others none")
        return self


class Expectations(BaseModel):
    """What a fault may and must do.

    `requests`: all are served; those under way at its beginning may fail; or all may be refused, in the ways that
    `refusals` lists (0: no answer within the client's patience). `bets`: some settle while it lasts, or all wait.
    `sockets`: stay; may drop, and must then resume without loss; or are told to come back elsewhere (1012).
    `answers` are asked while it lasts: `public/health: 200` is a path at the address called public. Every alert
    expected must fire and no other may, except those possible, which depend on the moment and the machine; a set of
    consequences.yaml may stand for its members.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    requests: Literal["served", "in_flight_may_fail", "refused"]
    refusals: tuple[int, ...] = ()
    bets: Literal["settle", "wait"] = "settle"
    sockets: Literal["stay", "may_drop", "told_to_leave"]
    answers: Mapping[str, int] = {}
    alerts_expected: tuple[str, ...] = ()
    alerts_possible: tuple[str, ...] = ()

    @field_validator("alerts_possible")
    @classmethod
    def _sets_are_their_members(cls, named: tuple[str, ...]) -> tuple[str, ...]:
        sets: Mapping[str, list[str]] = yaml.safe_load(CONSEQUENCES.read_text(encoding="utf-8"))
        return tuple(alert for name in named for alert in sets.get(name, [name]))

    @model_validator(mode="after")
    def _refusals_belong_to_refused(self) -> Expectations:
        if (self.requests == "refused") != bool(self.refusals):
            raise ValueError("`refusals` goes with `requests: refused`, and is not empty then")
        return self


class Description(BaseModel):
    """One file of `experiments/`. `load` names the profile of the load room under which it is tried."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    description: str
    runtimes: tuple[Runtime, ...] = ("embedded", "composed")
    load: str = "faults"
    fault: Fault
    expect: Expectations


@dataclass(frozen=True, slots=True)
class Experiment:
    """One fault, by the name of its file."""

    name: str
    said: Description

    @property
    def title(self) -> str:
        """In a sentence."""
        return self.said.title

    @property
    def fault(self) -> Fault:
        """What is done."""
        return self.said.fault

    @property
    def expect(self) -> Expectations:
        """What it may and must do."""
        return self.said.expect


def names(runtime: str | None = None) -> list[str]:
    """The experiments that exist, or those for one runtime."""
    found = sorted(path.stem for path in EXPERIMENTS.glob("*.yaml"))
    return [name for name in found if runtime is None or runtime in load(name).said.runtimes]


def load(name: str) -> Experiment:
    """Read `experiments/<name>.yaml`; raises ExperimentError."""
    path = EXPERIMENTS / f"{name}.yaml"
    if not path.is_file():
        raise ExperimentError(f"no experiment {name!r}; there are {', '.join(names())}")
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Experiment(name, Description.model_validate(document))
    except ValidationError as error:
        raise ExperimentError(f"{path.name}: {error}") from error
