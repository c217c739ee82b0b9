"""The command line of the room."""

from __future__ import annotations

import argparse
import logging
import secrets
import shlex
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from alerts import slo as objectives
from alerts.problems import ProblemsFoundError
from alerts.slo import Slo
from alerts.verdict import Verdict, print_table, write
from loadtests import history, report, swarm
from loadtests import profile as profiles
from loadtests.clock import now
from loadtests.harvest import Harvest
from loadtests.objectives import Judge
from loadtests.profile import Profile, ProfileError
from loadtests.progress import Bar
from loadtests.session import Plan
from loadtests.steps import CATALOGUE, RECONNECT
from loadtests.swarm import SwarmError
from loadtests.tally import Tally

DEFAULT_PORT = 5557


def parser() -> argparse.ArgumentParser:
    """Every option of the room."""
    root = argparse.ArgumentParser(
        prog="python -m loadtests",
        description="Plays a load profile against a running casino and judges it by the objectives.",
        epilog="Proofs stand beside it: `python -m loadtests race --help`; so do `claims`, `dashboard` and others. "
        "Exit code: 0 PASS, 1 FAIL, 2 UNKNOWN (could not run, or the generator was the bottleneck).",
    )
    root.add_argument("--profile", default="day", help=f"one of {', '.join(profiles.names())}")
    root.add_argument("--target", metavar="URL", help="where the casino answers, like http://127.0.0.1:8000")
    root.add_argument("--seconds", type=float, help="length of the stages together (profile's own)")
    root.add_argument("--rate", type=float, help="steps a second of all players together (profile's own)")
    root.add_argument("--players", type=int, help="how many players (profile's own)")
    root.add_argument("--seed", type=int, help="draws schedule and choices (random, and printed)")
    root.add_argument("--out", type=Path, default=Path("reports/loadtests"), help="where results are written")
    role = root.add_mutually_exclusive_group()
    role.add_argument("--master", action="store_true", help="direct --workers generators instead of playing")
    role.add_argument("--worker", action="store_true", help="play what the master says")
    root.add_argument("--workers", type=int, default=2, help="how many the master waits for")
    root.add_argument("--master-bind", default="127.0.0.1", help="where the master listens for workers")
    root.add_argument("--master-host", default="127.0.0.1", help="where a worker finds its master")
    root.add_argument("--master-port", type=int, default=DEFAULT_PORT)
    return root


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code."""
    options = parser().parse_args(arguments)
    logging.getLogger("locust").setLevel(logging.WARNING)
    try:
        slos = objectives.load()
        if options.worker:
            swarm.run_as_worker(slos, options.out, master=options.master_host, port=options.master_port)
            return Verdict.PASS.exit_code
        profile = _profile(options)
        return _play(options, profile, slos, arguments)
    except (ProfileError, SwarmError, ProblemsFoundError) as error:
        sys.stderr.write(f"loadtests: {error}\n")
        return Verdict.UNKNOWN.exit_code


def _profile(options: argparse.Namespace) -> Profile:
    if not options.target:
        raise ProfileError("--target is missing: say where the casino answers")
    profile = profiles.load(
        options.profile, seconds=options.seconds, rate=options.rate, players=options.players
    )
    unknown = profile.steps - CATALOGUE.keys() - {RECONNECT}
    if unknown:
        raise ProfileError(f"profile {profile.name} uses steps nobody can make: {', '.join(sorted(unknown))}")
    unjudged = set(profile.objectives) - {slo.name for slo in objectives.load()}
    if unjudged:
        raise ProfileError(
            f"profile {profile.name} names objectives that do not exist: {', '.join(unjudged)}"
        )
    return profile


def _play(
    options: argparse.Namespace, profile: Profile, slos: Sequence[Slo], arguments: Sequence[str]
) -> int:
    seed = options.seed if options.seed is not None else secrets.randbelow(2**31)
    started_at = datetime.now(UTC)
    began = now()
    harvest = _harvest(options, profile, slos, seed)
    given = [*arguments] if options.seed is not None else [*arguments, "--seed", str(seed)]
    outcome = report.result(
        harvest,
        profile,
        slos,
        started_at=started_at,
        seconds=now() - began,
        seed=seed,
        target=options.target,
        reproduce=shlex.join(["python", "-m", "loadtests", *given]),
    )
    write(outcome, options.out)
    print_table(outcome)
    return outcome.verdict.exit_code


def _harvest(options: argparse.Namespace, profile: Profile, slos: Sequence[Slo], seed: int) -> Harvest:
    def plan_from_now() -> Plan:
        begin = now() + swarm.spawn_seconds(profile)
        nonce = secrets.token_hex(3)
        generators = options.workers if options.master else 1
        wire = profile.model_dump(mode="json")
        plan = Plan(wire, options.target.rstrip("/"), seed, nonce, begin, generators)
        plan.announce(options.out)
        return plan

    options.out.mkdir(parents=True, exist_ok=True)
    history.clear(options.out / "histories")
    length = swarm.spawn_seconds(profile) + profile.arrive_seconds + profile.seconds
    began = now()
    with Bar(f"{profile.name} against {options.target}", length, "s") as bar:

        def show(requests: int, tally: Tally | None) -> None:
            wrong = "" if tally is None else f", {sum(tally.wrong.values())} wrong"
            bar.at(now() - began, f"{requests} requests{wrong}")

        if not options.master:
            return swarm.run_here(plan_from_now(), profile, slos, options.out, show)
        return swarm.run_as_master(
            plan_from_now,
            profile,
            lambda plan: Tally(Judge(slos), plan.begin),
            workers=options.workers,
            bind=options.master_bind,
            port=options.master_port,
            progress=show,
        )
