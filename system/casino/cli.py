"""The operator's command: `casino --help`. Each command is a few lines that call a room."""

import asyncio
import gc
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar
from uuid import UUID

import typer
from alembic import command as alembic
from alembic.config import Config
from dotenv import dotenv_values

from casino.kit.database import Database
from casino.kit.settings import Settings, load_settings

if TYPE_CHECKING:
    from casino.analytics.service import Reconciliation
    from casino.embedded import Command
    from casino.wallet.audit_report import AuditReport

Result = TypeVar("Result")
cli = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
dlq = typer.Typer(no_args_is_help=True, help="Facts that consumers could not take and put aside.")
cli.add_typer(dlq, name="dlq")
PrivatePort = Annotated[int, typer.Option(help="Port of this process alone: metrics and readiness.")]
SettingsFile = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        exists=True,
        dir_okay=False,
        help="File of NAME=VALUE lines that win over the environment; `casino up` writes one: DIR/settings.env.",
    ),
]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
StateDir = Annotated[
    Path | None, typer.Option(help="Where the embedded system keeps its data and state.json.")
]
SYSTEM = Path(__file__).parents[1]


@cli.callback()
def settings_from(settings: SettingsFile = None) -> None:
    """Runs and inspects the casino."""
    if settings is not None:
        os.environ.update({name: value or "" for name, value in dotenv_values(settings).items()})


@cli.command()
def serve(host: Host = "127.0.0.1", port: int = 8000, private_port: PrivatePort = 9000) -> None:
    """Runs one API process; several may share the public port."""
    gc.disable()  # Until it serves: what is loaded stays, and walking it costs a fifth of the start.
    from casino.app import run_api

    run_api(load_settings(), host=host, port=port, private_port=private_port)


@cli.command()
def work(host: Host = "127.0.0.1", private_port: PrivatePort = 9001) -> None:
    """Runs one worker: the fact log, the consumers, the scheduled jobs."""
    gc.disable()
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
def seed() -> None:
    """Creates what a fresh casino needs: invite code 5858, what there is to do, win and buy, accounts if asked for."""
    from casino.achievements import service as achievements
    from casino.battlepass import service as battlepass
    from casino.events import service as events
    from casino.identity.service import seed_basic
    from casino.kit.days import Calendar
    from casino.rewards import service as rewards
    from casino.shop.service import seed_catalogue

    async def run(database: Database, settings: Settings) -> list[str]:
        calendar = Calendar(settings.time_zone)
        await seed_catalogue(database)
        return [
            *await seed_basic(database, settings),
            *await rewards.seed_content(database),
            *await events.seed_content(database, calendar),
            *await achievements.seed_content(database),
            *await battlepass.seed_content(database, calendar),
        ]

    for line in _with_database(run):
        typer.echo(line)


@cli.command()
def promote(
    site_id: str, role: Annotated[str, typer.Option(help="user, operator or admin.")] = "admin"
) -> None:
    """Gives an account a role; the first admin of a production system is made this way."""
    from casino.identity import service

    async def run(database: Database, _: Settings) -> int:
        async with database.transaction() as connection:
            return await service.promote(connection, site_id, role=role)

    typer.echo(f"user {_with_database(run)} ({site_id}) is {role} now")


@cli.command("rotate-pii")
def rotate_pii() -> None:
    """Moves personal data from the previous key to today's; then the previous one can be thrown away."""
    from casino.identity.service import PersonalData, rotate_personal_data

    async def run(database: Database, settings: Settings) -> int:
        return await rotate_personal_data(database, PersonalData.of(settings))

    typer.echo(f"{_with_database(run)} users moved to today's key")


@cli.command()
def audit() -> None:
    """Recomputes every invariant of the ledger from its first transfer; exit code 1 when one is violated."""
    from casino.battlepass.service import premium_sales
    from casino.games.service import house_results
    from casino.identity.service import sign_up_gifts
    from casino.rewards.service import reward_grants
    from casino.shop.service import audited_sales
    from casino.wallet.audit import Scope
    from casino.wallet.jobs import checkpoint_file, run_audit

    async def run(database: Database, settings: Settings) -> "AuditReport":
        sources = [house_results(), sign_up_gifts(), reward_grants(), premium_sales(), *audited_sales()]
        scope = Scope(full=True, sources=sources, file=checkpoint_file(settings))
        return await run_audit(database, scope)

    report = _with_database(run)
    typer.echo(report.text())
    raise typer.Exit(0 if report.holds else 1)


