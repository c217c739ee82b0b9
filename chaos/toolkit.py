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


class Attempt:
    """One run of an experiment against the system in `state`, begun at once and waiting for the load to open.

    It rolls back in any case. `out` gets experiment.json, which `chaos run` takes too, and Chaos Toolkit's journal
    and logs. As a context it is ended with the block.
    """

    def __init__(
        self, experiment: Experiment, *, state: Path, out: Path, outage_seconds: float, load_opens: float
    ) -> None:
        self._name, self._seconds_max = experiment.name, outage_seconds + _SECONDS_MAX
        self._journal, file = out.resolve() / "journal.json", out.resolve() / "experiment.json"
        document = toolkit_experiment(
            experiment, state=str(state.resolve()), outage_seconds=outage_seconds, load_opens=load_opens
        )
        file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        log = out.resolve() / "chaostoolkit.log"
        command = [sys.executable, "-m", "chaostoolkit", "--no-version-check", "--log-file", str(log), "run"]
        command += ["--journal-path", str(self._journal), "--rollback-strategy", "always", str(file)]
        paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = {**os.environ, "PYTHONPATH": paths}
        with (out / "chaostoolkit.out").open("wb") as printed:
            self._process = subprocess.Popen(
                command, cwd=out, env=environment, stdout=printed, stderr=printed
            )

    def __enter__(self) -> Attempt:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def journal(self) -> Journal:
        """What was done, once it has ended; raises ToolkitError."""
        try:
            code = self._process.wait(self._seconds_max)
            return parse(json.loads(self._journal.read_text(encoding="utf-8")))
        except subprocess.TimeoutExpired as error:
            raise ToolkitError(f"{self._name}: not over after {self._seconds_max:.0f} s") from error
        except (OSError, ValueError, KeyError) as error:
            raise ToolkitError(f"{self._name}: exit code {code}, no journal: {error!r}") from error


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
