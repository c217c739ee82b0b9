"""The operator's command: `casino --help`. Each command is a few lines that call a room."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from alembic import command as alembic
from alembic.config import Config

from casino.kit.settings import Settings, load_settings

cli = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="Runs and inspects the casino.")
PrivatePort = Annotated[int, typer.Option(help="Port of this process alone: metrics and readiness.")]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
StateDir = Annotated[Path, typer.Option(help="Where the embedded system keeps its data and state.json.")]
SYSTEM = Path(__file__).parents[1]


@cli.command()
def serve(host: Host = "127.0.0.1", port: int = 8000, private_port: PrivatePort = 9000) -> None:
    """Runs one API process; several may share the public port."""
    from casino.app import run_api

    run_api(load_settings(), host=host, port=port, private_port=private_port)


@cli.command()
def work(host: Host = "127.0.0.1", private_port: PrivatePort = 9001) -> None:
    """Runs one worker: the fact log, the consumers, the scheduled jobs."""
    from casino.worker import run_worker

    run_worker(load_settings(), host=host, private_port=private_port)


@cli.command()
def migrate(
    revision: Annotated[str, typer.Argument(help="Where to go: head, base, +1, -1 or a revision.")] = "head",
) -> None:
    """Brings the database's tables to a revision."""
    config = Config()
    config.set_main_option("script_location", str(SYSTEM / "migrations"))
    sys.path.insert(0, str(SYSTEM))
    down = revision.startswith("-") or revision == "base"
    (alembic.downgrade if down else alembic.upgrade)(config, revision)
    typer.echo(f"database is at {revision}")


@cli.command()
def openapi() -> None:
    """Prints the OpenAPI document of this version."""
    import orjson

    from casino.app import build_api, build_parts

    document = build_api(build_parts(Settings())).openapi()
    typer.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))


@cli.command()
def env() -> None:
    """Prints every setting with its meaning and default, in the form of `.env.example`."""
    for name, field in Settings.model_fields.items():
        default = field.get_default()
        shown = default.get_secret_value() if hasattr(default, "get_secret_value") else default
        value = str(shown).lower() if isinstance(shown, bool) else "" if shown is None else shown
        typer.echo(f"# {field.description}\n{name.upper()}={value}\n")


if __name__ == "__main__":
    cli()
