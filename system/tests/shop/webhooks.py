"""Webhooks as the gateway makes them, and as a forger would."""

import hashlib
import hmac
import time
from typing import Any
from uuid import uuid4

import orjson


def a_webhook(
    secret: str, event: dict[str, Any], *, nonce: str | None = None, age_seconds: int = 0
) -> tuple[bytes, dict[str, str]]:
    """(body, headers), signed here by the words of the contract, not by the gateway's code."""
    body, nonce = orjson.dumps(event), nonce or uuid4().hex
    timestamp = str(int(time.time()) - age_seconds)
    signed = hmac.new(secret.encode(), f"{timestamp}:{nonce}:".encode() + body, hashlib.sha256)
    headers = {
        "content-type": "application/json",
        "x-signature": signed.hexdigest(),
        "x-timestamp": timestamp,
        "x-nonce": nonce,
    }
    return body, headers


def an_event(receipt: str, user_id: int, status: str = "success", **others: Any) -> dict[str, Any]:
    """What the gateway says of a purchase of product 1001."""
    plain = {
        "event_id": f"evt_{uuid4().hex}",
        "user_id": user_id,
        "status": status,
        "product_id": 1001,
        "receipt_code": receipt,
        "amount": 299,
        "charge_id": f"ch_{receipt}",
    }
    return plain | others
