"""The room's command line: `python -m alerts`."""

from __future__ import annotations

import json
import shlex
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from alerts import (
    compiler,
    heartbeat,
    judge,
    kubernetes,
    profiles,
    proofs,
    rule_checks,
    runbooks,
    slo,
    tables,
    verdict,
)
from alerts.clock import parse_scale
from alerts.compiler import GENERATED_DIRECTORY
from alerts.duration import Duration
from alerts.gate.command import run_gate
from alerts.problems import ProblemsFoundError, refuse
from alerts.prometheus import Prometheus, PrometheusError, Window, parse_time
from alerts.prove import steps
from alerts.prove.command import run_proof
from alerts.verdict import Check, Result, Verdict

app = typer.Typer(
    name="alerts",
    help="Compiles the objectives in alerts/slos into rules, alerts and tests, and judges them.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
console = verdict.terminal()

TimeScale = Annotated[
    str, typer.Option(help="Speed of the clock: 1 is production, 1/60 makes an hour a minute.")
]
ProfileName = Annotated[str, typer.Option(help="Environment: a file of alerts/profiles, without .env.")]
OutDirectory = Annotated[Path | None, typer.Option(help="Write here instead.")]


@app.command("compile")
def compile_(
    time_scale: TimeScale = "1",
    profile: ProfileName = compiler.COMMITTED_PROFILE,
    out: OutDirectory = None,
    check: Annotated[
        bool, typer.Option(help="Write nothing; fail when the committed files are stale.")
    ] = False,
) -> None:
    """Compile rules, unit tests, Alertmanager's configuration and runbooks.

    Without --out it renews alerts/generated and alerts/runbooks: production's clock and profile, whatever the
    process environment says. Another clock or profile needs --out; there the environment replaces settings.
    """
    with _explained():
        if out is None:
            _compile_committed(time_scale, profile, check=check)
            return
        chosen = profiles.load(profile)
        compiled = compiler.compile_room(chosen, parse_scale(time_scale))
        compiler.write(compiled.files(), out)
        replaced = f"; from the environment: {', '.join(chosen.overridden)}" if chosen.overridden else ""
        _say(f"{_summary(compiled)} for {profile} at {time_scale}{replaced}")
        for name in compiled.files():
            _say(f"  {out / name}")


@app.command("test")
def test_(
    directory: Annotated[Path, typer.Option(help="Compiled files to test.")] = GENERATED_DIRECTORY,
    out: OutDirectory = None,
) -> None:
    """Check rules, run every unit test with promtool, and ask amtool where alerts go."""
    began = datetime.now(UTC)
    checks: list[Check] = []
    with _explained(), console.status("promtool and amtool at work") as status:
        for found in rule_checks.checks(directory):
            checks.append(found)
            status.update(f"{found.name}: {found.verdict}")
    result = _result(checks, began, {})
    verdict.print_table(result, console)
    _leave(result, out)


@app.command("judge")
def judge_(
    prometheus: Annotated[str, typer.Option(help="Address of Prometheus, such as http://127.0.0.1:9090.")],
    start: Annotated[str, typer.Option(help="Start of the window: RFC 3339 or Unix seconds.")],
    end: Annotated[str, typer.Option(help="End of the window.")],
    client: Annotated[
        Path | None, typer.Option(help="A load generator's counts by objective (JSON).")
    ] = None,
    out: OutDirectory = None,
) -> None:
    """Judge every objective over a window of time, and list the alerts that fired in it."""
    began = datetime.now(UTC)
    with _explained():
        window = Window(parse_time(start), parse_time(end))
        seen = judge.read_client(client) if client is not None else {}
        with Prometheus(prometheus) as server:
            found = judge.judge(server, window, slo.load(), seen)
            fired = judge.alerts_fired(server, window)
    console.print(tables.judgements(found))
    for one in found:
        if one.verdict is not Verdict.PASS or one.findings:
            _say(f"{one.verdict} {one.slo.name}: {one.detail}")
    if fired:
        console.print(tables.fired(fired))
    data = {
        "objectives": [one.as_data() for one in found],
        "alerts": [
            {
                "name": one.name,
                "severity": one.severity,
                "first": one.first.isoformat(),
                "labels": dict(one.labels),
            }
            for one in fired
        ],
    }
    _leave(_result([one.as_check() for one in found], began, data), out)


@app.command("predict")
def predict_(time_scale: TimeScale = "1", profile: ProfileName = compiler.COMMITTED_PROFILE) -> None:
    """Print how soon each burn-rate alert speaks, by the share of events that fail."""
    with _explained():
        slos, chosen = slo.load(), profiles.load(profile)
        clock = compiler.clock_of(chosen, parse_scale(time_scale))
        console.print(tables.predictions(slos, compiler.predictions_of(slos, chosen, clock), clock))


@app.command("export")
def export_(
    kubernetes_: Annotated[bool, typer.Option("--kubernetes", help="As a PrometheusRule object.")] = False,
    profile: ProfileName = compiler.COMMITTED_PROFILE,
    out: Annotated[Path | None, typer.Option(help="Write to this file instead of standard output.")] = None,
) -> None:
    """Export the rules for another system; today that is the Prometheus operator on Kubernetes."""
    with _explained():
        if not kubernetes_:
            raise typer.BadParameter("say for what: --kubernetes")
        text = kubernetes.prometheus_rule(compiler.compile_room(profiles.load(profile)))
    if out is None:
        sys.stdout.write(text)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text)
        _say(f"wrote {out}")


