"""Tells the merchant what became of a charge: signed, at least once, in no promised order."""

import asyncio
import hashlib
import hmac
import json
import logging
import secrets
import time
import uuid
from collections.abc import Sequence
from typing import Any

import httpx

from paygate.charges import Charge, Charges, Status
from paygate.plan import Plan
from paygate.scripts import drawn_fraction

TURN_SECONDS = 0.05
DELIVERIES_A_TURN_MAX = 64
ATTEMPTS_MAX = 12
ANSWER_SECONDS_MAX = 5.0
BACKOFF_SECONDS_MAX = 30.0
TOLD = {
    Status.PENDING: "pending",
    Status.CAPTURED: "success",
    Status.DECLINED: "failed",
}

log = logging.getLogger(__name__)


def signed_headers(secret: str, body: bytes, *, timestamp: int, nonce: str) -> dict[str, str]:
    """The headers that prove who sent `body`: HMAC-SHA256 over ``timestamp:nonce:body``, in hex."""
    signed = hmac.digest(secret.encode(), f"{timestamp}:{nonce}:".encode() + body, hashlib.sha256)
    return {
        "content-type": "application/json",
        "x-signature": signed.hex(),
        "x-timestamp": str(timestamp),
        "x-nonce": nonce,
    }


def announcements(charge: Charge, plan: Plan) -> Sequence[tuple[dict[str, Any], float]]:
    """(body, seconds from now) of every webhook that this change of a charge causes."""
    status = TOLD.get(charge.status)
    if status is None:
        return []
    body = charge.about | {
        "event_id": f"evt_{uuid.uuid4().hex}",
        "status": status,
        "receipt_code": charge.reference,
        "amount": charge.amount_cents,
        "reason_code": charge.reason,
        "charge_id": charge.charge_id,
    }
    moments = [
        drawn_fraction(plan.seed, charge.reference, status, str(copy)) for copy in range(plan.webhook_copies)
    ]
    return [(body, moment * plan.webhook_spread_seconds) for moment in moments]


class Deliveries:
    """Sends what is due until it is taken: any 2xx or 4xx answer but 408 and 429 ends it."""

    def __init__(
        self, charges: Charges, *, url: str, secret: str, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._charges = charges
        self._url = url
        self._secret = secret
        self._transport = transport

    async def run(self) -> None:
        """Delivers until cancelled."""
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS_MAX, transport=self._transport) as client:
            while True:
                self._charges.turn_due()
                due = self._charges.due_webhooks(DELIVERIES_A_TURN_MAX)
                await asyncio.gather(*(self._deliver(client, *webhook) for webhook in due))
                if len(due) < DELIVERIES_A_TURN_MAX:
                    await asyncio.sleep(TURN_SECONDS)

    async def _deliver(self, client: httpx.AsyncClient, webhook: int, text: str, attempts: int) -> None:
        body = text.encode()
        headers = signed_headers(
            self._secret, body, timestamp=int(time.time()), nonce=secrets.token_urlsafe(16)
        )
        try:
            status = (await client.post(self._url, content=body, headers=headers)).status_code
        except httpx.HTTPError as error:
            status, reason = 0, repr(error)
        else:
            reason = f"answered {status}"
        taken = 200 <= status < 500 and status not in (408, 429)
        if taken or attempts + 1 >= ATTEMPTS_MAX:
            self._charges.forget_webhook(webhook)
            if not 200 <= status < 300:
                log.warning("webhook given up: %s, event %s", reason, json.loads(text)["event_id"])
            return
        self._charges.put_off_webhook(webhook, min(BACKOFF_SECONDS_MAX, 0.2 * 2**attempts))
