"""One fault from steady state to audit: load, injection, observation, judgement."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alerts.verdict import Check
from chaos import audit, judgement, prometheus, running, toolkit
from chaos.bank import Bank
from chaos.experiment import Experiment
from chaos.load import Load
from chaos.observer import Observer
from chaos.prometheus import NoDataError, Rule
from chaos.trial import Trial

_AUDIT_WAIT_SECONDS = 30.0
# The load is ended when the experiment has; this bounds it if that never comes.
_LOAD_SECONDS_MAX = 300.0


@dataclass(frozen=True, slots=True)
class Report:
    """The checks of one fault and its figures for the result file."""

    checks: Sequence[Check]
    data: Mapping[str, Any]


def run(
    experiment: Experiment, *, state: Path, out: Path, seconds: float, outage_seconds: float, seed: int
) -> Report:
    """Inject the fault under at least `seconds` of load and judge what came of it.

    Raises LoadError, BankError, ToolkitError, NotRunningError, HistoryError when it could not be tried.
    """
    shutil.rmtree(out, ignore_errors=True)
    system = running.read(state)
    began = time.monotonic()
    profile, seconds_max = experiment.said.load, seconds + _LOAD_SECONDS_MAX
    load = Load(system.public_url, out / "load", profile=profile, seconds_max=seconds_max, seed=seed)
    observer = Observer(state, experiment.fault)
    bank = Bank(system.public_url, system.url("postgres"), load.histories, seed=seed)
    try:
        opens = load.opens()
        # Chaos Toolkit takes seconds to start: meanwhile the players arrive.
        attempt = toolkit.Attempt(
            experiment, state=state, out=out, outage_seconds=outage_seconds, load_opens=opens
        )
        with attempt:
            time.sleep(max(0.0, opens - time.time()))
            bank.open()
            observer.start()
            journal = attempt.journal()
        time.sleep(max(0.0, opens + seconds - time.time()))
        lasted = load.running
        bank.close()
        result = load.end()
    finally:
        bank.close()
        load.stop()
        seen = observer.stop()
    gathered = audit.gather(
        running.read(state), load.histories, wait_seconds=_AUDIT_WAIT_SECONDS, snapshots=bank.snapshots
    )
    trial = Trial(experiment, opens, lasted, journal, seen, _rules(system), result, asyncio.run(gathered))
    checks = [*judgement.judge(trial), *audit.judge(trial.evidence, prefix=f"{experiment.name}: ")]
    return Report(checks, judgement.figures(trial, checks, seconds=time.monotonic() - began))


def _rules(system: running.Running) -> Mapping[str, Rule] | None:
    try:
        return prometheus.rules(system.url("prometheus"))
    except (NoDataError, running.NotRunningError):
        return None
