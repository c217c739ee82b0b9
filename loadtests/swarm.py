"""Runs the players of a plan under Locust: in this process, or as master and workers of one run."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event
from locust.env import Environment

from alerts.slo import Slo
from loadtests.clock import now, sleep_until
from loadtests.generator import Strain, Watch
from loadtests.harvest import Harvest
from loadtests.history import History
from loadtests.player import Player
from loadtests.profile import Profile
from loadtests.session import Plan, Session
from loadtests.tally import Tally

PLAN_MESSAGE, TALLY_MESSAGE = "plan", "tally"
_SPAWNED_A_SECOND = 100
_GRACE_SECONDS = 10.0
_POLL_SECONDS = 0.1
Progress = Callable[[int, Tally | None], None]


class SwarmError(Exception):
    """The run could not be made; it says nothing about the system."""


def spawn_seconds(profile: Profile) -> float:
    """How long before `begin` the plan must be handed out, so that every player is there in time."""
    return profile.players / _SPAWNED_A_SECOND + 1.0


def run_here(plan: Plan, profile: Profile, slos: Sequence[Slo], out: Path, progress: Progress) -> Harvest:
    """Play the whole plan in this process; SIGTERM closes its stages early, and the result is still made."""
    environment = Environment(user_classes=[Player], host=plan.target)
    with _session(plan, profile, slos, out, generator=0) as session:
        gevent.signal_handler(signal.SIGTERM, session.close)
        runner = environment.create_local_runner()
        runner.start(profile.players, spawn_rate=_SPAWNED_A_SECOND)
        ticker = gevent.spawn(
            _tick, session, lambda: progress(runner.stats.total.num_requests, session.tally)
        )
        strain = _watched(session, runner)
        ticker.kill()
        progress(runner.stats.total.num_requests, session.tally)
        runner.quit()
    return Harvest(session.tally, [strain], 1, session.opens, session.closes)


def run_as_master(
    plan_for: Callable[[], Plan],
    profile: Profile,
    tally_for: Callable[[Plan], Tally],
    *,
    workers: int,
    bind: str,
    port: int,
    progress: Progress,
) -> Harvest:
    """Wait for `workers` generators, give each its part of the plan, gather what they report.

    Raises SwarmError when they do not come in time.
    """
    environment = Environment(user_classes=[Player])
    runner = environment.create_master_runner(bind, port)
    reports: list[Mapping[str, Any]] = []
    runner.register_message(TALLY_MESSAGE, lambda msg, **_: reports.append(msg.data))
    _await_workers(runner, workers)
    plan = plan_for()
    environment.host = plan.target
    for index, client in enumerate(runner.clients.ready):
        runner.send_message(PLAN_MESSAGE, {**plan.wire(), "generator": index}, client.id)
    runner.start(profile.players, spawn_rate=_SPAWNED_A_SECOND)
    opens = plan.begin + profile.arrive_seconds
    closes = opens + profile.seconds
    last = closes + profile.drain_seconds + _GRACE_SECONDS
    while len(reports) < workers and now() < last:
        gevent.sleep(0.5)
        progress(runner.stats.total.num_requests, None)
    runner.quit()
    tally = tally_for(plan)
    for report in reports:
        tally.absorb(report["tally"])
    strains = [Strain(**report["strain"]) for report in reports]
    return Harvest(tally, strains, workers, opens, closes)


def run_as_worker(slos: Sequence[Slo], out: Path, *, master: str, port: int) -> None:
    """Play whatever part of a plan the master gives, report it, and leave when the master does."""
    environment = Environment(user_classes=[Player])
    runner = environment.create_worker_runner(master, port)
    told = Event()
    given: dict[str, Any] = {}

    def on_plan(msg: Any, **_: Any) -> None:
        given.update(msg.data)
        generator = given.pop("generator")
        plan = Plan(**given)
        profile = Profile.model_validate(plan.profile)
        history = History(out / "histories", generator)
        Player.session = Session(plan, profile, generator, history, slos)
        told.set()

    runner.register_message(PLAN_MESSAGE, on_plan)
    told.wait()
    session = Player.session
    strain = _watched(session, runner)
    session.history.close()
    runner.send_message(TALLY_MESSAGE, {"tally": session.tally.dump(), "strain": asdict(strain)})
    runner.greenlet.join()


@contextmanager
def _session(
    plan: Plan, profile: Profile, slos: Sequence[Slo], out: Path, *, generator: int
) -> Iterator[Session]:
    with History(out / "histories", generator) as history:
        Player.session = Session(plan, profile, generator, history, slos)
        yield Player.session


def _watched(session: Session, runner: Any) -> Strain:
    """Wait for every player's end, watching the generator from the first stage to the last."""
    sleep_until(session.opens)
    watch = Watch()
    watch.start()
    while now() < session.closes:
        gevent.sleep(_POLL_SECONDS)
    strain = watch.stop()
    runner.user_greenlets.join(timeout=max(0.0, session.deadline - now()) + _GRACE_SECONDS)
    return strain


def _tick(session: Session, report: Callable[[], None]) -> None:
    while True:
        gevent.sleep(0.5)
        session.history.flush()
        report()


def _await_workers(runner: Any, workers: int) -> None:
    until = now() + 60.0
    while len(runner.clients.ready) < workers:
        if now() > until:
            raise SwarmError(f"{len(runner.clients.ready)} of {workers} workers came within 60 s")
        gevent.sleep(0.1)