@cli.command()
def reconcile() -> None:
    """Holds the analytics store against the fact log and writes what is missing; exit code 1 when something was."""
    from casino.analytics.service import ClickHouse, Sink
    from casino.analytics.service import reconcile as hold

    async def run(database: Database, settings: Settings) -> "Reconciliation":
        clickhouse = ClickHouse(settings.clickhouse_url.get_secret_value())
        try:
            return await hold(database, clickhouse, Sink(clickhouse), reads_log=not settings.kafka_enabled)
        finally:
            await clickhouse.close()

    found = _with_database(run)
    typer.echo(found.text())
    raise typer.Exit(1 if found.missing or found.strangers else 0)


@cli.command()
def replay() -> None:
    """Makes what follows from the fact log again, beside what is live; exit code 1 when they differ."""
    from casino.kit.projections import Replayed
    from casino.kit.projections import replay as make_again
    from casino.worker import projections

    async def run(database: Database, settings: Settings) -> "list[Replayed]":
        return [await make_again(database, one) for one in projections(settings)]

    replayed = _with_database(run)
    for one in replayed:
        typer.echo(one.text())
    raise typer.Exit(0 if all(one.holds for one in replayed) else 1)


@dlq.command("list")
def list_dead(
    consumer: Annotated[str | None, typer.Argument(help="Only what this one put aside.")] = None,
) -> None:
    """Shows each fact with its consumer, its type and why it could not be taken; exit code 1 when there are some."""
    from casino.kit import dead_facts

    async def run(database: Database, _: Settings) -> list[str]:
        async with database.snapshot() as connection:
            rows = await dead_facts.waiting(connection, consumer)
        return [f"{row.consumer}  {row.event_id}  {row.fact_data['type']}  {row.reason}" for row in rows]

    lines = _with_database(run)
    for line in lines:
        typer.echo(line)
    typer.echo(f"{len(lines)} facts are put aside")
    raise typer.Exit(1 if lines else 0)


@dlq.command("replay")
def replay_dead(
    consumer: Annotated[str | None, typer.Argument(help="Only what this one put aside.")] = None,
) -> None:
    """Lets consumers take what they put aside, once they are mended; exit code 1 when some failed again."""
    from casino.worker import take_again

    try:
        found = asyncio.run(take_again(load_settings(), consumer))
    except LookupError as error:
        raise typer.BadParameter(str(error)) from error
    for one in found:
        if one.taken or one.failed:
            typer.echo(one.text())
    typer.echo(f"{sum(one.taken for one in found)} facts taken")
    raise typer.Exit(1 if any(one.failed for one in found) else 0)


@dlq.command("drop")
def drop_dead(
    consumer: Annotated[str, typer.Argument(help="Who put it aside.")],
    event_id: Annotated[UUID, typer.Argument(help="Which fact, as `dlq list` shows it.")],
) -> None:
    """Writes a fact off: nobody takes it any more."""
    from casino.kit import dead_facts

    async def run(database: Database, _: Settings) -> bool:
        async with database.transaction() as connection:
            return await dead_facts.write_off(connection, consumer, event_id)

    if not _with_database(run):
        raise typer.BadParameter(f"{consumer} has put aside no fact {event_id}; see `casino dlq list`")
    typer.echo(f"{consumer} will not take {event_id}")


@cli.command()
def certify(
    rounds: Annotated[int, typer.Option(min=10_000, help="Rounds of each game.")] = 10_000_000,
    seed: Annotated[str, typer.Option(help="Server seed in hex: the same one deals the same rounds.")] = "",
    spoil: Annotated[float, typer.Option(min=0, max=0.5, help="Plant a bias in this share of rounds.")] = 0.0,
    out: Annotated[Path | None, typer.Option(help="Folder for certificate.json and certificate.txt.")] = None,
) -> None:
    """Tests every game's draws and returns; exit code 1 when one is not what is published."""
    from casino.games import commands

    raise typer.Exit(commands.certify(rounds, seed, spoil, out, typer.echo))


