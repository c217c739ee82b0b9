"""A probe asks the casino one question that has one right answer; this is how probes are written and judged."""

from __future__ import annotations

import random
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Any, TypeVar

import httpx

from alerts.verdict import Check, Verdict
from contracts.answers import read_problem
from contracts.asyncapi import SocketContract
from contracts.document import Document
from contracts.target import Player, Target, TargetError

Ask = TypeVar("Ask", bound=Callable[["Bench"], None])
DETAIL_CHARACTERS_MAX = 600
GIFT_LOOKS_MAX = 20


class Broken(Exception):
    """The casino did not do what it promises; the message says what it did."""


class NotShown(Exception):
    """Whether the promise holds cannot be told here; the message says what is missing."""


@dataclass(frozen=True)
class Probe:
    """One question. `about` says in a sentence what is promised."""

    name: str
    about: str
    ask: Callable[[Bench], None]


class Bench:
    """What probes have at hand. `cases` is how much chance may do, drawn from `rng`."""

    def __init__(
        self, target: Target, document: Document, sockets: SocketContract, *, seed: int, cases: int
    ) -> None:
        self.target = target
        self.document = document
        self.sockets = sockets
        self.cases = cases
        self.rng = random.Random(seed)

    @property
    def http(self) -> httpx.Client:
        """A client of the casino, seen by the tally."""
        return self.target.http

    @cached_property
    def reader(self) -> Player:
        """A player for probes that change nothing of their account."""
        return self.target.sign_up()

    @cached_property
    def admin(self) -> Player:
        """The admin; NotShown where their password is not known."""
        admin = self.target.admin()
        if admin is None:
            raise NotShown("the admin's password is not known here; give --state")
        return admin

    def spin(self, player: Player, bet: Any = 1, **headers: str) -> httpx.Response:
        """A spin of this player."""
        return self.http.post(
            "/api/games/slot/spin", json={"bet_amount": bet}, headers=player.bearer | headers
        )

    def balance(self, player: Player) -> int:
        """Their gold less what they were given: achievements are paid a moment after the play that earned them."""
        for _ in range(GIFT_LOOKS_MAX):
            given = self._given(player)
            gold = expect_status(self.http.get("/api/users/balance", headers=player.bearer), 200)[
                "gold_balance"
            ]
            if self._given(player) == given:
                return int(gold) - given
        raise NotShown("rewards kept coming while the balance was read")

    def _given(self, player: Player) -> int:
        answer = self.http.get("/api/rewards/me", params={"limit": 100}, headers=player.bearer)
        return sum(int(item["gold"]) for item in expect_status(answer, 200)["items"])


def probe(ask: Ask) -> Ask:
    """Marks a function of a module as a probe; its name and its docstring are the probe's."""
    ask.is_probe = True  # type: ignore[attr-defined]
    return ask


def probes_of(*modules: ModuleType) -> Iterator[Probe]:
    """The probes of modules, in the order in which they are written."""
    for module in modules:
        subject = module.__name__.rsplit(".", 1)[-1]
        for name, ask in vars(module).items():
            if getattr(ask, "is_probe", False):
                about = (ask.__doc__ or "").strip().split("\n")[0]
                yield Probe(f"{subject}: {name.replace('_', ' ')}", about, ask)


def run_probe(probe: Probe, bench: Bench) -> Check:
    """Asks, and judges: what was not answered is FAIL, what could not be asked is UNKNOWN."""
    begun = time.monotonic()
    verdict, detail = Verdict.PASS, probe.about
    try:
        probe.ask(bench)
    except (Broken, httpx.TransportError) as broken:
        verdict, detail = Verdict.FAIL, f"{broken or repr(broken)} (promised: {probe.about})"
    except (NotShown, TargetError) as missing:
        verdict, detail = Verdict.UNKNOWN, str(missing)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        verdict, detail = Verdict.UNKNOWN, f"the probe itself broke: {error!r} at {where.name}:{where.lineno}"
    return Check(
        name=probe.name,
        verdict=verdict,
        detail=detail[:DETAIL_CHARACTERS_MAX],
        seconds=round(time.monotonic() - begun, 3),
    )


def expect(holds: object, otherwise: str) -> None:
    """Broken with this sentence unless it holds."""
    if not holds:
        raise Broken(otherwise)


def expect_status(answer: httpx.Response, *statuses: int) -> Any:
    """The JSON of an answer that has one of these statuses; None when it has no body."""
    asked = f"{answer.request.method} {answer.request.url.raw_path.decode('latin-1')[:120]}"
    if answer.status_code not in statuses:
        wanted = " or ".join(map(str, statuses))
        raise Broken(f"{asked}: {answer.status_code} instead of {wanted}: {answer.text[:200]}")
    return answer.json() if answer.content else None


def expect_problem(answer: httpx.Response, status: int, *codes: str) -> dict[str, Any]:
    """The problem of an answer that has this status and one of these codes."""
    expect_status(answer, status)
    problem = read_problem(answer.content) or {}
    if codes and problem.get("error") not in codes:
        raise Broken(
            f"{answer.request.method} {answer.request.url.path}: error {problem.get('error')!r} "
            f"instead of {' or '.join(codes)}"
        )
    return problem
