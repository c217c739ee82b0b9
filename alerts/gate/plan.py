"""What a gate profile asks for: which load, which faults, which objectives it can judge."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

PROFILES = Path(__file__).parent / "profiles"


class PlanError(Exception):
    """A gate profile is missing or malformed; the message names it and says what is allowed."""


class Load(BaseModel):
    """A profile of the load room, and how long its stages last together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    profile: str
    seconds: float = Field(gt=0)


class Plan(BaseModel):
    """One gate profile. `judged` names the objectives it brings enough events for; the others are only shown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: str
    time_scale: str
    settings: dict[str, str] = Field(
        default_factory=dict, description="of the environment's profile, replaced for this gate's rules"
    )
    load: Load
    judged: tuple[str, ...] = Field(min_length=1)
    journeys: tuple[str, ...] = Field((), description="of the browser; none named: all")
    contract_cases: int = Field(gt=0, description="generated requests an operation")
    faults: tuple[str, ...]
    fault_seconds: float = Field(gt=0)
    latency_factor_max: float = Field(1.3, description="against a baseline: p95 may grow by this factor …")
    latency_slack_seconds: float = Field(0.05, description="… or by this much, whichever is more")


def names() -> list[str]:
    """The profiles there are."""
    return sorted(path.stem for path in PROFILES.glob("*.yaml"))


def load(name: str) -> Plan:
    """Reads `profiles/<name>.yaml`; raises PlanError."""
    path = PROFILES / f"{name}.yaml"
    if not path.is_file():
        raise PlanError(f"there is no gate profile {name!r}; choose one of {', '.join(names())}")
    try:
        return Plan.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise PlanError(f"{path}: {error}") from error
