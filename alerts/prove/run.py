"""The order of a proof: clean run, every fault, a spike; mutants and backfilled blocks beside; then the verdict."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from threading import Event

from alerts import compiler, mutation, profiles, proofs
from alerts.compiler import ALERTMANAGER_FILE, RULES_FILE, Compiled
from alerts.gate import monitor
from alerts.gate import target as targets
from alerts.gate.monitor import MonitorError
from alerts.mutation import Mutation
from alerts.profiles import Profile
from alerts.proofs import Experiment, Proofs
from alerts.prove import blocks, experiments, histories, outcome, panels, stage
from alerts.prove import cell as cells
from alerts.prove.cell import Bench
from alerts.prove.expectation import expectations
from alerts.prove.histories import Histories
from alerts.prove.outcome import Cell
from alerts.prove.plan import Plan
from alerts.prove.traffic import players
from alerts.verdict import Check, Result
from alerts.webhook_sink import Sink, webhook_sink

TIME_SCALE = Fraction(1, 60)
PROFILE = "dev"
LOAD, SPIKE_RATE = "proof", 90.0
LOAD_SECONDS_MAX = 3600.0

# A cell is not begun when the run has lasted so long: better UNKNOWN in time than late.
RUN_SECONDS_MAX = 1700.0


@dataclass
class Findings:
    """Everything that a run brought. `histories` are no faults: they count in neither recall nor precision."""

    cells: list[Cell] = field(default_factory=list)
    false_alarms: dict[str, list[str]] = field(default_factory=dict)
    watchdog_heard: bool | None = None
    mutation: Mutation | None = None
    blocks: Check | None = None
    histories: Histories | None = None
    panels: Result | None = None
    traffic: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """One run: what is asked, and where its files go. `rules` is the hash of what is proved.

    `partial` runs try chosen faults alone and leave the mutants out.
    """

    out: Path
    plan: Plan
    compiled: Compiled
    profile: Profile
    proofs: Proofs
    rules: str
    say: Callable[[str], None]
    partial: bool = False

    def faults(self) -> list[str]:
        """The faults to apply, in the order of proofs.yaml."""
        return [name for name in self.proofs.faults if not self.plan.faults or name in self.plan.faults]


def rules_hash() -> str:
    """What a proof is about: production's rules and the faults they are held against."""
    digest = hashlib.sha256((compiler.GENERATED_DIRECTORY / RULES_FILE).read_bytes())
    digest.update(proofs.PROOFS_FILE.read_bytes())
    return digest.hexdigest()


def run_all(run: Run) -> Findings:
    """Do everything that the plan asks for, skipping cells that an earlier run left in the folder."""
    found, ended = Findings(), Event()
    with webhook_sink() as sink, ThreadPoolExecutor(3) as beside, ExitStack() as last:
        # A run that breaks off does not wait for all the mutants.
        last.callback(ended.set)
        played = _start_histories(run, beside) if run.plan.histories else None
        backfilled = _start_blocks(run, beside) if run.plan.blocks else None
        mutated = None if run.partial else beside.submit(_mutate, run, ended)
        with _casino(run, sink) as target:
            _prove_live(run, found, target, sink)
        found.panels = panels.prove(
            run.out / "panels", run.out / "dashboards", tried_only=bool(run.plan.faults)
        )
        found.histories = played.result() if played is not None else None
        found.blocks = backfilled.result() if backfilled is not None else None
        found.mutation = mutated.result() if mutated is not None else None
    return found


def _mutate(run: Run, ended: Event) -> Mutation:
    chosen = [
        case
        for case in mutation.cases(compiler.committed())
        if not run.plan.mutated or case.name in run.plan.mutated or " " not in case.name
    ]
    run.say(f"mutation: {len(chosen)} sets of rules, in spare time")
    return mutation.run(chosen, spare=True, ended=ended)


def _start_blocks(run: Run, pool: ThreadPoolExecutor) -> Future[Check]:
    directory = run.out / "blocks"
    directory.mkdir(parents=True, exist_ok=True)
    compiler.write(run.compiled.files(), directory)
    return pool.submit(blocks.prove, run.compiled, directory)


def _start_histories(run: Run, pool: ThreadPoolExecutor) -> Future[Histories]:
    acts = stage.acts(run.proofs, run.compiled, compiler.compile_room(run.profile).tests)
    return pool.submit(histories.prove, acts, run.compiled, run.profile, run.out / "histories")


