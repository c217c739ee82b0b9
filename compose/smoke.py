"""Proves the composed stack once, from outside: one player's spin is followed into every engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alerts.verdict import Check, Result, Verdict, print_table, write
from compose import broker_tests, engine, images, stack, state
from compose.images import Images
from compose.journey import Found, Journey, NoRoundError

KILLED = 137  # 128 + SIGKILL: the grace period was over


def run(out: Path, state_dir: Path, which: Images, *, keep: bool, reproduce: str) -> int:
    """Bring a stack up with empty volumes, judge it, take it down; returns the exit code of the verdict."""
    started_at, started = datetime.now(UTC), time.monotonic()
    try:
        wanted = _prepare(state_dir, which)
        checks = _examine(wanted, out, keep=keep)
    except engine.EngineError as error:
        checks = [Check(name="the stack can be built here", verdict=Verdict.UNKNOWN, detail=str(error))]
    if not keep:
        engine.stop(state_dir)
    seconds = time.monotonic() - started
    result = Result(
        room="compose", started_at=started_at, seconds=seconds, reproduce=reproduce, checks=tuple(checks)
    )
    write(result, out)
    print_table(result)
    return result.verdict.exit_code


def _prepare(state_dir: Path, which: Images) -> stack.Stack:
    engine.ensure(state_dir)
    wanted = stack.Stack(
        state_dir=state_dir, images=images.choose(which), ephemeral=True, scrape_interval="1s"
    )
    images.build(wanted.images)
    return wanted


def _examine(wanted: stack.Stack, out: Path, *, keep: bool) -> list[Check]:
    checks = [_judged("every container becomes healthy", lambda: _start(wanted))]
    if checks[0].verdict is Verdict.PASS:
        document = state.describe(wanted.project)
        state.write(wanted.state_dir, document)
        checks += [_judged(name, question) for name, question in _questions(document, out)]
    if any(check.verdict is not Verdict.PASS for check in checks):
        stack.keep_logs(wanted.project, out / "logs")
    if not keep:
        checks.append(_judged("everything stops when asked", lambda: _stop(wanted)))
    return checks


def _questions(document: dict[str, Any], out: Path) -> list[tuple[str, Callable[[], Found]]]:
    played = Journey(document["urls"])
    return [
        ("a player signs up and spins through the gateway", played.spin),
        ("the round reaches the player's socket", played.socket),
        ("the round is in Kafka", played.kafka),
        ("the round is in ClickHouse", played.clickhouse),
        ("the gateway hides the metrics", played.hidden_pages),
        ("every Prometheus target is up", played.targets),
        ("one replica can die unseen, and comes back", lambda: _lose_replica(played, document)),
        (
            "the tests of the log pass on this broker",
            lambda: broker_tests.run(document["urls"]["kafka"], out),
        ),
    ]


def _lose_replica(played: Journey, document: dict[str, Any]) -> Found:
    found = played.lose_replica(document["processes"]["api-1"]["container"])
    stack.wait_healthy(document["instance"])
    return found


def _judged(name: str, question: Callable[[], Found]) -> Check:
    """FAIL where the answer is no or the question breaks, UNKNOWN where there was nothing to ask about."""
    started = time.monotonic()
    data: dict[str, Any] = {}
    try:
        held, detail, data = question()
        verdict = Verdict.PASS if held else Verdict.FAIL
    except NoRoundError as error:
        verdict, detail = Verdict.UNKNOWN, str(error)
    except Exception as error:
        verdict, detail = Verdict.FAIL, f"{type(error).__name__}: {error}"
    return Check(name=name, verdict=verdict, detail=detail, seconds=time.monotonic() - started, data=data)


def _start(wanted: stack.Stack) -> Found:
    stack.up(wanted)
    health = stack.health_by_service(wanted.project)
    return bool(health), f"{len(health)} containers are healthy, images {wanted.images}", {"health": health}


def _stop(wanted: stack.Stack) -> Found:
    """Every container ends by itself when told to; one that must be killed would lose what it holds."""
    engine.run("compose", "--project-name", wanted.project, "stop")
    stopped = engine.containers(wanted.project)
    killed = [engine.service(found) for found in stopped if found["State"]["ExitCode"] == KILLED]
    stack.down(wanted.project)
    left = [engine.service(found) for found in engine.containers(wanted.project)]
    detail = f"killed: {', '.join(killed) or 'none'}; left: {', '.join(left) or 'none'}"
    return bool(stopped) and not killed and not left, detail, {}
