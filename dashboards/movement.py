"""Shows that panels are alive: each has data under load, and moves under the fault that proofs.yaml maps it to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from alerts.problems import Problem, refuse
from alerts.verdict import Check, Verdict
from dashboards.results import Curve, Results

PROOFS_FILE = Path(__file__).parent / "proofs.yaml"

# A curve moved when it leaves the range it had before by this share of that range's size and place.
MOVED_SHARE = 0.2
TINY = 1e-9

Document = dict[str, Any]


class BoardProofs(BaseModel):
    """The mapping of one board's panels, by title. `requires` names those that a proof cannot show, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    every: Annotated[str, Field(min_length=1)]
    panels: Mapping[str, str] = {}
    still: Mapping[str, str] = {}
    requires: Mapping[str, str] = {}

    def fault_of(self, title: str) -> str | None:
        """The fault that moves a panel; None for one that none does."""
        return None if title in self.still else self.panels.get(title, self.every)


@dataclass(frozen=True)
class Trial:
    """What the panels showed around one fault, which began at `began` (Unix seconds)."""

    fault: str
    began: float
    results: Results


def load(path: Path = PROOFS_FILE) -> dict[str, BoardProofs]:
    """Read the mapping. Raises ProblemsFoundError for anything that is not understood."""
    document = yaml.safe_load(path.read_text())
    try:
        return {name: BoardProofs.model_validate(found) for name, found in document.items()}
    except ValidationError as error:
        refuse([Problem(file=path.name, field="(the file)", value=path.name, remedy=str(error))])
        raise


def problems(proofs: Mapping[str, BoardProofs], documents: Mapping[str, Document]) -> Iterator[Problem]:
    """Boards that no mapping names, and mappings of panels that no board has."""
    file = PROOFS_FILE.name
    for board in documents:
        if board not in proofs:
            remedy = "nothing shows that its panels are alive; name the fault that moves them under `every`"
            yield Problem(file=file, field=board, value=None, remedy=remedy)
    for board, found in proofs.items():
        titles = {panel["title"] for panel in documents.get(board, {"panels": []})["panels"]}
        for title in [*found.panels, *found.still, *found.requires]:
            if title not in titles:
                remedy = "no panel of this board has this title; mend it or remove the line"
                yield Problem(file=file, field=board, value=title, remedy=remedy)


def checks(
    proofs: Mapping[str, BoardProofs],
    documents: Mapping[str, Document],
    trials: Iterable[Trial],
    *,
    tried_only: bool = False,
) -> list[Check]:
    """One check a panel: FAIL without data anywhere or without movement, UNKNOWN when its fault was not tried.

    `tried_only` leaves out the panels of faults that were not tried. Those that a proof cannot show always are.
    """
    tried = list(trials)
    faults = {trial.fault for trial in tried}
    return [
        _check(f"{board}: {panel['title']}", board, panel["id"], fault, tried)
        for board, document in documents.items()
        for panel in document["panels"]
        if panel["title"] not in proofs[board].requires
        and ((fault := proofs[board].fault_of(panel["title"])) in faults or not tried_only)
    ]


def _check(name: str, board: str, panel: int, fault: str | None, trials: list[Trial]) -> Check:
    shown = [trial for trial in trials if _curves(trial, board, panel)]
    if trials and not shown:
        return Check(name=name, verdict=Verdict.FAIL, detail="no data in any trial")
    if fault is None:
        verdict = Verdict.PASS if shown else Verdict.UNKNOWN
        return Check(name=name, verdict=verdict, detail="has data; no fault here moves it")
    mapped = [trial for trial in trials if trial.fault == fault]
    if not mapped:
        return Check(name=name, verdict=Verdict.UNKNOWN, detail=f"{fault} was not tried")
    if any(moved(_curves(trial, board, panel), trial) for trial in mapped):
        return Check(name=name, verdict=Verdict.PASS, detail=f"moves under {fault}")
    return Check(name=name, verdict=Verdict.FAIL, detail=f"shows data and does not move under {fault}")


def moved(curves: Iterable[Curve], trial: Trial) -> bool:
    """Whether any curve appears, ends, or leaves the range that it had before the fault."""
    return any(_left_its_range(curve, trial) for curve in curves)


def _left_its_range(curve: Curve, trial: Trial) -> bool:
    times = trial.results.times
    before = _unbroken([value for at, value in zip(times, curve.values, strict=False) if at <= trial.began])
    after = [value for at, value in zip(times, curve.values, strict=False) if at > trial.began]
    known_after = [value for value in after if math.isfinite(value)]
    if not before or not known_after:
        return bool(before) is not bool(known_after)
    if len(known_after) < len(after):
        return True
    low, high = min(before), max(before)
    room = MOVED_SHARE * max(high - low, abs(high), abs(low)) + TINY
    return min(known_after) < low - room or max(known_after) > high + room


def _unbroken(values: list[float]) -> list[float]:
    """The values after the last gap: what was before one is another process's, or was written as history."""
    gaps = [place for place, value in enumerate(values) if not math.isfinite(value)]
    return values[gaps[-1] + 1 :] if gaps else values


def _curves(trial: Trial, board: str, panel: int) -> tuple[Curve, ...]:
    found = trial.results.panels.get(board, {}).get(panel, ())
    return tuple(curve for curve in found if curve.last is not None)