@contextmanager
def _casino(run: Run, sink: Sink) -> Iterator[targets.Target]:
    """The casino on the fast clock, notifying `sink`."""
    environment = {**os.environ, **sink.settings}
    compiled = compiler.compile_room(profiles.load(PROFILE, environment=environment), TIME_SCALE)
    rules = run.out / "rules"
    compiler.write(compiled.files(), rules)
    configuration = rules / ALERTMANAGER_FILE
    with targets.embedded(run.out, [rules / RULES_FILE], configuration, links=True) as target:
        yield target


def _prove_live(run: Run, found: Findings, target: targets.Target, sink: Sink) -> None:
    begun = time.monotonic()
    with players(target.public_url, run.out / "load", profile=LOAD, seconds=LOAD_SECONDS_MAX):
        time.sleep(monitor.TRAFFIC_SECONDS + 2)
        found.traffic = monitor.traffic(target, run.compiled.slos)
        bench = Bench(target, run.compiled, run.proofs, sink, run.rules, found.traffic, run.say)
        _watch(bench, found, run.plan.clean_seconds)
        for repeat in range(1, max(run.plan.tries.values(), default=1) + 1):
            for fault in run.faults():
                wanted = repeat <= run.plan.tries.get(fault, 1)
                if wanted and not isinstance(run.proofs.faults[fault], Experiment):
                    _take(run, found, _cell(run, bench, fault, repeat, begun))
        _spike(bench, run, found)
    for fault in run.faults():
        if isinstance(run.proofs.faults[fault], Experiment):
            _take(run, found, _cell(run, bench, fault, 1, begun))


def _watch(bench: Bench, found: Findings, seconds: float) -> None:
    """The steady players alone."""
    _observe(bench, found, "clean", seconds, nullcontext())
    if "clean" in found.false_alarms:
        found.watchdog_heard = bool(bench.sink.at("/watchdog"))


def _spike(bench: Bench, run: Run, found: Findings) -> None:
    """A crowd on top of the steady players: more of the same must alarm nobody."""
    seconds = run.plan.spike_seconds
    crowd = players(
        bench.target.public_url, run.out / "spike", profile=LOAD, seconds=seconds + 60, rate=SPIKE_RATE
    )
    _observe(bench, found, "spike", seconds, crowd)


def _observe(
    bench: Bench, found: Findings, name: str, seconds: float, crowd: AbstractContextManager[None]
) -> None:
    """Every alert that fires while nothing is wrong is a false alarm; a run that cannot begin says nothing."""
    try:
        cells.start_clean(bench)
    except MonitorError as error:
        bench.say(f"{name} run: {error}")
        return
    with crowd:
        started = time.time()
        time.sleep(seconds)
        seen = monitor.fired(bench.target, started, time.time())
    found.false_alarms[name] = sorted(" ".join(alert).strip() for alert in seen)
    bench.say(f"{name} run of {seconds:.0f} s: {', '.join(found.false_alarms[name]) or 'nothing fired'}")


def _cell(run: Run, bench: Bench, fault: str, repeat: int, begun: float) -> Cell:
    path = run.out / "cells" / f"{fault}-{repeat}.json"
    kept = outcome.read(path, run.rules)
    if kept is not None and kept.verified:
        return kept
    if time.monotonic() - begun > RUN_SECONDS_MAX:
        return Cell(fault=fault, repeat=repeat, verified=False, trouble="no time was left", rules=run.rules)
    wanted = expectations(run.proofs, fault, run.compiled, run.profile)
    if isinstance(run.proofs.faults[fault], Experiment):
        cell = experiments.prove(bench, fault, wanted, run.out / "chaos" / fault)
    else:
        cell = cells.prove(bench, fault, wanted, repeat)
    outcome.write(cell, path)
    if repeat == 1 and cell.verified:
        panels.keep(bench.target, cell, time.time(), run.out / "panels")
    return cell


def _take(run: Run, found: Findings, cell: Cell) -> None:
    found.cells.append(cell)
    run.say(f"{cell.verdict:7} {cell.fault} ({cell.seconds:.0f} s): {cell.detail}")


def keep_traffic(found: Findings, path: Path) -> None:
    """Write how busy the casino was, which the predictions rest on."""
    path.write_text(json.dumps(found.traffic, indent=1) + "\n")
