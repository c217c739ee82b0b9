"""The command line of the proofs."""

from __future__ import annotations

import argparse
import asyncio
import resource
import secrets
import shlex
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from alerts.verdict import Check, Result, Verdict, print_table, write
from loadtests.inbox import Inbox
from loadtests.progress import Bar
from loadtests.proofs import cashouts, claims, dashboard, limited, payments, race, resume, running
from loadtests.proofs.client import ProofError
from loadtests.proofs.running import NotRunningError, Running

ROOM = "loadtests"
_OPEN_FILES = 4096


def parser() -> argparse.ArgumentParser:
    """Every option of the proofs."""
    root = argparse.ArgumentParser(prog="python -m loadtests")
    commands = root.add_subparsers(dest="command", required=True)
    racing = commands.add_parser("race", help="concurrent spins under shared idempotency keys")
    racing.add_argument("--spins", type=int, default=1000, help="sendings in all (%(default)s)")
    racing.add_argument("--keys", type=int, default=50, help="idempotency keys (%(default)s)")
    racing.add_argument("--players", type=int, default=25, help="who share the keys (%(default)s)")
    racing.add_argument("--kill", metavar="PROCESS", help="kill -9 this process midway, such as api-1")
    resuming = commands.add_parser("resume", help="a socket cut again and again")
    resuming.add_argument("--events", type=int, default=10_000, help="events while it is cut (%(default)s)")
    resuming.add_argument("--cuts", type=int, default=100, help="how often (%(default)s)")
    resuming.add_argument("--lanes", type=int, default=4, help="spins under way at a time (%(default)s)")
    resuming.add_argument("--seed", type=int, help="draws where the cuts fall (random, and printed)")
    rushing = commands.add_parser("cashouts", help="rounds of crash left again and again around their end")
    rushing.add_argument("--rounds", type=int, default=100, help="rounds, one a player (%(default)s)")
    rushing.add_argument("--attempts", type=int, default=10, help="cash-outs of each (%(default)s)")
    selling = commands.add_parser("limited", help="buyers race for the last pieces of a limited package")
    selling.add_argument("--buyers", type=int, default=200, help="who want a piece (%(default)s)")
    selling.add_argument("--pieces", type=int, default=20, help="how many there are (%(default)s)")
    selling.add_argument("--kill", metavar="PROCESS", help="kill -9 this process midway, such as valkey")
    paying = commands.add_parser("payments", help="buyers while the payment gateway fails in every way")
    paying.add_argument("--buyers", type=int, default=20, help="who buy once in each phase (%(default)s)")
    claiming = commands.add_parser("claims", help="claims of one player's day, all at once")
    claiming.add_argument("--claims", type=int, default=500, help="how many (%(default)s)")
    looking = commands.add_parser("dashboard", help="how quick the home page is")
    looking.add_argument("--players", type=int, default=20, help="who look (%(default)s)")
    looking.add_argument("--rate", type=float, default=100, help="looks a second (%(default)s)")
    looking.add_argument("--seconds", type=float, default=30, help="for how long (%(default)s)")
    looking.add_argument(
        "--p95-milliseconds", type=float, default=25, help="what 95 %% are under (%(default)s)"
    )
    for command in (racing, resuming, rushing, selling, paying, claiming, looking):
        command.add_argument(
            "--state", type=Path, default=Path(".casino"), help="the system's state directory"
        )
        command.add_argument(
            "--out", type=Path, default=Path("reports/proofs"), help="where results are written"
        )
    return root


def main(arguments: Sequence[str]) -> int:
    """Run the proof; returns the exit code."""
    options = parser().parse_args(arguments)
    started_at, began = datetime.now(UTC), time.monotonic()
    seed: int | None = None
    if options.command == "resume":
        seed = options.seed if options.seed is not None else secrets.randbelow(2**31)
    try:
        checks = _prove(options, running.read(options.state), seed)
    except (ProofError, NotRunningError, OSError) as error:
        sys.stderr.write(f"loadtests {options.command}: {error}\n")
        return Verdict.UNKNOWN.exit_code
    seeded = ["--seed", str(seed)] if seed is not None and options.seed is None else []
    result = Result(
        room=ROOM,
        started_at=started_at,
        seconds=time.monotonic() - began,
        seed=seed,
        reproduce=shlex.join(["python", "-m", "loadtests", *arguments, *seeded]),
        checks=tuple(checks),
    )
    write(result, options.out)
    print_table(result)
    return result.verdict.exit_code


def _prove(options: argparse.Namespace, system: Running, seed: int | None) -> list[Check]:
    _allow_open_files(_OPEN_FILES)
    if options.command in ("claims", "dashboard"):
        return _prove_engagement(options, system)
    if options.command == "race":
        asked = race.Race(options.players, options.keys, options.spins, options.kill)
        return race.judge(asyncio.run(race.run(system, asked)), asked)
    if options.command == "cashouts":
        rush = cashouts.Rush(options.rounds, options.attempts)
        return cashouts.judge(asyncio.run(cashouts.run(system, rush)), rush)
    if options.command == "limited":
        sale = limited.Sale(options.buyers, options.pieces, options.kill)
        return limited.judge(asyncio.run(limited.run(system, sale)), sale)
    if options.command == "payments":
        return payments.judge(asyncio.run(payments.run(system, options.buyers)), options.buyers)
    ordeal = resume.Ordeal(options.events, options.cuts, options.lanes, seed or 0)
    with Bar("resume", options.events, "events") as bar:

        def show(inbox: Inbox) -> None:
            bar.at(inbox.numbered, f"{inbox.connections} connections")

        return resume.judge(asyncio.run(resume.run(system, ordeal, show)), ordeal)


def _prove_engagement(options: argparse.Namespace, system: Running) -> list[Check]:
    if options.command == "claims":
        return claims.judge(asyncio.run(claims.run(system, options.claims)), options.claims)
    looks = dashboard.Looks(options.players, options.rate, options.seconds, options.p95_milliseconds / 1_000)
    return dashboard.judge(asyncio.run(dashboard.run(system, looks)), looks)


def _allow_open_files(wanted: int) -> None:
    """A thousand connections need more files than many systems allow by default."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(wanted, hard)), hard))
