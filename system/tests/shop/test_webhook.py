"""Webhooks: only the gateway's, each event once, in any order."""

import asyncio
import json
import os
import random
import time
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from casino.app import Parts
from casino.kit.database import Database
from casino.shop.models import ShopTransaction, WebhookEvent
from casino.shop.rules.signatures import is_fresh, is_signed
from casino.shop.service import Shop
from casino.wallet.models import LedgerTransfer, Wallet
from paygate.plan import Plan
from paygate.webhooks import announcements, signed_headers
from tests.factories.players import a_player
from tests.shop.purchases import bought
from tests.shop.webhooks import a_webhook, an_event

PATH = "/api/shop/webhook/payment"
# `STORM_WEBHOOKS=10000` is the whole storm; this much of it runs with every test.
STORM = int(os.environ.get("STORM_WEBHOOKS", "600"))


@pytest.fixture
def secret(parts: Parts) -> str:
    """What the gateway signs with."""
    return parts.settings.payment_webhook_secret.get_secret_value()


async def posted(client: httpx.AsyncClient, webhook: tuple[bytes, dict[str, str]]) -> tuple[int, Any]:
    """(status, outcome or code of the error)."""
    response = await client.post(PATH, content=webhook[0], headers=webhook[1])
    answer = response.json()
    return response.status_code, answer.get("outcome") or answer.get("error")


async def a_pending(shop: Shop, database: Database) -> tuple[int, str]:
    """(user, receipt) of a purchase that the gateway has not ended."""
    user = await a_player(database, gold=0)
    return user, (await bought(shop.till, user, "pm_pending_success")).receipt_code


async def stands(database: Database, user: int) -> tuple[str, int]:
    """(status of the user's one purchase, their gold)."""
    async with database.snapshot() as connection:
        status = await connection.scalar(
            select(ShopTransaction.status).where(ShopTransaction.user_id == user)
        )
        gold = await connection.scalar(select(Wallet.gold_balance).where(Wallet.user_id == user))
    return str(status), int(gold or 0)


async def test_an_event_has_its_effect_once(
    client: httpx.AsyncClient, shop: Shop, database: Database, secret: str
) -> None:
    """The first grants, its repeat is known, an older one comes too late to matter."""
    user, receipt = await a_pending(shop, database)
    success, pending = an_event(receipt, user), an_event(receipt, user, "pending")
    assert await posted(client, a_webhook(secret, success)) == (200, "applied")
    assert await posted(client, a_webhook(secret, success)) == (200, "duplicate")
    assert await posted(client, a_webhook(secret, pending)) == (200, "late")
    assert await stands(database, user) == ("success", 1_200)


async def test_a_failed_payment_is_heard(
    client: httpx.AsyncClient, shop: Shop, database: Database, secret: str
) -> None:
    """The purchase fails, and a success told after that changes nothing: it is a conflict for people to look at."""
    user, receipt = await a_pending(shop, database)
    assert await posted(client, a_webhook(secret, an_event(receipt, user, "failed"))) == (200, "applied")
    assert await posted(client, a_webhook(secret, an_event(receipt, user))) == (200, "conflict")
    assert await stands(database, user) == ("failed", 0)


async def test_what_is_not_the_gateway_is_refused(
    client: httpx.AsyncClient, shop: Shop, database: Database, secret: str
) -> None:
    """Forged, changed, old, unsigned, of nobody's receipt, of another amount, or with a nonce used before."""
    user, receipt = await a_pending(shop, database)
    event = an_event(receipt, user)
    body, headers = a_webhook(secret, event)
    assert await posted(client, a_webhook("another", event)) == (401, "invalid_signature")
    assert await posted(client, (body.replace(b"299", b"298"), headers)) == (401, "invalid_signature")
    assert await posted(client, a_webhook(secret, event, age_seconds=301)) == (401, "invalid_signature")
    assert await posted(client, a_webhook(secret, event, age_seconds=-301)) == (401, "invalid_signature")
    assert await posted(client, (body, {"content-type": "application/json"})) == (401, "invalid_signature")
    assert await posted(client, a_webhook(secret, an_event("r_nobody", user))) == (404, "receipt_not_found")
    wrong = an_event(receipt, user, amount=298)
    assert await posted(client, a_webhook(secret, wrong)) == (422, "webhook_mismatch")
    assert await stands(database, user) == ("pending", 0)
    assert await posted(client, a_webhook(secret, an_event(receipt, user, "pending"), nonce="n1" + receipt))
    replay = a_webhook(secret, event, nonce="n1" + receipt)
    assert await posted(client, replay) == (409, "webhook_replayed")
    assert await stands(database, user) == ("pending", 0)


