"""Runs an experiment under Chaos Toolkit and reads its journal with distrust.

A failed action still ends an experiment as `completed`, so each activity is looked at on its own here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chaos.experiment import Experiment
from chaos.kinds import toolkit_experiment

ROOT = Path(__file__).parents[1]
# Beyond the outage itself: every wait of an experiment is bounded, together by less than this.
_SECONDS_MAX = 240.0


class ToolkitError(Exception):
    """Chaos Toolkit left no journal."""


@dataclass(frozen=True, slots=True)
class Activity:
    """One action or probe that was run; `met` is its tolerance, None where it has none.

    `trouble` is the last line of what it raised.
    """

    name: str
    status: str
    output: Any
    met: bool | None
    trouble: str = ""

    @property
    def good(self) -> bool:
        """Succeeded, and within its tolerance."""
        return self.status == "succeeded" and self.met is not False


@dataclass(frozen=True, slots=True)
class Journal:
    """What Chaos Toolkit did."""

    status: str
    method: Sequence[Activity]
    rollbacks: Sequence[Activity]
    steady_before: bool | None
    steady_after: bool | None
    unsteady: str = ""

    def output(self, name: str) -> Any:
        """What the activity of that name gave, None when it was not run or failed."""
        return next((each.output for each in self.method if each.name == name and each.good), None)


def run(experiment: Experiment, *, state: Path, out: Path, outage_seconds: float) -> Journal:
    """Run the experiment against the system in `state`, rolling back in any case; raises ToolkitError.

    `out` gets experiment.json, which `chaos run` takes too, and Chaos Toolkit's journal and logs.
    """
    journal, file = out.resolve() / "journal.json", out.resolve() / "experiment.json"
    document = toolkit_experiment(experiment, state=str(state.resolve()), outage_seconds=outage_seconds)
    file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "chaostoolkit", "--no-version-check"]
    command += ["--log-file", str(out.resolve() / "chaostoolkit.log"), "run", "--journal-path", str(journal)]
    command += ["--rollback-strategy", "always", str(file)]
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": paths}
    with (out / "chaostoolkit.out").open("wb") as log:
        done = subprocess.run(
            command,
            cwd=out,
            env=environment,
            stdout=log,
            stderr=log,
            timeout=outage_seconds + _SECONDS_MAX,
            check=False,
        )
    try:
        return parse(json.loads(journal.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError) as error:
        raise ToolkitError(
            f"{experiment.name}: exit code {done.returncode}, no journal: {error!r}"
        ) from error


def parse(document: Mapping[str, Any]) -> Journal:
    """A journal as Chaos Toolkit writes it; see its documentation of the journal's members."""
    steady = document["steady_states"]
    return Journal(
        status=document["status"],
        method=[_activity(each) for each in document["run"]],
        rollbacks=[_activity(each) for each in document["rollbacks"]],
        steady_before=_met(steady.get("before")),
        steady_after=_met(steady.get("after")),
        unsteady="; ".join(_unsteady(steady.get("before")) + _unsteady(steady.get("after"))),
    )


def _activity(entry: Mapping[str, Any]) -> Activity:
    raised = entry.get("exception") or [""]
    return Activity(
        name=entry["activity"]["name"],
        status=entry["status"],
        output=entry.get("output"),
        met=entry.get("tolerance_met"),
        trouble=raised[-1].strip(),
    )


def _unsteady(hypothesis: Mapping[str, Any] | None) -> list[str]:
    probes = [_activity(each) for each in hypothesis["probes"]] if hypothesis else []
    return [f"{probe.name}: {probe.trouble or 'no'}" for probe in probes if not probe.good]


def _met(hypothesis: Mapping[str, Any] | None) -> bool | None:
    return None if not hypothesis else bool(hypothesis["steady_state_met"])
