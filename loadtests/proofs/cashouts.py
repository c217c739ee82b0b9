"""Rounds of crash left many times at once around the moment they burn: each ends once, none is paid past its end."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from alerts.verdict import Check, Verdict
from loadtests.proofs.client import Player, ProofError, sign_up
from loadtests.proofs.running import Running

BET = 100
# The attempts on a round are spread evenly from so long before its end to so long after it.
AROUND_SECONDS = 0.3
# The attempts on every tenth round begin before its end and send their last byte so long after it, while the round
# still waits for stragglers: who has heard that it burned must not be paid for having knocked before.
HELD_BACK_EVERY = 10
HELD_BACK_SECONDS = 0.05
# A round that burns sooner cannot be aimed at, one that burns later is not worth waiting for.
SOONEST_SECONDS, LATEST_SECONDS = 1.0, 12.0
BETS_MAX = 30
# How well two clocks of one machine can be compared over a connection.
CLOCK_SECONDS = 0.01
SETTLED_SECONDS_MAX = 20.0
_TIMEOUT_SECONDS = 30.0
_ROUND = "SELECT started_at, due_at, clock_timestamp() AS now FROM crash_rounds WHERE id = $1"
_ENDED = """
    SELECT r.id, r.status, r.due_at, r.ended_at, r.crash_points, r.cashout_points, r.bonus_gold,
        (SELECT count(*) FROM ledger_transfers t
         WHERE t.user_id = r.user_id AND t.kind = 'crash_end' AND t.reference = r.id::text) AS ends,
        (SELECT coalesce(sum(amount), 0)::bigint FROM ledger_transfers t
         WHERE t.user_id = r.user_id AND t.kind = 'crash_end' AND t.reference = r.id::text) AS paid
    FROM crash_rounds r WHERE r.id = ANY($1)