def test_a_secret_can_be_rotated() -> None:
    """While two secrets are valid both sign; a moment at the bound is fresh, one past it is not."""
    body, headers = a_webhook("old", {"a": 1}, nonce="n")
    about = {"timestamp": headers["x-timestamp"], "nonce": "n"}
    assert is_signed(body, headers["x-signature"], secrets=["new", "old"], **about)
    assert not is_signed(body, headers["x-signature"], secrets=["new"], **about)
    assert not is_signed(body, "ü", secrets=["new", "old"], **about)
    assert is_fresh("1000", now_seconds=1_300) and not is_fresh("1000", now_seconds=1_300.5)
    assert is_fresh("1000", now_seconds=700) and not is_fresh("1000", now_seconds=699.5)
    assert not is_fresh("-1", now_seconds=0) and not is_fresh("", now_seconds=0)


# A storm of the size that is asked for takes its time.
@pytest.mark.timeout(60 + STORM // 20)
async def test_a_storm_has_the_effect_of_its_distinct_valid_events(
    client: httpx.AsyncClient, shop: Shop, database: Database, secret: str
) -> None:
    """Shuffled, doubled, a third forged: each purchase ends as its own event says, and is granted once."""
    draw = random.Random(4)
    count = STORM // 6
    users = [await a_pending(shop, database) for _ in range(count)]
    fates = {user: draw.choice(["success", "failed"]) for user, _ in users}
    valid = [an_event(receipt, user, fates[user]) for user, receipt in users]
    valid += [an_event(receipt, user, "pending") for user, receipt in users]
    forged = [an_event(receipt, user) for user, receipt in users] * 2
    storm = [a_webhook(secret, event) for event in valid * 2] + [
        a_webhook("forged", event) for event in forged
    ]
    draw.shuffle(storm)
    answers: list[tuple[int, Any]] = []
    for start in range(0, len(storm), 50):
        answers += await asyncio.gather(*(posted(client, one) for one in storm[start : start + 50]))
    by_status = {status: sum(one[0] == status for one in answers) for status in {one[0] for one in answers}}
    assert by_status == {200: 4 * count, 401: 2 * count}
    outcomes = [outcome for _, outcome in answers]
    assert outcomes.count("duplicate") == 2 * count and "conflict" not in outcomes
    async with database.snapshot() as connection:
        ends = await connection.execute(
            select(ShopTransaction.user_id, ShopTransaction.status, func.count(LedgerTransfer.seq))
            .outerjoin(
                LedgerTransfer,
                (LedgerTransfer.user_id == ShopTransaction.user_id) & (LedgerTransfer.kind == "purchase"),
            )
            .where(ShopTransaction.user_id.in_(list(fates)))
            .group_by(ShopTransaction.user_id, ShopTransaction.status)
        )
        found = {row[0]: (row[1], row[2]) for row in ends}
        known = await connection.scalar(
            select(func.count()).where(WebhookEvent.receipt_code.in_([receipt for _, receipt in users]))
        )
    assert found == {user: (fate, int(fate == "success")) for user, fate in fates.items()}
    assert known == 2 * count


async def test_the_gateways_own_webhooks_fit(
    client: httpx.AsyncClient, shop: Shop, database: Database, secret: str, paygate: FastAPI
) -> None:
    """What paygate signs and says is taken: both sides keep the one contract."""
    user, receipt = await a_pending(shop, database)
    charge = paygate.state.gateway.charges.find(receipt)
    ((event, _),) = announcements(charge, Plan())
    assert event["status"] == "pending"
    body = json.dumps(event | {"status": "success"}).encode()
    headers = signed_headers(secret, body, timestamp=int(time.time()), nonce=receipt)
    assert await posted(client, (body, headers)) == (200, "applied")
    assert await stands(database, user) == ("success", 1_200)
