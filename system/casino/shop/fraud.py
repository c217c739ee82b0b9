"""Holds attempts to pay against the fraud rules before anything is charged; without Redis it lets them pass."""

import hashlib
import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity.service import account_of
from casino.kit.clock import utc_now
from casino.kit.database import Database
from casino.kit.errors import CasinoError
from casino.kit.ids import uuid7
from casino.kit.metrics import counter
from casino.kit.outbox import append_fact
from casino.kit.redis import RedisClient, RedisError, fraud_key
from casino.kit.telemetry import pseudonym
from casino.shop import repository
from casino.shop.errors import PurchaseBlocked, VelocityLimited
from casino.shop.facts import FRAUD_DECIDED, FRAUD_MESSAGES
from casino.shop.rules import fraud
from casino.wallet.service import reserve_events

RULES_SECONDS = 5.0
RETRY_AFTER_SECONDS = 60

log = structlog.get_logger(__name__)


class FraudGuard:
    """The rules of one process, read again every few seconds, and what it counts in Redis."""

    def __init__(
        self, database: Database, redis: RedisClient, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._redis = redis
        self._now = now
        self._rules: list[fraud.Rule] = []
        self._read_at = float("-inf")

    async def check(
        self, user_id: int, *, amount_cents: int, payment_method: str, traceparent: str | None
    ) -> None:
        """Lets the attempt pass, or writes down why not and raises PurchaseBlocked or VelocityLimited."""
        rules = await self._current_rules()
        if not rules:
            return
        attempt = await self._attempt(rules, user_id, amount_cents, payment_method)
        hits = fraud.hits_of(rules, attempt)
        if not hits:
            counter("fraud_decisions_total").labels("allow", "none").inc()
            return
        async with self._database.transaction() as connection:
            await _write_down(connection, hits, user_id, amount_cents, traceparent)
        for hit in hits:
            decision = _decision(hit.rule)
            counter("fraud_decisions_total").labels(decision, hit.rule.code).inc()
            log.warning("fraud_decided", user=pseudonym(user_id), rule=hit.rule.code, decision=decision)
        blocking = blocking_hit(hits)
        if blocking is not None:
            raise refusal_of(blocking)

    async def _current_rules(self) -> list[fraud.Rule]:
        if self._now() - self._read_at > RULES_SECONDS:
            async with self._database.snapshot() as connection:
                rows = await repository.fraud_rules(connection)
            read = [fraud.Rule(row.code, row.kind, row.decision, row.limits_data, row.shadow) for row in rows]
            self._rules = [rule for rule in read if fraud.is_sound(rule)]
            self._read_at = self._now()
            for rule in read:
                if not fraud.is_sound(rule):
                    counter("fraud_decisions_total").labels("open", rule.code).inc()
                    log.error("fraud_rule_unsound", rule=rule.code)
            for rule in self._rules:
                # The first block must show as an increase, so its series is there before it.
                counter("fraud_decisions_total").labels(_decision(rule), rule.code)
        return self._rules

    async def _attempt(
        self, rules: Sequence[fraud.Rule], user_id: int, amount_cents: int, payment_method: str
    ) -> fraud.Attempt:
        method = hashlib.sha256(payment_method.encode()).hexdigest()[:32]
        attempts: dict[int, int] | None
        cards: dict[int, int] | None
        try:
            attempts = await self._count(
                "attempts", user_id, fraud.windows_of(rules, "velocity"), str(uuid7())
            )
            cards = await self._count("cards", user_id, fraud.windows_of(rules, "cards"), method)
        except (RedisError, OSError, TimeoutError):
            attempts = cards = None
            counter("fraud_decisions_total").labels("open", "redis_away").inc()
        async with self._database.snapshot() as connection:
            account = await account_of(connection, user_id)
            largest = await repository.largest_paid_cents(connection, user_id)
        age = (utc_now() - account.created_at).total_seconds()
        return fraud.Attempt(amount_cents, age, largest, attempts, cards)

    async def _count(self, kind: str, user_id: int, windows: Sequence[int], member: str) -> dict[int, int]:
        """How many different members each window holds, this one included."""
        if not windows:
            return {}
        seconds = time.time()
        pipeline = self._redis.pipeline(transaction=True)
        for window in windows:
            key = fraud_key(kind, user_id, window)
            pipeline.zadd(key, {member: seconds})
            pipeline.zremrangebyscore(key, 0, seconds - window)
            pipeline.expire(key, window)
            pipeline.zcard(key)
        return dict(zip(windows, (await pipeline.execute())[3::4], strict=True))


def _decision(rule: fraud.Rule) -> str:
    """What metrics and log call the decision of a rule that holds."""
    return "shadow" if rule.shadow else rule.decision


async def _write_down(
    connection: AsyncConnection,
    hits: Sequence[fraud.Hit],
    user_id: int,
    amount_cents: int,
    traceparent: str | None,
) -> None:
    """A row for each rule that held; and a fact, which the user hears of, when one of them blocks."""
    rows: list[dict[str, Any]] = [
        {
            "user_id": user_id,
            "rule_code": hit.rule.code,
            "decision": hit.rule.decision,
            "shadow": hit.rule.shadow,
            "reason": hit.reason,
            "amount_cents": amount_cents,
        }
        for hit in hits
    ]
    await repository.add_fraud_decisions(connection, rows)
    blocking = blocking_hit(hits)
    if blocking is None:
        return
    await append_fact(
        connection,
        type=FRAUD_DECIDED,
        user_id=user_id,
        event_no=await reserve_events(connection, user_id, FRAUD_MESSAGES),
        messages=FRAUD_MESSAGES,
        data={
            "decision": blocking.rule.decision,
            "rule_code": blocking.rule.code,
            "reason": blocking.reason,
            "amount": amount_cents,
        },
        traceparent=traceparent,
    )


def blocking_hit(hits: Sequence[fraud.Hit]) -> fraud.Hit | None:
    """The hit that decides: the first that is no shadow, hard ones being first."""
    return next((hit for hit in hits if not hit.rule.shadow), None)


def refusal_of(hit: fraud.Hit) -> CasinoError:
    """What a blocked buyer is answered."""
    if hit.rule.decision == "hard":
        return PurchaseBlocked("This purchase was blocked; ask support to look at it.", rule=hit.rule.code)
    return VelocityLimited(
        "Too many purchases; wait a minute.", retry_after_seconds=RETRY_AFTER_SECONDS, rule=hit.rule.code
    )