"""
_RUNNING = "SELECT count(*) FROM crash_rounds WHERE id = ANY($1) AND status = 'active'"


@dataclass(frozen=True, slots=True)
class Rush:
    """So many rounds, one a player, each left so many times."""

    rounds: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One cash-out: when its last byte was sent, in seconds after the round's end (by the database's clock), and its
    answer.
    """

    game_id: UUID
    after_seconds: float
    status: int
    error: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was answered, and what the database holds of each round."""

    attempts: Sequence[Attempt]
    rounds: Mapping[UUID, Mapping[str, Any]]


async def run(system: Running, rush: Rush) -> Outcome:
    """Places the bets and leaves each round; raises ProofError when players cannot play."""
    limits = httpx.Limits(max_connections=rush.rounds * rush.attempts)
    async with (
        httpx.AsyncClient(base_url=system.public_url, timeout=_TIMEOUT_SECONDS, limits=limits) as http,
        asyncpg.create_pool(system.urls["postgres"], min_size=1, max_size=8) as pool,
    ):
        players = [await sign_up(http) for _ in range(rush.rounds)]
        left = await asyncio.gather(
            *(
                _play(http, pool, player, rush.attempts, held_back=place % HELD_BACK_EVERY == 0)
                for place, player in enumerate(players)
            )
        )
        attempts = [attempt for one in left for attempt in one]
        games = list({attempt.game_id for attempt in attempts})
        await _settled(pool, games)
        return Outcome(attempts, {row["id"]: dict(row) for row in await pool.fetch(_ENDED, games)})


async def _play(
    http: httpx.AsyncClient, pool: asyncpg.Pool, player: Player, attempts: int, *, held_back: bool
) -> Sequence[Attempt]:
    """Bets until a round burns at a time that can be aimed at, and leaves that one around its end."""
    for _ in range(BETS_MAX):
        game_id = await _bet(http, player)
        row = await pool.fetchrow(_ROUND, game_id)
        asked = time.time()
        life = (row["due_at"] - row["now"]).total_seconds()
        if SOONEST_SECONDS < life < LATEST_SECONDS:
            end = asked + life
            step = 2 * AROUND_SECONDS / attempts
            if held_back:
                opened = [end - AROUND_SECONDS + step / 2 * number for number in range(attempts)]
                late = end + HELD_BACK_SECONDS
                return await asyncio.gather(
                    *(_leave(http, player, game_id, opened=moment, at=late, end=end) for moment in opened)
                )
            moments = [end - AROUND_SECONDS + step * number for number in range(attempts)]
            return await asyncio.gather(
                *(_leave(http, player, game_id, at=moment, end=end) for moment in moments)
            )
        await _leave(http, player, game_id, at=0.0, end=0.0)
    raise ProofError(f"user {player.user_id}: {BETS_MAX} rounds, none of which burned at a useful time")


async def _bet(http: httpx.AsyncClient, player: Player) -> UUID:
    while True:
        answer = await http.post("/api/games/crash/bet", json={"bet_amount": BET}, headers=player.headers)
        if answer.status_code == 200:
            return UUID(answer.json()["game_id"])
        if answer.status_code != 409:
            raise ProofError(f"a bet was answered {answer.status_code}: {answer.text[:200]}")
        # The round before is past its end; the worker ends it in a moment.
        await asyncio.sleep(0.2)


async def _leave(
    http: httpx.AsyncClient,
    player: Player,
    game_id: UUID,
    *,
    at: float,
    end: float,
    opened: float | None = None,
) -> Attempt:
    """Leaves at a moment; with `opened` the request begins then, and its last byte goes at `at`."""
    body = json.dumps({"game_id": str(game_id)}).encode()
    await _until(at if opened is None else opened)
    sent = time.time()

    async def in_two() -> AsyncIterator[bytes]:
        nonlocal sent
        yield body[:-1]
        await _until(at)
        sent = time.time()
        yield body[-1:]

    answer = await http.post(
        "/api/games/crash/cashout",
        content=body if opened is None else in_two(),
        headers={**player.headers, "Content-Type": "application/json"},
    )
    error = "" if answer.status_code == 200 else str(answer.json().get("error"))
    return Attempt(game_id, sent - end, answer.status_code, error)


async def _until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - time.time()))


async def _settled(pool: asyncpg.Pool, games: Sequence[UUID]) -> None:
    deadline = time.monotonic() + SETTLED_SECONDS_MAX
    while running := await pool.fetchval(_RUNNING, games):
        if time.monotonic() > deadline:
            raise ProofError(f"{running} rounds still run {SETTLED_SECONDS_MAX:.0f} s after they burned")
        await asyncio.sleep(0.2)


def judge(outcome: Outcome, rush: Rush) -> list[Check]:
    """What must hold however the attempts fell."""
    size = rush.rounds
    return [
        _check(
            "every attempt is paid, too late or one too many",
            _odd_answers(outcome),
            rush.rounds * rush.attempts,
        ),
        _check("each round is paid at most once", _doubles(outcome), size),
        _check("each round ends with one transfer, which pays what it says", _transfers(outcome), size),
        _check("no round is paid past its end", _late(outcome), size),
        _both(outcome),
    ]


def _check(name: str, findings: Iterator[str], size: int) -> Check:
    found = list(findings)
    detail = f"{len(found)} of {size}: {found[0]}" if found else f"{size} checked"
    verdict = Verdict.FAIL if found else Verdict.PASS
    return Check(name=name, verdict=verdict, detail=detail, data={"findings": found[:20]})


def _odd_answers(outcome: Outcome) -> Iterator[str]:
    fine = {(200, ""), (404, "no_active_round"), (409, "already_crashed")}
    for attempt in outcome.attempts:
        if (attempt.status, attempt.error) not in fine:
            yield f"round {attempt.game_id}: {attempt.status} {attempt.error}"


def _doubles(outcome: Outcome) -> Iterator[str]:
    paid = Counter(attempt.game_id for attempt in outcome.attempts if attempt.status == 200)
    for game_id, row in outcome.rounds.items():
        if paid[game_id] != (row["status"] == "cashed"):
            yield f"round {game_id}: {row['status']}, {paid[game_id]} attempts were paid"


def _transfers(outcome: Outcome) -> Iterator[str]:
    for game_id, row in outcome.rounds.items():
        due = BET * row["cashout_points"] // 100 + row["bonus_gold"] if row["status"] == "cashed" else 0
        if (row["ends"], row["paid"]) != (1, due):
            yield f"round {game_id}: {row['ends']} transfers of {row['paid']} gold, due are {due}"


def _late(outcome: Outcome) -> Iterator[str]:
    for attempt in outcome.attempts:
        if attempt.status == 200 and attempt.after_seconds > CLOCK_SECONDS:
            yield f"round {attempt.game_id}: paid though sent {attempt.after_seconds:.3f} s after its end"
    for game_id, row in outcome.rounds.items():
        if row["status"] == "cashed" and (_after(row) >= 0 or row["cashout_points"] > row["crash_points"]):
            yield f"round {game_id}: left {_after(row):.6f} s after its end at {row['cashout_points']}"


def _after(row: Mapping[str, Any]) -> float:
    after: timedelta = row["ended_at"] - row["due_at"]
    return after.total_seconds()


def _both(outcome: Outcome) -> Check:
    """The proof is one only when attempts fell on either side."""
    paid = sum(attempt.status == 200 for attempt in outcome.attempts)
    late = sum(attempt.error == "already_crashed" for attempt in outcome.attempts)
    closest = min((abs(attempt.after_seconds) for attempt in outcome.attempts), default=0.0)
    detail = f"{paid} paid, {late} too late, the closest sent {closest * 1_000:.1f} ms from its end"
    verdict = Verdict.PASS if paid and late else Verdict.UNKNOWN
    return Check(name="attempts fell on either side of the end", verdict=verdict, detail=detail)
