"""What the players of one generator process share: the plan, the figures, the history."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from alerts.slo import Slo
from loadtests.account import Account
from loadtests.clock import now
from loadtests.exchange import Answer, Ask
from loadtests.history import History
from loadtests.objectives import Judge, Sample
from loadtests.profile import Profile
from loadtests.tally import Tally

ARRIVING = "arriving"
_ROUND = ("round_id", "bet_amount", "win_amount", "bonus_gold", "balance")


@dataclass(frozen=True, slots=True)
class Plan:
    """One run, as the master tells it to its generators. `begin` is when the first player arrives."""

    profile: Mapping[str, Any]
    target: str
    seed: int
    nonce: str
    begin: float
    generators: int = 1

    def announce(self, out: Path) -> None:
        """Tell whoever waits for the load, in `plan.json`, when its stages open and close (Unix times)."""
        opens = self.begin + float(self.profile["arrive_seconds"])
        times = {"begin": self.begin, "opens": opens, "closes": opens + float(self.profile["seconds"])}
        draft = out / "plan.draft"
        draft.write_text(json.dumps(times), encoding="utf-8")
        draft.replace(out / "plan.json")

    def wire(self) -> dict[str, Any]:
        """Plain values only."""
        return asdict(self)


@dataclass(slots=True)
class Session:
    """One generator's part of a run; `generator` numbers it among its fellows."""

    plan: Plan
    profile: Profile
    generator: int
    history: History
    slos: Sequence[Slo]
    tally: Tally = field(init=False)
    _closed_at: float = float("inf")
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.tally = Tally(Judge(self.slos), self.plan.begin)

    def next_player(self) -> int:
        """The number of the next player of this generator, from 0."""
        return next(self._numbers)

    @property
    def opens(self) -> float:
        """When the first stage opens: every player should have arrived."""
        return self.plan.begin + self.profile.arrive_seconds

    @property
    def closes(self) -> float:
        """When the last stage closes, or closed before its time."""
        return min(self.opens + self.profile.seconds, self._closed_at)

    @property
    def deadline(self) -> float:
        """When even late answers and deliveries are no longer waited for."""
        return self.closes + self.profile.drain_seconds

    def close(self) -> None:
        """End the stages now; players still wait for what they began."""
        self._closed_at = now()

    def book(
        self, sample: Sample, account: Account, ask: Ask, answer: Answer, problems: Sequence[str]
    ) -> None:
        """Count an exchange, write it down, and keep what was wrong with it."""
        self.tally.record(sample)
        line = _op(sample, account, ask, answer, problems)
        self.history.write(line)
        if problems:
            self.tally.fault(sample.step, problems, line)

    def note(self, account: Account, record: str, **members: Any) -> None:
        """Write one more line of a player's history."""
        client = account.credentials.client
        self.history.write({"record": record, "client": client, "user_id": account.user_id, **members})

    def fault(self, account: Account, step: str, problems: Sequence[str]) -> None:
        """Count and keep what was wrong outside an exchange."""
        if problems:
            context = {"client": account.credentials.client, "user_id": account.user_id, "at": now()}
            self.tally.fault(step, problems, context)


def _op(
    sample: Sample, account: Account, ask: Ask, answer: Answer, problems: Sequence[str]
) -> dict[str, Any]:
    line: dict[str, Any] = {
        "record": "op",
        "client": account.credentials.client,
        "user_id": account.user_id,
        "step": sample.step,
        "method": ask.method,
        "path": ask.path,
        "status": answer.status,
        "intended": sample.intended,
        "started": sample.started,
        "ended": sample.ended,
    }
    if answer.failure:
        line["failure"] = answer.failure
    if ask.key is not None:
        line |= {"key": ask.key, "request": ask.body, "replayed": answer.replayed}
        line["error"] = answer.error_code()
        if answer.status == 200:
            line |= _round(answer)
    if sample.step == "balance" and answer.status == 200 and not problems:
        line["balance"] = answer.document()["gold_balance"]
    if problems:
        line["wrong"] = list(problems)
    return line


def _round(answer: Answer) -> dict[str, Any]:
    try:
        round_ = answer.document()
    except ValueError:
        return {}
    return {name: round_.get(name) for name in _ROUND}
