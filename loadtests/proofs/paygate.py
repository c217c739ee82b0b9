"""The payment gateway of a running system, asked past the casino: its books, and the plan by which it misbehaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx

from loadtests.proofs.client import ProofError


def a_client(address: str) -> httpx.AsyncClient:
    """A client of the gateway at an address that holds its key as a password."""
    parts = urlsplit(address)
    base_url = f"{parts.scheme}://{parts.hostname}:{parts.port}"
    return httpx.AsyncClient(base_url=base_url, headers={"Authorization": f"Bearer {parts.password}"})


async def captured(gateway: httpx.AsyncClient, receipts: Sequence[str]) -> frozenset[str]:
    """Which of the receipts the gateway says it took money for."""
    found = set()
    for receipt in receipts:
        answer = await gateway.get(f"/v1/charges/{receipt}")
        if answer.status_code == 200 and answer.json()["status"] == "captured":
            found.add(receipt)
    return frozenset(found)


async def follow(gateway: httpx.AsyncClient, plan: Mapping[str, Any]) -> None:
    """Has the gateway follow this plan; raises ProofError when it does not say that it does."""
    answer = await gateway.put("/plan", json=dict(plan))
    told = answer.json() if answer.status_code == 200 else {}
    if any(told.get(name) != value for name, value in plan.items()):
        raise ProofError(
            f"the gateway does not follow {dict(plan)}: {answer.status_code} {answer.text[:200]}"
        )
