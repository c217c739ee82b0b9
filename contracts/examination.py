"""One examination of a running casino: documents first, then generated requests, probes, sockets, and what was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import asyncpg
import httpx

from alerts.verdict import Check, Verdict
from contracts import coverage, event_log, server_metrics
from contracts.asyncapi import SocketContract
from contracts.document import Document, DocumentError
from contracts.drift import events
from contracts.drift.changes import Impact, counted
from contracts.drift.command import SNAPSHOT
from contracts.drift.documents import compare
from contracts.fuzz import run as fuzzing
from contracts.fuzz.doors import shut
from contracts.fuzz.identities import Identities
from contracts.fuzz.run import Outcome
from contracts.probes import (
    accounts,
    bodies,
    games,
    headers,
    idempotency,
    methods,
    notices,
    own_account,
    paging,
    play,
    rewards,
    shop,
)
from contracts.probing import Bench, probes_of, run_probe
from contracts.server_metrics import Counted
from contracts.sockets import endurance, frames, resuming, tokens, views
from contracts.tally import Tally
from contracts.target import Target, TargetError

HTTP_PROBES: tuple[ModuleType, ...] = (
    bodies,
    methods,
    headers,
    idempotency,
    paging,
    accounts,
    own_account,
    notices,
    play,
    games,
    rewards,
    shop,
)
SOCKET_PROBES: tuple[ModuleType, ...] = (tokens, views, resuming, frames, endurance)
ROLES = ("anonymous", "user", "admin")
SHOWN_MAX = 8


@dataclass(frozen=True)
class Order:
    """What is asked for. `cases` are generated requests an operation, shared by the roles."""

    url: str
    state_dir: Path | None
    seed: int
    cases: int
    say: Callable[[str], None]


class Examination:
    """Runs the parts in order and keeps what they found."""

    def __init__(self, order: Order) -> None:
        """Fetches the documents; raises DocumentError, TargetError or httpx.HTTPError when there is no casino."""
        self.order = order
        answer = httpx.get(f"{order.url.rstrip('/')}/openapi.json", timeout=30.0, trust_env=False)
        if answer.status_code != 200:
            raise TargetError(f"{order.url}/openapi.json answered {answer.status_code}")
        self.document = Document(answer.json(), f"{order.url}/openapi.json")
        self.sockets = SocketContract.load()
        self.tally = Tally(self.document)
        self.target = Target(order.url, self.tally, state_dir=order.state_dir)
        self.outcomes: list[Outcome] = []
        self._marks = self.target.process_marks()
        self._counted_before = self._counted()

    def checks(self) -> Iterator[Check]:
        """Every check, as soon as it is judged."""
        yield from self._documents()
        yield from self._generated()
        bench = Bench(self.target, self.document, self.sockets, seed=self.order.seed, cases=self.order.cases)
        for probe in probes_of(*HTTP_PROBES, *SOCKET_PROBES):
            self.order.say(probe.name)
            yield run_probe(probe, bench)
        yield from self._afterwards()

    @property
    def data(self) -> dict[str, Any]:
        """The figures behind the checks, for the result file."""
        return {
            "answers": self.tally.examined,
            "coverage": coverage.as_data(coverage.rows(self.tally)),
            "generated": {
                outcome.role: {
                    "cases": dict(outcome.cases),
                    "statuses": {str(status): times for status, times in sorted(outcome.statuses.items())},
                    "checks": dict(outcome.checked),
                    "failures": [failure.as_data() for failure in outcome.failures.values()],
                }
                for outcome in self.outcomes
            },
        }

    def _documents(self) -> Iterator[Check]:
        self.order.say("documents")
        repeated = self.document.repeated_ids()
        yield _check(
            "document: operation ids are unique",
            [f"{name!r} is not one operation's alone" for name in repeated],
            f"{len(self.document.operations)} operations",
        )
        try:
            changes = compare(Document.from_file(SNAPSHOT), self.document)
        except DocumentError as error:
            yield Check(name="document: equals the snapshot", verdict=Verdict.UNKNOWN, detail=str(error))
        else:
            told = [str(change) for change in changes if change.impact is not Impact.DOCS] or changes
            yield _check(
                f"document: equals the snapshot ({counted(changes)} changed)"
                if changes
                else "document: equals the snapshot",
                [str(change) for change in told],
                "nothing drifted",
            )
        yield _events()

    def _generated(self) -> Iterator[Check]:
        roles: dict[str, Callable[[], Identities | None]] = {
            "anonymous": lambda: None,
            "user": lambda: Identities.of_users(self.target),
            "admin": self._as_admin,
        }
        assert tuple(roles) == ROLES
        for number, (role, identities) in enumerate(roles.items()):
            self.order.say(f"generated requests as {role}")
            name = f"generated requests as {role}"
            try:
                who = identities()
            except (TargetError, httpx.HTTPError) as error:
                yield Check(name=name, verdict=Verdict.UNKNOWN, detail=str(error))
                continue
            outcome = fuzzing.run(
                self.document,
                self.order.url,
                self.tally,
                role=role,
                identities=who,
                wanted=self._wanted(role),
                spared=self._spared(),
                cases=max(1, -(-self.order.cases // len(roles))),
                seed=self.order.seed + number,
                progress=self.order.say,
            )
            self.outcomes.append(outcome)
            yield _judged(name, outcome, self.document)

    def _wanted(self, role: str) -> set[str]:
        """A user asks all that is open to them. Nobody and the admin ask what would answer them differently.

        Without a token that is what needs none: a probe asks for the 401 of the others. As the admin it is what
        is shut to the user or refused them.
        """
        every = {operation.id for operation in self.document.operations}
        if role == "anonymous":
            return {operation.id for operation in self.document.operations if not operation.secured}
        if role == "user":
            return every - shut(self.document, self.target)
        if "user" in {outcome.role for outcome in self.outcomes}:
            return {name for name in every if self.tally.answers[name, 403]["user"]}
        return every

    def _as_admin(self) -> Identities:
        admin = self.target.admin()
        if admin is None:
            raise TargetError("the admin's password is not known here; give --state")
        return Identities.of_admin(self.target, admin)

    def _spared(self) -> set[str]:
        return {account["site_id"] for account in self.target.state.get("accounts", [])}

    def _afterwards(self) -> Iterator[Check]:
        self.order.say("what was seen")
        found = coverage.rows(self.tally)
        yield from coverage.judge(found, every_role=len(self.outcomes) == len(ROLES))
        before, after = self._counted_before, self._counted()
        grown = after.since(before) if before is not None and after is not None else None
        yield coverage.judge_routes(self.document, self.sockets.paths, grown)
        yield coverage.judge_server_errors(grown)
        faults = [f"{fault}: {', '.join(where)}" for fault, where in self.tally.faults.items()]
        yield _check("answers: every one keeps the conventions", faults, f"{self.tally.examined} answers")
        yield self._alive()
        yield self._events_written()

    def _alive(self) -> Check:
        name = "the processes that answered first still do"
        if not self._marks:
            return Check(
                name=name, verdict=Verdict.UNKNOWN, detail="no state.json tells of them; give --state"
            )
        now = self.target.process_marks()
        changed = [
            f"{process} is another process now" for process in now if now[process] != self._marks.get(process)
        ]
        return _check(name, changed, f"{len(now)} processes, none restarted")

    def _events_written(self) -> Check:
        name = "events: what was written fits its schema"
        url = self.target.state.get("urls", {}).get("postgres")
        if url is None:
            return Check(
                name=name, verdict=Verdict.UNKNOWN, detail="the database is not known here; give --state"
            )
        try:
            found = event_log.read(url, events.EventSchemas.load())
        except (OSError, asyncpg.PostgresError, ValueError) as error:
            return Check(name=name, verdict=Verdict.UNKNOWN, detail=f"the log cannot be read: {error!r}")
        if not found.types:
            return Check(name=name, verdict=Verdict.UNKNOWN, detail="no fact was written")
        told = ", ".join(f"{times} {kind}" for kind, times in sorted(found.types.items()))
        return _check(name, list(dict.fromkeys(found.faults)), told)

    def _counted(self) -> Counted | None:
        urls = self.target.state.get("urls", {})
        if not any(name.startswith("api-") for name in urls):
            return None
        try:
            return server_metrics.count(urls)
        except httpx.HTTPError:
            return None


def _events() -> Check:
    schemas = events.EventSchemas.load()
    changes = events.compare(events.recorded(), schemas.by_name)
    complaints = [*schemas.faults(), *(str(change) for change in changes)]
    return _check("events: schemas keep to what was recorded", complaints, f"{len(schemas.by_name)} schemas")


def _judged(name: str, outcome: Outcome, document: Document) -> Check:
    missed = outcome.wanted - outcome.operations
    unasked = [operation.label for operation in document.operations if operation.id in missed]
    failures = [f"{failure.operation}: {failure.message}" for failure in outcome.failures.values()]
    troubles = [*outcome.errors, *(f"{label} was not asked" for label in unasked)]
    asked = sum(outcome.cases.values())
    verdict = Verdict.FAIL if failures else Verdict.UNKNOWN if troubles or not asked else Verdict.PASS
    limited = outcome.statuses[429]
    detail = _listed(failures or troubles) or (
        f"{asked} requests, {sum(outcome.checked.values())} checks"
        + (f"; {limited} were rate limited" if limited else "")
    )
    return Check(
        name=name,
        verdict=verdict,
        detail=detail,
        seconds=round(outcome.seconds, 3),
        data={"cases": dict(outcome.cases), "failures": len(outcome.failures)},
    )


def _check(name: str, complaints: Sequence[str], otherwise: str) -> Check:
    verdict = Verdict.FAIL if complaints else Verdict.PASS
    return Check(name=name, verdict=verdict, detail=_listed(complaints) or otherwise)


def _listed(complaints: Sequence[str]) -> str:
    more = f" … and {len(complaints) - SHOWN_MAX} more" if len(complaints) > SHOWN_MAX else ""
    return "; ".join(complaint[:300].replace("\n", " ") for complaint in complaints[:SHOWN_MAX]) + more
