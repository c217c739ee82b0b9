"""The order of a gate run: start, contracts, journeys, load, faults, books, judgement, report."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alerts import compiler, profiles
from alerts import judge as judging
from alerts import slo as objectives
from alerts.clock import parse_scale
from alerts.gate import monitor
from alerts.gate import target as targets
from alerts.gate.monitor import MonitorError
from alerts.gate.plan import Plan
from alerts.gate.rooms import Examination, examine
from alerts.gate.target import Target
from alerts.history import BackfillError
from alerts.judge import FiredAlert, Judgement
from alerts.prometheus import Prometheus, PrometheusError, Window, parse_time
from alerts.verdict import Check, Result, Verdict, worst

ROOM_SECONDS_MAX = 900.0
# Every scaled page needs its long window to drain before alerts outside faults mean anything.
SETTLE_SECONDS = 3.0
SCRAPES_SECONDS_MAX = 30.0
WATCHDOG = "Watchdog"


@dataclass(frozen=True)
class Run:
    """One gate run: what was asked, and where its files go."""

    name: str
    out: Path
    plan: Plan
    profile: str
    runtime: str
    seed: int
    baseline: Path | None
    say: Callable[[str], None]


@dataclass
class Findings:
    """What the rooms brought home, in order, and what was judged from it."""

    results: list[Result] = field(default_factory=list)
    judgements: list[Judgement] = field(default_factory=list)
    alerts: list[FiredAlert] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    load: Result | None = None
    window: Window | None = None
    versions: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def verdict(self, judged: Sequence[str]) -> Verdict:
        """The worst of every room, every judged objective and every check of the gate itself."""
        objectives_ = [judgement.verdict for judgement in self.judgements if judgement.slo.name in judged]
        missing = [Verdict.UNKNOWN] * (len(judged) - len(objectives_))
        rooms = [result.verdict for result in self.results]
        return worst([*rooms, *objectives_, *missing, *(check.verdict for check in self.checks)])


@contextmanager
def running_system(run: Run, url: str | None) -> Iterator[Target]:
    """The system to examine: the one at `url`, or one started for this run."""
    if url is not None:
        yield Target(url.rstrip("/"), None)
        return
    rules = run.out / "rules"
    compile_ = [
        sys.executable,
        "-m",
        "alerts",
        "compile",
        "--time-scale",
        run.plan.time_scale,
        "--out",
        str(rules),
    ]
    subprocess.run(compile_, check=True, stdout=subprocess.DEVNULL, env=_environment(run.plan))
    start = targets.composed if run.runtime == "composed" else targets.embedded
    with start(run.out, [rules / "rules.yaml"], rules / "alertmanager.yml") as target:
        yield target


def _environment(plan: Plan) -> dict[str, str]:
    return {**os.environ, **plan.settings}


def examine_all(run: Run, target: Target, begun: float) -> Findings:
    """Every room in order. A room that cannot run leaves UNKNOWN and the next one goes on."""
    found = Findings(versions=_versions())
    # Neither is judged by the clock, and a browser mostly waits: they share the machine, and the first seconds with
    # a Prometheus that is made new for the load.
    with ThreadPoolExecutor() as together:
        monitored = together.submit(_make_monitoring_new, run, target, found)
        for result in together.map(examine, _before_load(run, target)):
            _take(run, found, result, begun)
        monitored.result()
    found.load = examine(_load(run, target))
    _take(run, found, found.load, begun)
    found.window = _steady_window(found.load)
    _judge(found, target)
    for examination in _after_load(run, target):
        _take(run, found, examine(examination), begun)
    found.checks += _books(run, target)
    found.seconds = time.monotonic() - begun
    return found


def _make_monitoring_new(run: Run, target: Target, found: Findings) -> None:
    _give_history(run, target, found)
    _wait_for_scrapes(target)


def _give_history(run: Run, target: Target, found: Findings) -> None:
    """Clean history for a Prometheus of our own: without it the start-up fills windows of hours with itself."""
    if run.runtime != "embedded" or target.state_dir is None:
        return
    profile = profiles.load(compiler.COMMITTED_PROFILE, environment=_environment(run.plan))
    clock = compiler.clock_of(profile, parse_scale(run.plan.time_scale))
    try:
        monitor.renew(target, objectives.load(), clock, rates={})
    except (BackfillError, MonitorError) as error:
        found.checks.append(Check(name="clean history", verdict=Verdict.UNKNOWN, detail=str(error)))


def _take(run: Run, found: Findings, result: Result, begun: float) -> None:
    found.results.append(result)
    passed = sum(check.verdict is Verdict.PASS for check in result.checks)
    run.say(
        f"{time.monotonic() - begun:6.1f} s  {result.verdict:7}  {result.room}: "
        f"{passed} of {len(result.checks)} checks hold ({result.seconds:.0f} s)"
    )
    for check in result.checks:
        if check.verdict is not Verdict.PASS:
            run.say(f"          {check.verdict:7}  {check.name}: {check.detail[:300]}")


def _before_load(run: Run, target: Target) -> list[Examination]:
    common = ["--target", target.public_url, "--seed", str(run.seed)]
    if target.state_dir is not None:
        common += ["--state", str(target.state_dir)]
    cases = ["--cases", str(run.plan.contract_cases)]
    journeys = [part for name in run.plan.journeys for part in ("--only", name)]
    return [
        Examination("contracts", "contracts", [*common, *cases], run.out / "contracts", ROOM_SECONDS_MAX),
        Examination("e2e", "e2e", [*common, *journeys], run.out / "e2e", ROOM_SECONDS_MAX),
    ]


def _load(run: Run, target: Target) -> Examination:
    load = run.plan.load
    arguments = ["--profile", load.profile, "--target", target.public_url, "--seed", str(run.seed)]
    arguments += ["--seconds", str(load.seconds)]
    return Examination("loadtests", "loadtests", arguments, run.out / "load", load.seconds + ROOM_SECONDS_MAX)


def _after_load(run: Run, target: Target) -> list[Examination]:
    if target.state_dir is None:
        return []
    arguments = ["run", "--state", str(target.state_dir), "--seconds", str(run.plan.fault_seconds)]
    for fault in run.plan.faults:
        arguments += ["--only", fault]
    return [Examination("chaos", "chaos", arguments, run.out / "chaos", ROOM_SECONDS_MAX)]


def _steady_window(load: Result) -> Window | None:
    steady = load.data.get("steady")
    return Window(parse_time(steady["start"]), parse_time(steady["end"])) if steady else None


def _judge(found: Findings, target: Target) -> None:
    """Holds the objectives against both sides over the steady phase, and asks which alerts fired in it."""
    time.sleep(SETTLE_SECONDS)
    slos = objectives.load()
    client = _client_counts(found.load)
    prometheus = target.url("prometheus")
    if prometheus is None or found.window is None:
        found.judgements = [judging.decide(slo, server=None, client=client.get(slo.name)) for slo in slos]
        found.checks.append(
            Check(name="alerts", verdict=Verdict.UNKNOWN, detail="no Prometheus, or no steady phase")
        )
        return
    try:
        with Prometheus(prometheus) as server:
            found.judgements = judging.judge(server, found.window, slos, client)
            found.alerts = judging.alerts_fired(server, found.window)
    except PrometheusError as error:
        found.checks.append(Check(name="alerts", verdict=Verdict.UNKNOWN, detail=str(error)))
        return
    found.checks.append(_quiet(found.alerts))


def _quiet(alerts: Sequence[FiredAlert]) -> Check:
    """Under plain load no page may fire, and the watchdog must.

    Tickets are only named: their windows are longer than this run, so what they remember is the start of it.
    """
    pages = sorted({alert.name for alert in alerts if alert.severity == "page"} - {WATCHDOG})
    tickets = sorted({alert.name for alert in alerts if alert.severity == "ticket"})
    named = f"; tickets: {', '.join(tickets)}" if tickets else ""
    if pages:
        detail = f"paged under plain load: {', '.join(pages)}{named}"
        return Check(name="alerts", verdict=Verdict.FAIL, detail=detail)
    if WATCHDOG not in {alert.name for alert in alerts}:
        detail = f"{WATCHDOG} did not fire: rules are not evaluated{named}"
        return Check(name="alerts", verdict=Verdict.UNKNOWN, detail=detail)
    return Check(name="alerts", verdict=Verdict.PASS, detail=f"no page under plain load{named}")


def _wait_for_scrapes(target: Target) -> None:
    """Until every target was scraped once; before that alerts on absence fire, and rightly."""
    prometheus = target.url("prometheus")
    if prometheus is None:
        return
    deadline = time.monotonic() + SCRAPES_SECONDS_MAX
    with Prometheus(prometheus) as server:
        while time.monotonic() < deadline:
            seen = [series.samples[-1][1] for series in server.value("up", datetime.now(UTC))]
            if seen and all(value == 1 for value in seen):
                return
            time.sleep(0.5)


def _client_counts(load: Result | None) -> dict[str, judging.Count]:
    counts: dict[str, Any] = dict((load.data if load else {}).get("measurements", {}))
    return {name: judging.Count(good=found["good"], total=found["total"]) for name, found in counts.items()}


def _books(run: Run, target: Target) -> list[Check]:
    """The operator's own commands over the whole run: the ledger, analytics against the log, progress from it."""
    if target.state_dir is None:
        return [
            Check(
                name="ledger audit", verdict=Verdict.UNKNOWN, detail="the target's database is not known here"
            )
        ]
    looks = {"ledger audit": "audit", "reconciliation": "reconcile"}
    if run.runtime == "embedded":
        # On a broker a consumer may be behind the log at any moment, and would differ from what is made again.
        looks["replay"] = "replay"
    with ThreadPoolExecutor() as together:
        return list(together.map(lambda name: _operator(run, target, name, looks[name]), looks))


def _operator(run: Run, target: Target, name: str, command: str) -> Check:
    begun = time.monotonic()
    done = subprocess.run([*target.state()["operator"], command], capture_output=True, text=True, check=False)
    (run.out / f"{command}.log").write_text(done.stdout + done.stderr)
    verdict = {0: Verdict.PASS, 1: Verdict.FAIL}.get(done.returncode, Verdict.UNKNOWN)
    last = (done.stdout.strip() or done.stderr.strip()).splitlines()[-1:] or ["no output"]
    return Check(name=name, verdict=verdict, detail=last[0][:300], seconds=time.monotonic() - begun)


def _versions() -> dict[str, str]:
    def first_line(*command: str) -> str:
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError:
            return "not here"
        return ((done.stdout or done.stderr).strip().splitlines() or ["unknown"])[0]

    return {
        "commit": first_line("git", "rev-parse", "--short", "HEAD"),
        "python": platform.python_version(),
        "prometheus": first_line("prometheus", "--version"),
        "platform": platform.platform(),
        "cores": str(os.cpu_count()),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
