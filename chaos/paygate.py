"""The payment gateway, asked past the casino: the plan by which it misbehaves, and the money it took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from chaos.running import NotRunningError, Running

PROCESS = "paygate"
_PATIENCE_SECONDS = 3.0
_CHARGES_A_PAGE = 500


class PaygateError(Exception):
    """The gateway does not do as it was asked; the message says what it answered."""


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge as the gateway keeps it; `reference` is the casino's receipt code."""

    reference: str
    status: str
    amount_cents: int


def follow(system: Running, plan: Mapping[str, Any]) -> None:
    """Have it behave by `plan`, members left out as they are by default; raises PaygateError."""
    try:
        with _client(system) as gateway:
            answer = gateway.put("/plan", json=dict(plan))
    except httpx.HTTPError as error:
        raise PaygateError(f"the gateway gave no answer: {error!r}") from error
    if answer.status_code != 200:
        raise PaygateError(
            f"the gateway does not follow {dict(plan)}: {answer.status_code} {answer.text[:200]}"
        )


def follows(system: Running, plan: Mapping[str, Any]) -> bool:
    """Whether it says that it behaves by `plan`; raises httpx.HTTPError."""
    with _client(system) as gateway:
        answer = gateway.get("/plan")
    told = answer.raise_for_status().json()
    return all(told.get(name) == value for name, value in plan.items())


def charges(system: Running) -> Iterator[Charge]:
    """Every charge it keeps, in order of reference; raises httpx.HTTPError."""
    after = ""
    with _client(system) as gateway:
        while True:
            asked: dict[str, str | int] = {"after": after, "limit": _CHARGES_A_PAGE}
            page = gateway.get("/v1/charges", params=asked).raise_for_status().json()
            for row in page:
                yield Charge(row["reference"], row["status"], row["amount_cents"])
            if len(page) < _CHARGES_A_PAGE:
                return
            after = page[-1]["reference"]


def _client(system: Running) -> httpx.Client:
    address = urlsplit(system.url(PROCESS))
    if address.password is None:
        raise NotRunningError(f"the address of {PROCESS} holds no key")
    return httpx.Client(
        base_url=f"http://{address.hostname}:{address.port}",
        headers={"Authorization": f"Bearer {address.password}"},
        timeout=_PATIENCE_SECONDS,
    )
