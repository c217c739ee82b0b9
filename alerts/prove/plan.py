"""What a proof profile asks for: which faults, how often, how long the runs without any."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from alerts.problems import Problem, refuse

PROFILES = Path(__file__).parent / "profiles"


class Plan(BaseModel):
    """One profile. No `faults` means all of them; each is tried once, or as often as `tries` says.

    `mutated` names mutation cases beside all cause alerts, none of them means all. `blocks`: whether slow pairs are
    proved on backfilled blocks, which takes minutes. `histories`: whether alerts that no live fault can reach are
    proved on written history.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: str
    faults: tuple[str, ...]
    tries: dict[str, Annotated[int, Field(gt=0)]] = {}
    clean_seconds: float = Field(gt=0)
    spike_seconds: float = Field(gt=0)
    mutated: tuple[str, ...]
    blocks: bool
    histories: bool


def load(name: str) -> Plan:
    """Read `profiles/<name>.yaml`; raises ProblemsFoundError."""
    path = PROFILES / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in PROFILES.glob("*.yaml")))
        refuse([Problem(file="command line", field="--profile", value=name, remedy=f"use one of {known}")])
    try:
        return Plan.model_validate(yaml.safe_load(path.read_text()))
    except ValidationError as error:
        refuse([Problem(file=path.name, field="(the file)", value=name, remedy=str(error))])
        raise
