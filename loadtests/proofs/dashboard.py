"""The home page a hundred times a second: how long it takes, counted from when each look was meant to begin."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from alerts.verdict import Check, Verdict
from loadtests.latency import Latencies
from loadtests.proofs.client import Player, ProofError, sign_up_many, spin
from loadtests.proofs.running import Running

PATH = "/api/dashboard"
SPINS = 6
WARM_SECONDS = 3.0
_TIMEOUT_SECONDS = 10.0
_CONNECTIONS = 32
# Above this share of the limit the generator's own lateness would be what is measured.
_LAG_SHARE_MAX = 0.4


@dataclass(frozen=True, slots=True)
class Looks:
    """`players` look `rate` times a second together for `seconds`; 95 % are to take less than `p95_seconds`."""

    players: int
    rate: float
    seconds: float
    p95_seconds: float


@dataclass(slots=True)
class Outcome:
    """What the looks came to. Latencies count from the intended start, lags to the actual one."""

    latencies: Latencies = field(default_factory=Latencies)
    lags: Latencies = field(default_factory=Latencies)
    statuses: Counter[int] = field(default_factory=Counter)


async def run(system: Running, looks: Looks) -> Outcome:
    """Look; raises ProofError when players cannot sign up or there is nothing on their home page."""
    limits = httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS)
    async with httpx.AsyncClient(base_url=system.public_url, timeout=_TIMEOUT_SECONDS, limits=limits) as http:
        players = await sign_up_many(http, looks.players)
        await asyncio.gather(*(_live_a_little(http, player) for player in players))
        await _look_around(http, players, looks.rate, WARM_SECONDS)
        return await _look_around(http, players, looks.rate, looks.seconds)


async def _live_a_little(http: httpx.AsyncClient, player: Player) -> None:
    """A home page with something on it: a streak, an event, rounds, and what they moved."""
    claimed = await http.post("/api/streak/claim", headers=player.headers)
    if claimed.status_code != 200:
        raise ProofError(f"the streak's claim was answered {claimed.status_code}: {claimed.text[:200]}")
    for event in (await http.get("/api/events/", headers=player.headers)).json()["items"]:
        await http.post("/api/events/join", json={"event_id": event["id"]}, headers=player.headers)
    for number in range(SPINS):
        await spin(http, player, f"look-{number}", 5)


async def _look_around(
    http: httpx.AsyncClient, players: Sequence[Player], rate: float, seconds: float
) -> Outcome:
    """Evenly spaced looks; a slow answer delays no other look."""
    outcome, begin = Outcome(), time.perf_counter() + 0.1
    async with asyncio.TaskGroup() as looking:
        for number in range(round(rate * seconds)):
            due = begin + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            outcome.lags.record(time.perf_counter() - due)
            looking.create_task(_look(http, players[number % len(players)], due, outcome))
    return outcome


async def _look(http: httpx.AsyncClient, player: Player, due: float, outcome: Outcome) -> None:
    try:
        status = (await http.get(PATH, headers=player.headers)).status_code
    except httpx.TransportError:
        status = 0
    outcome.latencies.record(time.perf_counter() - due)
    outcome.statuses[status] += 1


def judge(outcome: Outcome, looks: Looks) -> list[Check]:
    """Every look is served, and quickly; UNKNOWN where the generator itself came too late to tell."""
    others = {status: count for status, count in outcome.statuses.items() if status != 200}
    served = Check(
        name="every look at the home page is served",
        verdict=Verdict.PASS if outcome.latencies.count and not others else Verdict.FAIL,
        detail=f"{outcome.latencies.count} looks" + (f", answered otherwise: {others}" if others else ""),
    )
    return [served, _quick(outcome, looks)]


def _quick(outcome: Outcome, looks: Looks) -> Check:
    measured = {f"p{at:g}": outcome.latencies.at(at) * 1_000 for at in (50, 95, 99)}
    lag = outcome.lags.at(99)
    late = lag > _LAG_SHARE_MAX * looks.p95_seconds
    holds = outcome.latencies.count > 0 and outcome.latencies.at(95) < looks.p95_seconds
    figures = ", ".join(f"{name} {value:.1f} ms" for name, value in measured.items())
    return Check(
        name=f"95 % under {looks.p95_seconds * 1_000:g} ms at {looks.rate:g} a second",
        verdict=Verdict.PASS if holds else Verdict.UNKNOWN if late else Verdict.FAIL,
        detail=f"{figures}; the generator itself p99 {lag * 1_000:.1f} ms late",
        data={"milliseconds": _rounded(measured), "lag_p99_milliseconds": round(lag * 1_000, 2)},
    )


def _rounded(measured: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in measured.items()}
