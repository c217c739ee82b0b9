"""The room's command line: `python -m dashboards`."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from alerts import verdict
from alerts.problems import ProblemsFoundError, refuse
from alerts.prometheus import Prometheus, PrometheusError, Window, parse_time
from alerts.rule_checks import ToolMissingError
from alerts.verdict import Verdict
from dashboards import boards, checks, drawing, movement, results, sources
from dashboards.boards import GENERATED_DIRECTORY

RESULTS_FILE = "results.json"

app = typer.Typer(
    name="dashboards",
    help="Builds Grafana's boards from the objectives and metrics, checks them, and draws them as pictures.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
console = verdict.terminal()


@app.command()
def build() -> None:
    """Renew the boards in dashboards/generated."""
    with _explained():
        files = boards.files(sources.load())
    for name, text in files.items():
        path = GENERATED_DIRECTORY / name
        changed = not path.is_file() or path.read_text() != text
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        _say(f"{'changed' if changed else 'current'}  {path}")


@app.command()
def check() -> None:
    """Fail when a board is stale, a panel lacks something, or a query names what nobody exports."""
    with _explained():
        found = sources.load()
        documents = boards.documents(found)
        refuse([*checks.problems(documents, found), *movement.problems(movement.load(), documents)])
        drift = checks.drift(boards.files(found), GENERATED_DIRECTORY)
        if drift:
            console.print("\n".join(drift[:200]), markup=False, highlight=False)
            _say("The boards are stale: run `python -m dashboards build` and commit what changes.")
            raise typer.Exit(Verdict.FAIL.exit_code)
        panels = sum(len(document["panels"]) for document in documents.values())
        _say(f"{len(documents)} boards, {panels} panels: current, complete, and every metric is exported")
        unused = checks.unused_metrics(documents, found)
        _say(f"{len(unused)} metrics that neither a board nor a rule reads: {', '.join(unused)}")


@app.command()
def render(
    *,
    out: Annotated[Path, typer.Option(help="Directory for the pictures and the results behind them.")],
    prometheus: Annotated[str | None, typer.Option(help="Address of Prometheus.")] = None,
    kept: Annotated[
        Path | None, typer.Option("--results", help="Draw results kept by an earlier run.")
    ] = None,
    start: Annotated[
        str | None, typer.Option(help="RFC 3339 or Unix seconds; an hour before the end.")
    ] = None,
    end: Annotated[str | None, typer.Option(help="RFC 3339 or Unix seconds; now.")] = None,
    scrape_seconds: Annotated[float, typer.Option(help="How often Prometheus scrapes.", min=0.1)] = 15,
) -> None:
    """Draw every board as a PNG, from a Prometheus or from the results that an earlier run kept."""
    if (prometheus is None) is (kept is None):
        raise typer.BadParameter("give either --prometheus or --results")
    with _explained():
        documents = boards.documents(sources.load())
        if kept is not None:
            found = results.read(kept)
        else:
            with Prometheus(str(prometheus)) as server:
                found = results.collect(documents, server, _window(start, end), scrape_seconds=scrape_seconds)
            results.write(found, out / RESULTS_FILE)
        out.mkdir(parents=True, exist_ok=True)
        for name in track(documents, description="drawing", console=console, transient=True):
            drawing.draw(documents[name], name, found).savefig(out / f"{name}.png")
            _say(f"{out / name}.png")
    empty = found.empty_panels(documents)
    if empty:
        _say(f"{len(empty)} panels without data: {'; '.join(empty)}")


@app.command()
def collect(
    *,
    prometheus: Annotated[str, typer.Option(help="Address of Prometheus.")],
    start: Annotated[str, typer.Option(help="RFC 3339 or Unix seconds.")],
    end: Annotated[str, typer.Option(help="RFC 3339 or Unix seconds.")],
    out: Annotated[Path, typer.Option(help="File for the results.")],
    fault: Annotated[list[str] | None, typer.Option(help="NAME=BEGAN=ENDED, Unix seconds; marked.")] = None,
    scrape_seconds: Annotated[float, typer.Option(help="How often Prometheus scrapes.", min=0.1)] = 1,
) -> None:
    """Keep what every panel shows around a fault, for `prove` and `render --results`."""
    with _explained():
        documents = boards.documents(sources.load())
        window = Window(parse_time(start), parse_time(end))
        marks = tuple(results.parse_mark(text) for text in fault or ())
        with Prometheus(prometheus) as server:
            found = results.collect(documents, server, window, scrape_seconds=scrape_seconds, faults=marks)
        results.write(found, out)


@app.command()
def prove(
    kept: Annotated[list[Path], typer.Argument(help="Results that `collect` kept, one file a fault.")],
    out: Annotated[Path, typer.Option(help="Directory for the verdicts and the pictures.")],
    tried_only: Annotated[bool, typer.Option(help="Leave out panels of other faults.")] = False,
) -> None:
    """Fail when a panel never has data, or does not move under the fault that it is mapped to."""
    began = datetime.now(UTC)
    with _explained():
        documents = boards.documents(sources.load())
        mapped = movement.load()
        refuse(movement.problems(mapped, documents))
        trials = [
            movement.Trial(mark.name, mark.began, found)
            for found in (results.read(path) for path in kept)
            for mark in found.faults
        ]
        checks_made = movement.checks(mapped, documents, trials, tried_only=tried_only)
        for name, document in documents.items():
            shown = next((one for one in trials if one.fault == mapped[name].every), None)
            if shown is not None:
                out.mkdir(parents=True, exist_ok=True)
                drawing.draw(document, name, shown.results).savefig(out / f"{name}.png")
    result = verdict.Result(
        room="dashboards",
        started_at=began,
        seconds=(datetime.now(UTC) - began).total_seconds(),
        reproduce=shlex.join(["python", "-m", "dashboards", *sys.argv[1:]]),
        checks=tuple(checks_made),
        data={"requires": {board: dict(found.requires) for board, found in mapped.items() if found.requires}},
    )
    verdict.write(result, out)
    verdict.print_table(result, console)
    raise typer.Exit(result.verdict.exit_code)


def _window(start: str | None, end: str | None) -> Window:
    until = parse_time(end) if end is not None else datetime.now(UTC)
    return Window(parse_time(start) if start is not None else until - timedelta(hours=1), until)


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def _explained() -> Iterator[None]:
    """Turn known errors into a message and an exit code instead of a traceback."""
    try:
        yield
    except ProblemsFoundError as error:
        for problem in error.problems:
            console.print(str(problem), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(Verdict.FAIL.exit_code) from error
    except (PrometheusError, ToolMissingError, ValueError) as error:
        console.print(str(error), style="yellow", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(Verdict.UNKNOWN.exit_code) from error
