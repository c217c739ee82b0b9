"""Negative controls: each violation planted in the evidence is found, and a whole evening is not accused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from alerts.verdict import Verdict
from chaos import audit
from chaos.books import Round, Snapshot, Transfer, Wallet
from chaos.checker import INVARIANTS, Evidence
from chaos.histories import Message, Op
from chaos.paygate import Charge
from chaos.tests.evidence import USER, look, op, story, whole

Spoil = Callable[[Evidence], Evidence]


def books(evidence: Evidence, **changes: Any) -> Evidence:
    """The evidence with other books."""
    return replace(evidence, books=replace(evidence.books, **changes))


def clients(evidence: Evidence, **changes: Any) -> Evidence:
    """The evidence with other histories."""
    return replace(evidence, histories=replace(evidence.histories, **changes))


def at(rows: Sequence[Any], place: int, **changes: Any) -> list[Any]:
    """The rows with one of them changed."""
    return [replace(row, **changes) if number == place else row for number, row in enumerate(rows)]


def without(rows: Sequence[Any], place: int) -> tuple[Any, ...]:
    """The rows without one of them."""
    return tuple(row for number, row in enumerate(rows) if number != place)


def _unanswered(evidence: Evidence) -> Evidence:
    """The second spin's answer was lost on the way, though it was settled."""
    lost = Op("0-0", USER, "spin", 0, 1.0, 1.1, key="k2", request={"bet_amount": 5})
    return clients(evidence, ops=(*evidence.histories.ops[:3], lost))


