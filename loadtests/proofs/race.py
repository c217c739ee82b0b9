"""A thousand spins at once for fifty keys: one payment a key, even if a process dies settling them."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter, defaultdict
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx

from alerts.verdict import Check, Verdict
from loadtests.proofs.client import Player, ProofError, Settled, sign_up, spin
from loadtests.proofs.running import Running

BET = 10
_TIMEOUT_SECONDS = 30.0
_LEDGER = """
    SELECT user_id, amount, balance_after, kind, idempotency_key FROM ledger_transfers
    WHERE user_id = ANY($1) ORDER BY user_id, seq
"""
_WALLETS = "SELECT user_id, gold_balance FROM wallets WHERE user_id = ANY($1)"
_ROUNDS = "SELECT user_id FROM game_rounds WHERE user_id = ANY($1)"


@dataclass(frozen=True, slots=True)
class Race:
    """`players` share `keys` keys, sent `spins` times in all; `kill` names a process to kill midway."""

    players: int
    keys: int
    spins: int
    kill: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """One sending of a key and how it was answered in the end."""

    user_id: int
    answer: Settled


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the racers were answered and shown, and what the database holds of them, by user."""

    sent: Sequence[Sent]
    shown: Mapping[int, int]
    balances: Mapping[int, int]
    ledger: Sequence[Mapping[str, Any]]
    rounds: Mapping[int, int]
    killed: int | None


async def run(system: Running, race: Race) -> Outcome:
    """Race; raises ProofError when players cannot sign up or the process to kill does not run."""
    limits = httpx.Limits(max_connections=race.spins, max_keepalive_connections=race.spins)
    async with httpx.AsyncClient(base_url=system.public_url, timeout=_TIMEOUT_SECONDS, limits=limits) as http:
        players = [await sign_up(http) for _ in range(race.players)]
        midway = _Midway(system, race)
        sendings = [midway.count(_send(http, player, key)) for player, key in _schedule(players, race)]
        sent = await asyncio.gather(*sendings)
        shown = {player.user_id: await _shown(http, player) for player in players}
    users = [player.user_id for player in players]
    connection = await asyncpg.connect(system.urls["postgres"])
    try:
        wallets = await connection.fetch(_WALLETS, users)
        return Outcome(
            sent=sent,
            shown=shown,
            balances={row["user_id"]: row["gold_balance"] for row in wallets},
            ledger=[dict(row) for row in await connection.fetch(_LEDGER, users)],
            rounds=Counter(row["user_id"] for row in await connection.fetch(_ROUNDS, users)),
            killed=midway.killed,
        )
    finally:
        await connection.close()


class _Midway:
    """Kills the chosen process when a quarter of the answers have come, while the rest are under way."""

    def __init__(self, system: Running, race: Race) -> None:
        if race.kill is not None and race.kill not in system.pids:
            raise ProofError(f"no process {race.kill!r} runs; there are {', '.join(system.pids)}")
        self._victim = system.pids[race.kill] if race.kill else None
        self._left = race.spins // 4
        self.killed: int | None = None

    async def count(self, sending: Awaitable[Sent]) -> Sent:
        """Pass a sending on, counting its answer."""
        sent = await sending
        self._left -= 1
        if self._left == 0 and self._victim is not None:
            os.kill(self._victim, signal.SIGKILL)
            self.killed = self._victim
        return sent


def _schedule(players: Sequence[Player], race: Race) -> Iterator[tuple[Player, str]]:
    """(player, key) of each sending: all keys in turn, so that sendings of one key lie far apart."""
    for number in range(race.spins):
        key = number % race.keys
        yield players[key % race.players], f"race-{key}"


async def _send(http: httpx.AsyncClient, player: Player, key: str) -> Sent:
    return Sent(player.user_id, await spin(http, player, key, BET))


async def _shown(http: httpx.AsyncClient, player: Player) -> int:
    answer = await http.get("/api/users/balance", headers=player.headers)
    if answer.status_code != 200:
        raise ProofError(f"the balance cannot be read: {answer.status_code}")
    return int(answer.json()["gold_balance"])


def judge(outcome: Outcome, race: Race) -> list[Check]:
    """What must hold, whoever won the race."""
    checks = [
        _check("every sending is answered in the end", _unanswered(outcome), race.spins),
        _check("one answer a key, byte for byte", _answers(outcome, race), race.keys),
        _check("one payment a key", _payments(outcome, race), race.keys),
        _check("balance equals ledger", _balances(outcome), race.players),
    ]
    if race.kill is not None:
        killed = outcome.killed is not None
        verdict = Verdict.PASS if killed else Verdict.UNKNOWN
        checks.append(
            Check(name=f"{race.kill} was killed midway", verdict=verdict, detail=f"pid {outcome.killed}")
        )
    return checks


def _check(name: str, findings: Iterator[str], size: int) -> Check:
    found = list(findings)
    detail = f"{len(found)} of {size}: {found[0]}" if found else f"{size} checked"
    return Check(
        name=name,
        verdict=Verdict.FAIL if found else Verdict.PASS,
        detail=detail,
        data={"findings": found[:20]},
    )


def _unanswered(outcome: Outcome) -> Iterator[str]:
    for sent in outcome.sent:
        if sent.answer.status != 200:
            yield f"user {sent.user_id}, key {sent.answer.key}: {sent.answer.status}"


def _answers(outcome: Outcome, race: Race) -> Iterator[str]:
    """All sendings of a key have the same answer; all but the one that settled it are marked as replays.

    The answer of that one may have died with the process, so after a kill there may be none unmarked.
    """
    by_key: dict[tuple[int, str], list[Settled]] = defaultdict(list)
    for sent in outcome.sent:
        by_key[sent.user_id, sent.answer.key].append(sent.answer)
    for (user, key), answers in by_key.items():
        different = len({answer.content for answer in answers})
        if different != 1:
            yield f"user {user}, key {key}: {different} different answers"
        first = sum(not answer.replayed for answer in answers)
        if first > 1 or (first == 0 and race.kill is None):
            yield f"user {user}, key {key}: {first} answers not marked as replays"


def _payments(outcome: Outcome, race: Race) -> Iterator[str]:
    paid = Counter(
        (row["user_id"], row["idempotency_key"]) for row in outcome.ledger if row["kind"] == "game_round"
    )
    asked = {(sent.user_id, f"client:{sent.answer.key}") for sent in outcome.sent}
    for user, key in sorted(asked | paid.keys()):
        if paid[user, key] != 1 or (user, key) not in asked:
            yield f"user {user}, key {key}: {paid[user, key]} payments"
    if sum(outcome.rounds.values()) != race.keys:
        yield f"{sum(outcome.rounds.values())} rounds for {race.keys} keys"


def _balances(outcome: Outcome) -> Iterator[str]:
    sums: Counter[int] = Counter()
    last: dict[int, int] = {}
    for row in outcome.ledger:
        sums[row["user_id"]] += row["amount"]
        last[row["user_id"]] = row["balance_after"]
    for user, shown in outcome.shown.items():
        figures = (shown, outcome.balances.get(user), sums[user], last.get(user))
        if len(set(figures)) != 1:
            yield f"user {user}: shown, kept, summed and last balance are {figures}"
