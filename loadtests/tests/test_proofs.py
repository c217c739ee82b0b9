"""The proofs would fail if the promise were broken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from alerts.verdict import Verdict
from loadtests.inbox import Inbox
from loadtests.proofs import cashouts, claims, dashboard, race, resume
from loadtests.proofs.cashouts import Attempt, Rush
from loadtests.proofs.client import Settled
from loadtests.proofs.race import Race, Sent
from loadtests.proofs.resume import Ordeal

RACE = Race(players=1, keys=2, spins=4)
ORDEAL = Ordeal(events=100, cuts=3, lanes=1, seed=1)


def paid(key: str, amount: int, balance: int, kind: str = "game_round") -> dict[str, Any]:
    """A transfer of user 7."""
    return {"user_id": 7, "amount": amount, "balance_after": balance, "kind": kind, "idempotency_key": key}


def raced() -> race.Outcome:
    """A race that nobody cheated in: 1,000 gold, one bet lost and one won."""
    answers = [("k1", b"one", False), ("k2", b"two", False), ("k1", b"one", True), ("k2", b"two", True)]
    return race.Outcome(
        sent=[Sent(7, Settled(key, 200, content, replayed, 1)) for key, content, replayed in answers],
        shown={7: 1010},
        balances={7: 1010},
        ledger=[
            paid("signup", 1000, 1000, "signup"),
            paid("client:k1", -10, 990),
            paid("client:k2", 20, 1010),
        ],
        rounds=Counter({7: 2}),
        killed=None,
    )


def answered(outcome: race.Outcome, place: int, **changes: Any) -> race.Outcome:
    """The race with one answer changed."""
    sent = list(outcome.sent)
    sent[place] = replace(sent[place], answer=replace(sent[place].answer, **changes))
    return replace(outcome, sent=sent)


def test_a_fair_race_passes() -> None:
    """Every check holds."""
    assert {check.verdict for check in race.judge(raced(), RACE)} == {Verdict.PASS}


@pytest.mark.parametrize(
    ("name", "check", "spoil"),
    [
        ("unanswered", "every sending is answered in the end", lambda o: answered(o, 2, status=0)),
        ("other bytes", "one answer a key, byte for byte", lambda o: answered(o, 2, content=b"one ")),
        ("settled twice", "one answer a key, byte for byte", lambda o: answered(o, 2, replayed=False)),
        ("never settled", "one answer a key, byte for byte", lambda o: answered(o, 0, replayed=True)),
        (
            "paid twice",
            "one payment a key",
            lambda o: replace(o, ledger=[*o.ledger, paid("client:k2", 20, 1030)]),
        ),
        ("never paid", "one payment a key", lambda o: replace(o, ledger=o.ledger[:2])),
        (
            "paid under no key of ours",
            "one payment a key",
            lambda o: replace(o, ledger=[*o.ledger, paid("round:r9", 20, 1030)]),
        ),
        ("a round too many", "one payment a key", lambda o: replace(o, rounds=Counter({7: 3}))),
        ("another balance shown", "balance equals ledger", lambda o: replace(o, shown={7: 1000})),
        ("another balance kept", "balance equals ledger", lambda o: replace(o, balances={7: 1000})),
    ],
)
def test_an_unfair_race_fails(name: str, check: str, spoil: Callable[[race.Outcome], race.Outcome]) -> None:
    """By the check that is about it."""
    verdicts = {each.name: each.verdict for each in race.judge(spoil(raced()), RACE)}
    assert verdicts[check] is Verdict.FAIL, name


def test_a_kill_that_was_not_made_proves_nothing() -> None:
    """The race may have been fair, but not the one that was asked for."""
    checks = race.judge(raced(), replace(RACE, kill="api-1"))
    assert [check.verdict for check in checks][-1] is Verdict.UNKNOWN


def endured() -> resume.Outcome:
    """A hundred events from 2 to 101 with three cuts at two processes."""
    inbox = Inbox(user_id=7, last_id=101, numbered=100, connections=4, resumed=3)
    return resume.Outcome(inbox, first=1, cuts=3, processes={"a", "b"}, last_event=101)


def test_an_ordeal_without_loss_passes() -> None:
    """Every check holds."""
    assert {check.verdict for check in resume.judge(endured(), ORDEAL)} == {Verdict.PASS}


@pytest.mark.parametrize(
    ("check", "changes"),
    [
        ("each event once, in order", {"problems": ["events 5 to 5 left out"]}),
        ("nothing is missing at the end", {"last_event": 102}),
        ("nothing is missing at the end", {"last_event": None}),
        ("the ordeal was as hard as claimed", {"cuts": 2}),
        ("the ordeal was as hard as claimed", {"processes": {"a"}}),
        ("the ordeal was as hard as claimed", {"unsettled": 1}),
        ("the ordeal was as hard as claimed", {"inbox": Inbox(7, last_id=101, numbered=100, resumed=2)}),
    ],
)
def test_a_loss_or_an_easier_ordeal_fails(check: str, changes: dict[str, Any]) -> None:
    """A proof that claims more than it did is none."""
    verdicts = {each.name: each.verdict for each in resume.judge(replace(endured(), **changes), ORDEAL)}
    assert verdicts[check] is Verdict.FAIL


def claimed(**changes: Any) -> claims.Outcome:
    """Five claims of which one was given."""
    fair = claims.Outcome(
        answers={claims.GIVEN: 1, claims.CLAIMED: 4},
        ledger=[
            {"amount": 1_000, "counter_account": "signup"},
            {"amount": 150, "counter_account": "source:streak"},
        ],
        gold=1_150,
    )
    return replace(fair, **changes)


def test_a_fair_race_of_claims_passes() -> None:
    """Every check holds."""
    assert {check.verdict for check in claims.judge(claimed(), 5)} == {Verdict.PASS}


@pytest.mark.parametrize(
    ("check", "changes"),
    [
        (0, {"answers": {claims.GIVEN: 2, claims.CLAIMED: 3}}),
        (0, {"answers": {claims.CLAIMED: 5}}),
        (0, {"answers": {claims.GIVEN: 1, claims.CLAIMED: 3, (500, ""): 1}}),
        (1, {"ledger": []}),
        (1, {"ledger": [{"amount": 150, "counter_account": "source:streak"}] * 2}),
        (1, {"gold": 1_300}),
    ],
)
def test_a_claim_that_pays_twice_or_never_is_caught(check: int, changes: dict[str, Any]) -> None:
    """The answers and the ledger are held against what one day gives."""
    assert claims.judge(claimed(**changes), 5)[check].verdict is Verdict.FAIL


LOOKS = dashboard.Looks(players=1, rate=100, seconds=1, p95_seconds=0.025)


def looked(*, seconds: float, lag: float = 0.001, status: int = 200) -> dashboard.Outcome:
    """A hundred looks that all took as long."""
    outcome = dashboard.Outcome()
    for _ in range(100):
        outcome.latencies.record(seconds)
        outcome.lags.record(lag)
        outcome.statuses[status] += 1
    return outcome


@pytest.mark.parametrize(
    ("outcome", "verdicts"),
    [
        (looked(seconds=0.010), [Verdict.PASS, Verdict.PASS]),
        (looked(seconds=0.030), [Verdict.PASS, Verdict.FAIL]),
        (looked(seconds=0.030, lag=0.020), [Verdict.PASS, Verdict.UNKNOWN]),
        (looked(seconds=0.010, status=503), [Verdict.FAIL, Verdict.PASS]),
        (dashboard.Outcome(), [Verdict.FAIL, Verdict.FAIL]),
    ],
)
def test_a_slow_home_page_is_caught(outcome: dashboard.Outcome, verdicts: list[Verdict]) -> None:
    """Too slow fails, unless the generator was too late itself to say so; nothing measured is no pass."""
    assert [check.verdict for check in dashboard.judge(outcome, LOOKS)] == verdicts


RUSH = Rush(rounds=2, attempts=3)
LEFT, BURNED = UUID(int=1), UUID(int=2)
END = datetime(2026, 11, 21, 20, 15, tzinfo=UTC)


def rushed() -> cashouts.Outcome:
    """Two rounds left three times each: one in time, one never."""
    attempts = [
        Attempt(LEFT, -0.2, 200, ""),
        Attempt(LEFT, -0.1, 404, "no_active_round"),
        Attempt(LEFT, 0.1, 404, "no_active_round"),
        *(Attempt(BURNED, after, 409, "already_crashed") for after in (0.01, 0.1, 0.2)),
    ]
    row = {"due_at": END, "crash_points": 150, "bonus_gold": 0, "ends": 1}
    left = row | {
        "status": "cashed",
        "ended_at": END - timedelta(seconds=0.2),
        "cashout_points": 149,
        "paid": 149,
    }
    burned = row | {"status": "crashed", "ended_at": END, "cashout_points": None, "paid": 0}
    return cashouts.Outcome(attempts, {LEFT: left, BURNED: burned})


def row_with(game_id: UUID, **changes: Any) -> cashouts.Outcome:
    """The rush with a round's row changed."""
    outcome = rushed()
    return replace(outcome, rounds={**outcome.rounds, game_id: {**outcome.rounds[game_id], **changes}})