@app.command("gate")
def gate_(
    profile: Annotated[str, typer.Option(help="smoke, full, release or soak.")] = "smoke",
    runtime: Annotated[str, typer.Option(help="embedded or composed: what is started.")] = "embedded",
    target: Annotated[str | None, typer.Option(help="Examine what runs at this URL instead.")] = None,
    seed: Annotated[int | None, typer.Option(help="Draws everything random; a new one is printed.")] = None,
    baseline: Annotated[
        Path | None, typer.Option(help="An earlier report.json to hold latencies against.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder that gets one folder a run.")] = Path("reports"),
) -> None:
    """Start the casino, examine it with every room, and judge it by the objectives."""
    found = run_gate(profile=profile, runtime=runtime, target=target, out=out, seed=seed, baseline=baseline)
    raise typer.Exit(found.exit_code)


@app.command("prove")
def prove_(
    profile: Annotated[str, typer.Option(help="smoke or full.")] = "smoke",
    only: Annotated[list[str] | None, typer.Option(help="One fault of proofs.yaml; can be repeated.")] = None,
    resume: Annotated[Path | None, typer.Option(help="Go on with the run in this folder.")] = None,
    out: Annotated[Path, typer.Option(help="Folder that gets one folder a run.")] = Path("reports"),
) -> None:
    """Show that every alert fires on its fault and on nothing else, and how soon, on the real stack."""
    with _explained():
        found = run_proof(profile=profile, out=out, resume=resume, only=tuple(only or ()))
    raise typer.Exit(found.exit_code)


@app.command("heartbeat")
def heartbeat_(
    page: Annotated[
        str, typer.Option(help="Where to post the page, such as a webhook of the on-call service.")
    ],
    port: Annotated[
        int, typer.Option(help="Listen here, on loopback, for ALERTMANAGER_HEARTBEAT_URL.")
    ] = 9098,
    patience: Annotated[str, typer.Option(help="How long the Watchdog may stay away.")] = "11m",
    profile: ProfileName = compiler.COMMITTED_PROFILE,
) -> None:
    """Page when no Watchdog has come for a while: then no alert of the casino reaches anybody. Runs until stopped."""
    with _explained():
        length = Duration.parse(patience)
        runbook = runbooks.url_of(heartbeat.WATCHDOG, profiles.load(profile).text("RUNBOOK_BASE_URL"))
        switch, stop = heartbeat.Switch(length), threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        with heartbeat.listening(switch, port) as url, suppress(KeyboardInterrupt):
            _say(f"listening at {url}, patient for {length}")
            heartbeat.watch(switch, page, lambda status: heartbeat.page_of(status, length, runbook), stop)


@app.command("env")
def env_(
    state: Annotated[Path, typer.Option(help="The casino's state directory.")] = Path(".casino"),
) -> None:
    """Print the variables that runbooks use, for the shell: eval "$(python -m alerts env)"."""
    document = json.loads((state / "state.json").read_text())
    for name, value in steps.environment(document, state.resolve()).items():
        typer.echo(f"export {name}={shlex.quote(value)}")


def _compile_committed(time_scale: str, profile: str, *, check: bool) -> None:
    if (time_scale, profile) != ("1", compiler.COMMITTED_PROFILE):
        raise typer.BadParameter(
            "another clock or profile needs --out DIR; the committed files are production's"
        )
    compiled = compiler.committed()
    refuse(proofs.problems(proofs.load(), compiled.alerts, compiled.tests))
    if not check:
        changed = compiler.write(compiled.files(), GENERATED_DIRECTORY)
        changed += compiler.write(compiled.runbooks, runbooks.RUNBOOK_DIRECTORY)
        _say(f"{_summary(compiled)}; {len(changed)} files changed")
        for path in changed:
            _say(f"  {path}")
        return
    drift = compiler.drift(compiled, GENERATED_DIRECTORY)
    if drift:
        console.print("\n".join(drift[:200]), markup=False, highlight=False)
        _say("The generated files are stale: run `python -m alerts compile` and commit what changes.")
        raise typer.Exit(Verdict.FAIL.exit_code)
    _say(f"{_summary(compiled)}; the committed files are what the sources give")


def _summary(compiled: compiler.Compiled) -> str:
    rules = sum(len(group["rules"]) for group in compiled.rules["groups"])
    tests = sum(len(file["tests"]) for file in compiled.tests.values())
    return (
        f"{len(compiled.slos)} objectives, {rules - len(compiled.alerts)} recording rules, "
        f"{len(compiled.alerts)} alerts, {tests} unit tests"
    )


def _result(checks: list[Check], began: datetime, data: Mapping[str, object]) -> Result:
    return Result(
        room="alerts",
        started_at=began,
        seconds=(datetime.now(UTC) - began).total_seconds(),
        reproduce=shlex.join(["python", "-m", "alerts", *sys.argv[1:]]),
        checks=tuple(checks),
        data=data,
    )


def _leave(result: Result, out: Path | None) -> NoReturn:
    """Write the result where asked, say the verdict, and leave with its exit code."""
    if out is not None:
        verdict.write(result, out)
        _say(f"written to {out}")
    console.print(f"alerts: {result.verdict}", style=result.verdict.style)
    raise typer.Exit(result.verdict.exit_code)


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def _explained() -> Iterator[None]:
    """Turn this room's own errors into a message and an exit code instead of a traceback."""
    try:
        yield
    except ProblemsFoundError as error:
        for problem in error.problems:
            console.print(str(problem), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(Verdict.FAIL.exit_code) from error
    except (PrometheusError, rule_checks.ToolMissingError, ValueError) as error:
        console.print(str(error), style="yellow", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(Verdict.UNKNOWN.exit_code) from error
