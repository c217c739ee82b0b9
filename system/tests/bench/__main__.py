"""`make bench`: spins a second of the real code against PostgreSQL alone, as ratios from the same run."""

import argparse
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from casino.embedded import start_engines
from casino.embedded.ports import PortLeases
from tests.bench import games, pgbench, profile, stage

VARIANTS = {
    "coalesced, lean route (as shipped)": {},
    "coalesced, FastAPI route": {"LEAN_ROUTES": "false"},
    "one by one, lean route": {"SPIN_COALESCING": "false"},
}
AIM = 0.35


def main() -> int:
    """Measures in rounds, each figure once a round, and prints the medians and their spread."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=main.__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=6, help="of each measurement")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.stderr.write("bench: the load generator wrk is missing: install the package wrk\n")
        return 2
    console = Console(width=120)
    with tempfile.TemporaryDirectory(prefix="casino-bench-") as name:
        folder = Path(name)
        with start_engines(folder / "engines", olap=False) as urls:
            assert urls.postgres
            stage.migrate(urls)
            players = stage.make_players(urls, folder)
            alone: list[float] = []
            found: dict[str, list[stage.Measured]] = {variant: [] for variant in VARIANTS}
            leases = PortLeases(holder="bench")
            ports = leases.lease(), leases.lease()
            for turn in range(options.rounds):
                console.print(f"round {turn + 1} of {options.rounds}")
                alone.append(
                    pgbench.per_second(urls.postgres, players.ids, seconds=options.seconds, folder=folder)
                )
                for variant, settings in VARIANTS.items():
                    with stage.api(urls, folder, ports, **settings) as api:
                        stage.load(api, players, seconds=2, folder=folder)
                        measured = stage.load(api, players, seconds=options.seconds, folder=folder)
                    found[variant].append(measured)
            compared = games.compare(urls, players.ids, seconds=options.seconds, folder=folder)
            with stage.api(urls, folder, ports) as api:
                cpu = _profiled(api, players, options.seconds, folder)
    _print(console, alone, found)
    _print_games(console, compared)
    _print_shares(
        console, cpu, median(one.cpu_microseconds for one in found["coalesced, lean route (as shipped)"])
    )
    return 1 if any(one.failed for measured in found.values() for one in measured) else 0


def _profiled(api: stage.Api, players: stage.Players, seconds: int, folder: Path) -> dict[str, float]:
    with ThreadPoolExecutor(1) as beside:
        watching = beside.submit(profile.shares, api.process.pid, seconds=seconds, folder=folder)
        stage.load(api, players, seconds=seconds + 2, folder=folder)
        return watching.result()


def _print(console: Console, alone: list[float], found: dict[str, list[stage.Measured]]) -> None:
    table = Table(title="Spins a second, medians; ratios to pgbench of the same round", title_justify="left")
    for column in (
        "variant",
        "a second",
        "ratio to pgbench",
        "lowest",
        "highest",
        "API CPU a spin",
        "failed",
    ):
        table.add_column(column, justify="left" if column == "variant" else "right")
    table.add_row("pgbench, the same statement alone", f"{median(alone):,.0f}", "1.00", "", "", "", "0")
    for variant, measured in found.items():
        ratios = [one.per_second / tps for one, tps in zip(measured, alone, strict=True)]
        table.add_row(
            variant,
            f"{median(one.per_second for one in measured):,.0f}",
            f"{median(ratios):.2f}",
            f"{min(ratios):.2f}",
            f"{max(ratios):.2f}",
            f"{median(one.cpu_microseconds for one in measured):.0f} µs",
            str(sum(one.failed for one in measured)),
        )
    console.print(table)
    console.print(f"aim for the shipped one: {AIM}")


def _print_games(console: Console, compared: list[games.Compared]) -> None:
    table = Table(
        title="Rounds a second of each game, in one process without HTTP; a round of crash is two statements",
        title_justify="left",
    )
    for column in ("game", "a second", "PostgreSQL alone", "ratio"):
        table.add_column(column, justify="left" if column == "game" else "right")
    for one in compared:
        table.add_row(one.game, f"{one.per_second:,.0f}", f"{one.alone_per_second:,.0f}", f"{one.ratio:.2f}")
    console.print(table)


def _print_shares(console: Console, shares: dict[str, float], cpu_microseconds: float) -> None:
    table = Table(title="The API's CPU, shipped variant", title_justify="left")
    table.add_column("spent on")
    table.add_column("share", justify="right")
    table.add_column("a spin", justify="right")
    for name, share in shares.items():
        table.add_row(name, f"{share:.0%}", f"{share * cpu_microseconds:.0f} µs")
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
