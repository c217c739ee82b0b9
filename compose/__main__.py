"""`python -m compose`: the composed stack's commands."""

from __future__ import annotations

import shlex
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from compose import engine, images, service_tests, smoke, stack, state
from compose.images import Images
from compose.stack import Profile, Stack
from compose.supervise import Supervisor

DEFAULT_STATE_DIR = engine.TOP / ".casino-composed"

cli = typer.Typer(
    no_args_is_help=True, add_completion=False, help="The casino and its engines in containers."
)

StateDir = Annotated[Path, typer.Option(help="Where state.json, hold/ and generated settings are kept.")]
WhichImages = Annotated[Images, typer.Option("--images", help="auto: a registry's, else built here.")]


@cli.command()
def up(
    *,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    which: WhichImages = Images.AUTO,
    profile: Annotated[Profile, typer.Option(help="Which overlays are added.")] = Profile.DEV,
    foreground: Annotated[bool, typer.Option(help="Stay; go down on SIGINT or SIGTERM.")] = False,
    ephemeral: Annotated[bool, typer.Option(help="Empty volumes of its own, gone at the end.")] = False,
    rules: Annotated[list[Path] | None, typer.Option(help="Rule files instead of the alerts room's.")] = None,
    alertmanager_config: Annotated[Path | None, typer.Option(help="Instead of the alerts room's.")] = None,
    scrape_interval: Annotated[str | None, typer.Option(help="Like 1s.")] = None,
    env: Annotated[list[str] | None, typer.Option(help="KEY=VALUE for the application.")] = None,
) -> None:
    """Build what is missing, start the stack, wait until it is healthy, write state.json."""
    engine.ensure(state_dir)
    wanted = Stack(
        state_dir=state_dir.resolve(),
        images=images.choose(which),
        ephemeral=ephemeral,
        profile=profile,
        rules=tuple(rules or ()),
        alertmanager_config=alertmanager_config,
        scrape_interval=scrape_interval,
        environment=dict(_pair(text) for text in env or ()),
    )
    images.build(wanted.images)
    if foreground:
        _stay(wanted)
    else:
        _bring_up(wanted)


def _bring_up(wanted: Stack) -> None:
    stack.up(wanted)
    state.write(wanted.state_dir, state.describe(wanted.project))
    typer.echo(f"stack: healthy; public address and accounts in {wanted.state_dir / state.STATE_FILE}")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"--env {text!r} is not KEY=VALUE")
    return name, value


def _stay(wanted: Stack) -> None:
    """Bring it up and watch over it; whatever ends that, nothing of it is left running but its logs."""
    stopped = threading.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda *_: stopped.set())
    try:
        _bring_up(wanted)
        Supervisor(wanted.project, wanted.state_dir, stopped).run()
    finally:
        stack.keep_logs(wanted.project, wanted.state_dir / stack.LOG_FOLDER)
        stack.down(wanted.project)
        state.write(wanted.state_dir, state.describe(wanted.project))
        engine.stop(wanted.state_dir)


@cli.command()
def down(
    state_dir: StateDir = DEFAULT_STATE_DIR,
    volumes: Annotated[bool, typer.Option(help="Remove the data too.")] = False,
    stop_engine: Annotated[bool, typer.Option(help="Stop the engine, if `up` started it.")] = True,
) -> None:
    """Stop the stack in order, and the engine if it was started for it."""
    project = state.project_of(state_dir)
    stack.down(project, volumes=volumes)
    state.write(state_dir, state.describe(project))
    if stop_engine:
        engine.stop(state_dir)


@cli.command()
def build(
    state_dir: StateDir = DEFAULT_STATE_DIR,
    which: WhichImages = Images.AUTO,
    fresh: Annotated[bool, typer.Option(help="Take nothing from the cache.")] = False,
) -> None:
    """Build the images."""
    engine.ensure(state_dir)
    images.build(images.choose(which), fresh=fresh)


@cli.command()
def status(state_dir: StateDir = DEFAULT_STATE_DIR) -> None:
    """Print each container's health; exit 0 when all are well, 1 when one is not, 2 when nothing runs."""
    table = Table("service", "health")
    lasting = [found for found in engine.containers(state.project_of(state_dir)) if engine.lasts(found)]
    for found in lasting:
        table.add_row(engine.service(found), engine.health(found))
    Console().print(table)
    raise typer.Exit(int(not all(map(engine.is_well, lasting))) if lasting else 2)


@cli.command(name="smoke")
def smoke_command(
    out: Annotated[Path, typer.Option(help="Where result.json and junit.xml go.")] = Path("reports/composed"),
    state_dir: StateDir = DEFAULT_STATE_DIR,
    which: WhichImages = Images.AUTO,
    keep: Annotated[bool, typer.Option(help="Leave the stack running.")] = False,
) -> None:
    """Prove the whole stack once: one player, one spin, followed into every engine."""
    reproduce = shlex.join(["python", "-m", "compose", *sys.argv[1:]])
    raise typer.Exit(smoke.run(out, state_dir.resolve(), which, keep=keep, reproduce=reproduce))


@cli.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def tests(
    context: typer.Context, state_dir: StateDir = DEFAULT_STATE_DIR, which: WhichImages = Images.AUTO
) -> None:
    """Run the service tests on engines in containers; other arguments are pytest's."""
    engine.ensure(state_dir)
    try:
        chosen = images.choose(which)
        images.build(chosen)
        raise typer.Exit(service_tests.run(chosen, context.args))
    finally:
        engine.stop(state_dir)


def main() -> None:
    """Run the command line; an engine that is missing or refuses ends in one line and exit code 2."""
    try:
        cli()
    except engine.EngineError as error:
        typer.echo(f"compose: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