PLANTED: Sequence[tuple[str, str, Spoil]] = (
    (
        "a balance edited by hand",
        "gold is conserved",
        lambda e: books(e, wallets=[Wallet(USER, 2005, 3, 9)]),
    ),
    (
        "a transfer edited by hand",
        "gold is conserved",
        lambda e: books(e, transfers=at(e.books.transfers, 1, amount=-9)),
    ),
    (
        "a transfer removed",
        "gold is conserved",
        lambda e: books(e, transfers=without(e.books.transfers, 2)),
    ),
    (
        "an overdrawn wallet",
        "no balance is negative",
        lambda e: books(e, transfers=at(e.books.transfers, 1, balance_after=-1)),
    ),
    (
        "half a transfer, seen by the auditor while it was under way",
        "the bank balances at every moment",
        lambda e: replace(e, snapshots=[Snapshot(1.0, 990, 1000, 0)]),
    ),
    (
        "an overdrawn wallet, seen by the auditor and mended later",
        "the bank balances at every moment",
        lambda e: replace(e, snapshots=[Snapshot(1.0, 990, 990, 1)]),
    ),
    (
        "a balance that was never the account's",
        "balances read were true",
        lambda e: clients(e, ops=(*e.histories.ops, look(2.0, 2.1, 777))),
    ),
    (
        "a balance of the past",
        "balances read were true",
        lambda e: clients(e, ops=(*e.histories.ops, look(2.0, 2.1, 990))),
    ),
    (
        "a balance of the future",
        "balances read were true",
        lambda e: clients(e, ops=(look(0.5, 0.6, 1005), *e.histories.ops)),
    ),
    (
        "an acknowledged round missing",
        "no acknowledged round is lost",
        lambda e: books(e, rounds=without(e.books.rounds, 1)),
    ),
    (
        "an acknowledged payment missing",
        "no acknowledged round is lost",
        lambda e: books(e, transfers=without(e.books.transfers, 2)),
    ),
    (
        "a round that kept another win than it told",
        "no acknowledged round is lost",
        lambda e: books(e, rounds=at(e.books.rounds, 1, win_amount=25)),
    ),
    (
        "a bonus that was told and not kept",
        "no acknowledged round is lost",
        lambda e: clients(e, ops=at(e.histories.ops, 3, bonus_gold=50)),
    ),
    (
        "a doubled payout of one round under a second key",
        "no acknowledged round is lost",
        lambda e: books(
            e,
            wallets=[Wallet(USER, 1020, 4, 9)],
            transfers=[*e.books.transfers, Transfer(USER, 4, 15, 1020, "game_round", "r2", "client:k9")],
        ),
    ),
    (
        "a key that paid twice",
        "no key pays twice",
        lambda e: books(
            e,
            wallets=[Wallet(USER, 1020, 4, 9)],
            transfers=[*e.books.transfers, Transfer(USER, 4, 15, 1020, "game_round", "r3", "client:k2")],
            rounds=[*e.books.rounds, Round("r3", USER, 4, 5, 20)],
        ),
    ),
    (
        "a key that answered with two rounds",
        "no key pays twice",
        lambda e: clients(e, ops=(*e.histories.ops, op("r1", "k2", 10, 0, 990))),
    ),
    (
        "a payment without a round",
        "no key pays twice",
        lambda e: books(e, rounds=without(e.books.rounds, 0)),
    ),
    (
        "a payment nobody asked for",
        "nothing is paid unasked",
        lambda e: clients(e, ops=e.histories.ops[:3]),
    ),
    (
        "a payment of another bet than was asked for",
        "nothing is paid unasked",
        lambda e: books(e, rounds=at(e.books.rounds, 1, bet_amount=50)),
    ),
    (
        "money taken and nothing given",
        "what is paid is given",
        lambda e: books(e, transfers=without(e.books.transfers, 3)),
    ),
    (
        "gold given twice for one payment",
        "what is paid is given",
        lambda e: books(e, transfers=[*e.books.transfers, e.books.transfers[3]]),
    ),
    (
        "gold given for a card that was declined",
        "what is paid is given",
        lambda e: replace(e, charges=dict(e.charges or {}) | {"p1": Charge("p1", "declined", 499)}),
    ),
    (
        "money taken for a purchase that failed",
        "what is paid is given",
        lambda e: replace(e, charges=dict(e.charges or {}) | {"p2": Charge("p2", "captured", 499)}),
    ),
    (
        "another price taken than was asked",
        "what is paid is given",
        lambda e: replace(e, charges=dict(e.charges or {}) | {"p1": Charge("p1", "captured", 999)}),
    ),
    (
        "money taken for nothing we know of",
        "what is paid is given",
        lambda e: replace(e, charges=dict(e.charges or {}) | {"p9": Charge("p9", "captured", 499)}),
    ),
    (
        "money given back and the gold left",
        "what is paid is given",
        lambda e: replace(e, charges=dict(e.charges or {}) | {"p1": Charge("p1", "refunded", 499)}),
    ),
    (
        "a payment that never ended",
        "no payment stays pending",
        lambda e: books(e, purchases=at(e.books.purchases, 1, status="pending")),
    ),
    (
        "an acknowledged purchase missing",
        "no key buys twice",
        lambda e: books(e, purchases=without(e.books.purchases, 0)),
    ),
    (
        "a key that bought twice",
        "no key buys twice",
        lambda e: books(e, purchases=[*e.books.purchases, replace(e.books.purchases[0], receipt_code="p3")]),
    ),
    (
        "a round without its fact",
        "every round has its fact",
        lambda e: books(e, facts=without(e.books.facts, 2)),
    ),
    (
        "a round with two facts",
        "every round has its fact",
        lambda e: books(e, facts=[*e.books.facts, replace(e.books.facts[2], event_id="e4", event_no=10)]),
    ),
    (
        "a gap in the event numbers",
        "every round has its fact",
        lambda e: books(e, facts=at(e.books.facts, 2, event_no=7)),
    ),
    (
        "a fact that never left the outbox",
        "every round has its fact",
        lambda e: books(e, facts=at(e.books.facts, 2, logged=False)),
    ),
    (
        "a lost event",
        "events arrive once, in order",
        lambda e: clients(e, messages=without(e.histories.messages, 3)),
    ),
    (
        "the last round never told",
        "events arrive once, in order",
        lambda e: clients(e, messages=e.histories.messages[:4]),
    ),
    (
        "an event twice",
        "events arrive once, in order",
        lambda e: clients(e, messages=(*e.histories.messages[:4], *e.histories.messages[3:])),
    ),
    (
        "two events exchanged",
        "events arrive once, in order",
        lambda e: clients(e, messages=(*story(6, "r2"), *story(2, "r1"))),
    ),
    (
        "an event nobody committed",
        "events arrive once, in order",
        lambda e: clients(e, messages=(*e.histories.messages, Message("0-0", USER, 14, "user_action", 2.0))),
    ),
    (
        "an event that tells of another round",
        "events arrive once, in order",
        lambda e: clients(e, messages=(*story(2, "r1"), *story(6, "r9"))),
    ),
    (
        "a socket that was open and heard nothing",
        "events arrive once, in order",
        lambda e: clients(e, messages=()),
    ),
    (
        "a fact never analysed",
        "every fact is analysed once",
        lambda e: replace(e, analysed=dict.fromkeys(("e1", "e2", "e3", "e4"), 1)),
    ),
    (
        "a fact analysed twice",
        "every fact is analysed once",
        lambda e: replace(e, analysed={**(e.analysed or {}), "e2": 2}),
    ),
    (
        "a row in the analytics store that nobody committed",
        "every fact is analysed once",
        lambda e: replace(e, analysed={**(e.analysed or {}), "e9": 1}),
    ),
)