def attempt_with(place: int, **changes: Any) -> cashouts.Outcome:
    """The rush with one attempt changed."""
    attempts = list(rushed().attempts)
    attempts[place] = replace(attempts[place], **changes)
    return replace(rushed(), attempts=attempts)


def test_an_orderly_rush_passes() -> None:
    """Every check holds."""
    assert {check.verdict for check in cashouts.judge(rushed(), RUSH)} == {Verdict.PASS}


@pytest.mark.parametrize(
    ("check", "spoiled"),
    [
        (
            "every attempt is paid, too late or one too many",
            attempt_with(1, status=500, error="internal_error"),
        ),
        ("each round is paid at most once", attempt_with(1, status=200, error="")),
        ("each round is paid at most once", attempt_with(3, status=200, error="")),
        ("each round is paid at most once", attempt_with(0, status=404, error="no_active_round")),
        ("each round ends with one transfer, which pays what it says", row_with(LEFT, ends=2, paid=298)),
        ("each round ends with one transfer, which pays what it says", row_with(LEFT, paid=150)),
        ("each round ends with one transfer, which pays what it says", row_with(BURNED, paid=149)),
        ("no round is paid past its end", attempt_with(0, after_seconds=0.05)),
        ("no round is paid past its end", row_with(LEFT, ended_at=END)),
        ("no round is paid past its end", row_with(LEFT, cashout_points=151)),
    ],
)
def test_a_rush_that_pays_wrongly_fails(check: str, spoiled: cashouts.Outcome) -> None:
    """By the check that is about it."""
    verdicts = {each.name: each.verdict for each in cashouts.judge(spoiled, RUSH)}
    assert verdicts[check] is Verdict.FAIL


def test_a_rush_on_one_side_of_the_end_proves_nothing() -> None:
    """Attempts that are all too late, or all in time, say nothing about the moment between."""
    late = [attempt for attempt in rushed().attempts if attempt.game_id == BURNED]
    checks = cashouts.judge(replace(rushed(), attempts=late), RUSH)
    assert checks[-1].verdict is Verdict.UNKNOWN
