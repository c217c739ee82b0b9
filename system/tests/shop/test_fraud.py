"""Fraud rules: data decides, shadow looks on, Redis away lets pass."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, insert, select

from casino.kit.database import Database
from casino.kit.metrics import REGISTRY
from casino.kit.redis import RedisClient, connect
from casino.shop.errors import PurchaseBlocked, VelocityLimited
from casino.shop.fraud import FraudGuard
from casino.shop.models import FraudDecision, FraudRule
from casino.shop.rules.fraud import Attempt, Rule, hits_of, windows_of
from tests.factories.log import facts_of
from tests.factories.players import a_player

VELOCITY = Rule("V", "velocity", "soft", {"window_seconds": 60, "attempts_max": 2}, False)
CARDS = Rule("C", "cards", "hard", {"window_seconds": 60, "cards_max": 1}, False)
JUMP = Rule("J", "amount_jump", "soft", {"from_cents": 100, "factor": 10}, True)
NEW = Rule("N", "new_account", "hard", {"age_seconds": 60, "amount_cents_max": 500}, False)


def an_attempt(**changes: object) -> Attempt:
    """An attempt that no rule minds."""
    plain = {
        "amount_cents": 500,
        "account_age_seconds": 60.0,
        "largest_paid_cents": 0,
        "attempts": {60: 2},
        "cards": {60: 1},
    }
    return Attempt(**plain | changes)  # type: ignore[arg-type]  # members by name


@pytest.mark.parametrize(
    ("changes", "hit"),
    [
        ({}, []),
        ({"attempts": {60: 3}}, ["V"]),
        ({"cards": {60: 2}}, ["C"]),
        ({"attempts": {60: 3}, "cards": {60: 2}}, ["C", "V"]),
        ({"amount_cents": 1_000}, []),
        ({"amount_cents": 1_001}, ["J"]),
        ({"amount_cents": 1_001, "largest_paid_cents": 101}, []),
        ({"account_age_seconds": 59.9}, []),
        ({"account_age_seconds": 59.9, "amount_cents": 501}, ["N"]),
        ({"attempts": None, "cards": None}, []),
    ],
)
def test_each_rule_on_both_sides_of_its_bound(changes: dict[str, object], hit: list[str]) -> None:
    """A rule holds from the first step over its bound; hard ones come first; what cannot be counted holds nothing."""
    rules = [VELOCITY, CARDS, JUMP, NEW]
    assert [found.rule.code for found in hits_of(rules, an_attempt(**changes))] == hit
    assert windows_of(rules, "velocity") == [60]


@pytest.mark.parametrize(
    ("limits", "sound"),
    [
        ({"window_seconds": 60, "attempts_max": 2}, True),
        ({"window_seconds": 60}, False),
        ({"window_seconds": 0, "attempts_max": 2}, False),
        ({"window_seconds": 60, "attempts_max": "2"}, False),
        ([60, 2], False),
    ],
)
async def test_a_rule_without_its_numbers_stops_nobody(
    database: Database, redis: RedisClient, limits: Any, sound: bool
) -> None:
    """A row by hand is left out, and a metric says so: it must not keep everybody from paying."""
    code, user = f"BY_HAND_{uuid4().hex[:8]}", await a_player(database)
    row = {"kind": "velocity", "decision": "soft", "limits_data": limits}
    async with database.transaction() as connection:
        await connection.execute(insert(FraudRule).values(code=code, **row))
    for _ in range(2):
        await attempt(FraudGuard(database, redis), user)
    if sound:
        with pytest.raises(VelocityLimited):
            await attempt(FraudGuard(database, redis), user)
    else:
        await attempt(FraudGuard(database, redis), user)
    async with database.transaction() as connection:
        await connection.execute(delete(FraudRule).where(FraudRule.code == code))
    open_ = REGISTRY.get_sample_value("fraud_decisions_total", {"decision": "open", "rule": code})
    assert open_ == (None if sound else 3)


def a_guard(database: Database, redis: RedisClient, *rules: Rule) -> FraudGuard:
    """A guard with these rules and no others."""
    guard = FraudGuard(database, redis)
    guard._rules, guard._read_at = list(rules), float("inf")
    return guard


async def attempt(guard: FraudGuard, user: int, method: str = "card", cents: int = 299) -> None:
    """One attempt to pay."""
    await guard.check(user, amount_cents=cents, payment_method=method, traceparent=None)


async def test_many_attempts_are_slowed_down(database: Database, redis: RedisClient) -> None:
    """The third in the window waits; the decision is a row with its reason, and the buyer's sockets hear of it."""
    user, guard = await a_player(database), a_guard(database, redis, VELOCITY)
    await attempt(guard, user)
    await attempt(guard, user)
    with pytest.raises(VelocityLimited) as refused:
        await attempt(guard, user)
    assert refused.value.retry_after_seconds == 60
    async with database.snapshot() as connection:
        row = (await connection.execute(select(FraudDecision).where(FraudDecision.user_id == user))).one()
    assert (row.rule_code, row.decision, row.shadow, row.reason) == (
        "V",
        "soft",
        False,
        "3 attempts in 60 s, 2 are usual",
    )
    (fact,) = [fact for fact in await facts_of(database, user) if fact.type == "shop.fraud_decided"]
    assert fact.data["rule_code"] == "V"


async def test_many_cards_are_blocked(database: Database, redis: RedisClient) -> None:
    """A second method is one too many for this rule; the same one again is not."""
    user, guard = await a_player(database), a_guard(database, redis, CARDS)
    await attempt(guard, user, "card_a")
    await attempt(guard, user, "card_a")
    with pytest.raises(PurchaseBlocked):
        await attempt(guard, user, "card_b")


async def test_a_shadow_rule_blocks_nobody(database: Database, redis: RedisClient) -> None:
    """It leaves its row, and no fact: the buyer never hears of it."""
    user, guard = await a_player(database), a_guard(database, redis, JUMP)
    await attempt(guard, user, cents=5_000)
    async with database.snapshot() as connection:
        row = (await connection.execute(select(FraudDecision).where(FraudDecision.user_id == user))).one()
    assert row.shadow is True
    assert [fact for fact in await facts_of(database, user) if fact.type == "shop.fraud_decided"] == []


async def test_without_redis_attempts_pass_and_a_metric_says_so(database: Database) -> None:
    """Open is better than shut for players who did nothing; operators see it."""
    labels = {"decision": "open", "rule": "redis_away"}
    before = REGISTRY.get_sample_value("fraud_decisions_total", labels) or 0
    nowhere = connect("redis://127.0.0.1:1/0")
    user, guard = await a_player(database), a_guard(database, nowhere, VELOCITY, CARDS)
    for _ in range(4):
        await attempt(guard, user, f"card_{uuid4().hex[:8]}")
    assert REGISTRY.get_sample_value("fraud_decisions_total", labels) == before + 4
    await nowhere.aclose()