def _verdicts(evidence: Evidence) -> dict[str, Verdict]:
    return {check.name: check.verdict for check in audit.judge(evidence)}


def test_a_whole_evening_is_not_accused() -> None:
    """Every invariant holds and had something to check."""
    assert set(_verdicts(whole()).values()) == {Verdict.PASS}


@pytest.mark.parametrize(("invariant", "spoil"), [each[1:] for each in PLANTED], ids=[p[0] for p in PLANTED])
def test_a_planted_violation_is_found(invariant: str, spoil: Spoil) -> None:
    """By the invariant that it breaks."""
    assert _verdicts(spoil(whole()))[invariant] is Verdict.FAIL


def test_every_invariant_has_a_planted_violation() -> None:
    """None is trusted unproved."""
    assert {invariant for _, invariant, _ in PLANTED} == {each.name for each in INVARIANTS}


def test_a_settled_bet_whose_answer_was_lost_is_no_violation() -> None:
    """The client asked for it under its key, and nobody told it otherwise."""
    verdicts = _verdicts(_unanswered(whole()))
    assert Verdict.FAIL not in verdicts.values()


def test_what_happens_at_once_may_be_seen_either_way() -> None:
    """A look that begins before a bet's answer and ends after its question may show either balance."""
    for balance in (990, 1005):
        ops = (*whole().histories.ops, look(1.35, 1.6, balance))
        assert Verdict.FAIL not in _verdicts(clients(whole(), ops=ops)).values()


def test_two_looks_cannot_go_back_in_time() -> None:
    """Once the new balance was shown, the old one is not, though the bet is still under way."""
    ops = [*whole().histories.ops[:3], op("r2", "k2", 5, 20, 1005, started=1.4)]
    ops[3] = replace(ops[3], ended=3.0)
    back = (*ops, look(1.5, 1.6, 1005), look(1.7, 1.8, 990))
    assert _verdicts(clients(whole(), ops=back))["balances read were true"] is Verdict.FAIL


def test_without_evidence_nothing_passes() -> None:
    """An empty database and no analytics store say nothing."""
    nothing = Evidence(replace(whole().histories, ops=(), messages=(), sockets=()), _no_books())
    assert set(_verdicts(nothing).values()) == {Verdict.UNKNOWN}


def _no_books() -> Any:
    return replace(whole().books, wallets=[], transfers=[], rounds=[], facts=[], purchases=[])
