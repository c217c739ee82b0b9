"""Proves the composed stack once, from outside: one player's spin is followed into every engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from alerts.verdict import Check, Result, Verdict, print_table, write

from compose import engine, images, stack, state
from compose.images import Images
from compose.journey import Found, Journey


def run(out: Path, state_dir: Path, which: Images, *, keep: bool, reproduce: str) -> int:
    """Bring the stack up with empty volumes, judge it, take it down; returns the exit code of the verdict."""
    started_at, started = datetime.now(UTC), time.monotonic()
    checks: list[Check] = []
    try:
        wanted = _prepare(state_dir, which, checks)
        _judge(wanted, checks)
    except engine.EngineError as error:
        checks.append(Check(name="the stack runs", verdict=Verdict.UNKNOWN, detail=str(error)))
    finally:
        if not keep:
            checks.append(_judged("everything stops when asked", _stop))
            engine.stop(state_dir)
    result = Result(
        room="compose",
        started_at=started_at,
        seconds=time.monotonic() - started,
        reproduce=reproduce,
        checks=tuple(checks),
    )
    write(result, out)
    print_table(result)
    return result.verdict.exit_code


def _prepare(state_dir: Path, which: Images, checks: list[Check]) -> stack.Stack:
    engine.ensure(state_dir)
    wanted = stack.Stack(state_dir=state_dir, images=images.choose(which), scrape_interval="1s")
    images.build(wanted.images)
    stack.ensure_settings()
    stack.down(volumes=True)
    checks.append(_judged("every container becomes healthy", lambda: _start(wanted)))
    return wanted


def _start(wanted: stack.Stack) -> Found:
    stack.up(wanted)
    health = stack.health_by_service(stack.project_name())
    detail = f"{len(health)} containers are healthy, images {wanted.images}"
    return bool(health), detail, {"health": health}


def _judge(wanted: stack.Stack, checks: list[Check]) -> None:
    document = state.describe(stack.project_name())
    state.write(wanted.state_dir, document)
    played = Journey(document["urls"])
    replica = document["processes"]["api-1"]["container"]
    for name, question in (
        ("a player signs up and spins through the gateway", played.spin),
        ("the round reaches the player's socket", played.socket),
        ("the round is in Kafka", played.kafka),
        ("the round is in ClickHouse", played.clickhouse),
        ("the gateway hides the operators' pages", played.hidden_pages),
        ("every Prometheus target is up", played.targets),
        ("one replica can die unseen", lambda: played.lose_replica(replica)),
    ):
        checks.append(_judged(name, question))


def _judged(name: str, question: Callable[[], Found]) -> Check:
    """FAIL where the question says so or breaks; a broken question never reads as a pass."""
    started = time.monotonic()
    try:
        held, detail, data = question()
        verdict = Verdict.PASS if held else Verdict.FAIL
    except Exception as error:
        verdict, detail, data = Verdict.FAIL, f"{type(error).__name__}: {error}", {}
    return Check(name=name, verdict=verdict, detail=detail, seconds=time.monotonic() - started, data=data)


def _stop() -> Found:
    stack.down(volumes=True)
    left = engine.containers(stack.project_name())
    return not left, "no container is left" if not left else f"{len(left)} containers are left", {}