@cli.command()
def simulate(
    users: Annotated[int, typer.Option(min=100, help="Players.")] = 10_000,
    days: Annotated[int, typer.Option(min=8, help="Days; the first seven are not judged.")] = 30,
    seed: Annotated[int, typer.Option(help="The same one plays the same month.")] = 1,
    population: Annotated[Path | None, typer.Option(help="Assumptions other than the shipped ones.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the report and its plots.")] = None,
) -> None:
    """Plays a month of the club by its real tables; exit code 1 when a target of the economy is missed."""
    from casino.games import commands

    raise typer.Exit(commands.simulate(users, days, seed, population, out, typer.echo))


@cli.command(name="verify-round")
def verify_round(
    file: Annotated[
        Path, typer.Argument(help="A round and its revealed seed as JSON; - reads standard input.")
    ],
) -> None:
    """Draws a past round again, without any server; exit code 1 when it was settled otherwise."""
    from casino.games import commands

    raise typer.Exit(commands.verify_round(file, typer.echo))


@cli.command()
def up(
    state_dir: StateDir = None,
    ephemeral: Annotated[bool, typer.Option(help="Keep nothing when it stops.")] = False,
    port: Annotated[int, typer.Option(help="Public port; 0 takes a free one.")] = 8000,
    api: Annotated[int, typer.Option(help="API processes that share the public port.")] = 2,
    monitoring: Annotated[bool, typer.Option(help="Run Prometheus, Alertmanager and the prober too.")] = True,
    rules: Annotated[list[Path], typer.Option(help="Rule files for Prometheus; repeatable.")] = [],  # noqa: B006 - Typer reads it
    alertmanager_config: Annotated[Path | None, typer.Option(help="Alertmanager's configuration.")] = None,
    scrape_interval: Annotated[str, typer.Option(help="How often Prometheus scrapes and evaluates.")] = "1s",
    links: Annotated[bool, typer.Option(help="Put a relay before each engine, for network faults.")] = False,
    env: Annotated[list[str], typer.Option(help="NAME=VALUE for every process; repeatable.")] = [],  # noqa: B006 - Typer reads it
) -> None:
    """Runs the whole casino on this machine, on engines from packages; Ctrl-C stops it."""
    from casino import embedded

    options = embedded.Options(
        state_dir=state_dir,
        ephemeral=ephemeral,
        port=port,
        api=api,
        monitoring=monitoring,
        rules=tuple(rules),
        alertmanager_config=alertmanager_config,
        scrape_interval=scrape_interval,
        evaluation_interval=scrape_interval,
        links=links,
        env=dict(_named(pair) for pair in env),
        commands=(_command("migrate"), _command("seed")),
    )
    raise typer.Exit(embedded.up(options))


@cli.command()
def down(state_dir: StateDir = Path(".casino")) -> None:
    """Stops the casino that runs in a state directory."""
    from casino import embedded

    raise typer.Exit(embedded.down(state_dir or Path(".casino")))


def _command(name: str) -> "Command":
    from casino.embedded import Command

    return Command(name=name, argv=(sys.executable, "-m", "casino.cli", name))


def _named(pair: str) -> tuple[str, str]:
    name, separator, value = pair.partition("=")
    if not separator or not name:
        raise typer.BadParameter(f"{pair!r} is not NAME=VALUE")
    return name, value


def _with_database(work: Callable[[Database, Settings], Awaitable[Result]]) -> Result:
    """Runs `work` with a pool of its own and gives its result."""
    settings = load_settings()

    async def run() -> Result:
        database = Database(settings.database_url.get_secret_value(), pool_size=4, instance="casino-cli")
        try:
            return await work(database, settings)
        finally:
            await database.close()

    return asyncio.run(run())


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
