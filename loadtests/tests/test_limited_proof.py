"""The race for limited pieces would fail if a piece, a charge or a grant were wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from alerts.verdict import Verdict
from loadtests.proofs import limited
from loadtests.proofs.client import Settled
from loadtests.proofs.limited import GOLD, Outcome, Sale

SALE = Sale(buyers=3, pieces=1)


def an_answer(status: str, reason: str | None = None, http_status: int = 200) -> Settled:
    """What a buyer was told."""
    told = {"success": status == "success", "status": status, "reason": reason}
    return Settled("k", http_status, json.dumps(told).encode(), replayed=False, tries=1)


def sold() -> Outcome:
    """User 1 has the piece, user 2's card was declined, user 3 came too late."""
    return Outcome(
        answers={
            1: an_answer("success"),
            2: an_answer("failed", "PAYMENT_FAILED"),
            3: an_answer("failed", "OUT_OF_STOCK"),
        },
        purchases=[
            {"user_id": 1, "receipt_code": "r1", "status": "success"},
            {"user_id": 2, "receipt_code": "r2", "status": "failed"},
        ],
        grants=[{"user_id": 1, "amount": GOLD}],
        captured=frozenset({"r1"}),
        holds={"sold": 1, "returned": 1},
        stock_left=0,
        killed=None,
    )


def test_a_fair_sale_passes() -> None:
    """Every check holds."""
    assert {check.verdict for check in limited.judge(sold(), SALE)} == {Verdict.PASS}


@pytest.mark.parametrize(
    ("check", "spoil"),
    [
        (
            "every buyer is answered in the end",
            lambda o: replace(o, answers=o.answers | {3: an_answer("failed", http_status=503)}),
        ),
        (
            "every buyer is answered in the end",
            lambda o: replace(o, answers=o.answers | {3: an_answer("success")}),
        ),
        (
            "every buyer is answered in the end",
            lambda o: replace(o, answers=o.answers | {1: an_answer("failed", "OUT_OF_STOCK")}),
        ),
        (
            "as many sold as there are",
            lambda o: replace(
                o, purchases=[*o.purchases, {"user_id": 3, "receipt_code": "r3", "status": "success"}]
            ),
        ),
        (
            "as many sold as there are",
            lambda o: replace(
                o, purchases=[*o.purchases, {"user_id": 3, "receipt_code": "r3", "status": "pending"}]
            ),
        ),
        ("charged what was sold, and nothing else", lambda o: replace(o, captured=frozenset({"r1", "r2"}))),
        ("charged what was sold, and nothing else", lambda o: replace(o, captured=frozenset())),
        ("granted what was sold, once", lambda o: replace(o, grants=[*o.grants, *o.grants])),
        ("granted what was sold, once", lambda o: replace(o, grants=[{"user_id": 1, "amount": 1}])),
        (
            "granted what was sold, once",
            lambda o: replace(o, grants=[*o.grants, {"user_id": 2, "amount": GOLD}]),
        ),
        ("no piece is held or lost", lambda o: replace(o, holds={"sold": 1, "held": 1})),
        ("no piece is held or lost", lambda o: replace(o, stock_left=1)),
    ],
)
def test_each_broken_promise_is_found(check: str, spoil: Callable[[Outcome], Outcome]) -> None:
    """A planted fault fails its check."""
    verdicts = {found.name: found.verdict for found in limited.judge(spoil(sold()), SALE)}
    assert verdicts[check] is Verdict.FAIL


def test_a_kill_that_did_not_happen_is_unknown() -> None:
    """Nobody can say that Redis was lost when it was not."""
    checks = {found.name: found.verdict for found in limited.judge(sold(), replace(SALE, kill="valkey"))}
    assert checks["valkey was killed midway"] is Verdict.UNKNOWN
