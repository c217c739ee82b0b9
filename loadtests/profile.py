"""What a kind of day looks like, as data: how many players, how often they act, which journeys they make."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from loadtests.arrivals import Pattern, Segment

PROFILES = Path(__file__).parent / "profiles"


class ProfileError(Exception):
    """A profile is missing or says something that cannot be run."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StepUse(_Strict):
    """One step of a journey, made `times` (a range, drawn anew each time) with probability `chance`."""

    step: str
    times: tuple[int, int] = (1, 1)
    chance: float = Field(default=1.0, gt=0, le=1)

    @model_validator(mode="after")
    def _ordered(self) -> StepUse:
        low, high = self.times
        if not 0 < low <= high:
            raise ValueError(f"times {self.times} of step {self.step} must be a rising range from 1 up")
        return self


def _step_use(value: Any) -> Any:
    return {"step": value} if isinstance(value, str) else value


class Journey(_Strict):
    """A visit from start to end; a player picks the next one by weight."""

    name: str
    weight: float = Field(default=1.0, gt=0)
    steps: tuple[Annotated[StepUse, BeforeValidator(_step_use)], ...] = Field(min_length=1)


class Stage(_Strict):
    """A part of the run: `share` of its seconds at `factor` times its rate; only judged stages count."""

    name: str
    share: float = Field(gt=0, le=1)
    factor: float = Field(default=1.0, gt=0)
    judged: bool = True


class GeneratorLimits(_Strict):
    """Past these the generator, not the system, was the bottleneck, and the run says nothing."""

    lag_p99_seconds: float = Field(gt=0)
    cpu_share: float = Field(gt=0, le=1)


class Profile(_Strict):
    """One load profile. Rates are steps (requests) a second of all players together."""

    name: str
    about: str
    players: int = Field(gt=0)
    rate: float = Field(gt=0)
    seconds: float = Field(gt=0)
    arrive_seconds: float = Field(gt=0)
    timeout_seconds: float = Field(default=10.0, gt=0)
    drain_seconds: float = Field(default=15.0, gt=0)
    arrivals: Pattern = "poisson"
    socket_share: float = Field(default=1.0, ge=0, le=1)
    bets: tuple[int, ...] = Field(min_length=1)
    invite_code: str = "5858"
    objectives: tuple[str, ...] = ()
    generator: GeneratorLimits
    stages: tuple[Stage, ...] = (Stage(name="steady", share=1.0),)
    journeys: tuple[Journey, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> Profile:
        total = sum(stage.share for stage in self.stages)
        if abs(total - 1.0) > 1e-6:
            raise ValueError(f"the shares of the stages add up to {total}, not 1")
        if not any(stage.judged for stage in self.stages):
            raise ValueError("no stage is judged")
        if min(self.bets) < 1:
            raise ValueError(f"bets {self.bets} must be positive")
        return self

    @property
    def steps(self) -> frozenset[str]:
        """Names of every step some journey uses."""
        return frozenset(use.step for journey in self.journeys for use in journey.steps)

    @property
    def judged_stages(self) -> frozenset[str]:
        """Names of the stages whose samples count for objectives."""
        return frozenset(stage.name for stage in self.stages if stage.judged)

    def judged_span(self) -> tuple[float, float]:
        """Seconds after the opening at which the first judged stage begins and the last one ends."""
        begins = list(accumulate((stage.share * self.seconds for stage in self.stages), initial=0.0))
        judged = [place for place, stage in enumerate(self.stages) if stage.judged]
        return begins[judged[0]], begins[judged[-1] + 1]

    def segments(self) -> list[Segment]:
        """The stages as stretches of one player's own rate."""
        return [
            Segment(stage.name, stage.share * self.seconds, stage.factor * self.rate / self.players)
            for stage in self.stages
        ]


def names() -> list[str]:
    """The profiles that exist, by name."""
    return sorted(path.stem for path in PROFILES.glob("*.yaml"))


def load(name: str, **overrides: float | int | None) -> Profile:
    """Read `profiles/<name>.yaml`; an override that is None keeps the profile's own figure."""
    path = PROFILES / f"{name}.yaml"
    if not path.is_file():
        raise ProfileError(f"no profile {name!r}; there are {', '.join(names())}")
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    chosen = {key: value for key, value in overrides.items() if value is not None}
    try:
        return Profile.model_validate({**document, **chosen, "name": name})
    except ValidationError as error:
        raise ProfileError(f"{path.name}: {error}") from error
