"""Payment gateways: the real service of `paygate`, in this process, and the shop's client of it."""

from collections.abc import Callable
from typing import Any

import httpx
from fastapi import FastAPI

from casino.shop.gateway import Gateway
from paygate.api import Options, build
from paygate.plan import Plan

API_KEY = "a-key-of-the-tests"


def a_paygate(plan: Plan | None = None, *, now: Callable[[], float] | None = None) -> FastAPI:
    """A gateway that answers at once and sends no webhook."""
    options = Options(
        api_key=API_KEY, plan=plan or Plan(slow_seconds=0.05, hang_seconds=30, pending_seconds=3_600)
    )
    return build(options) if now is None else build(options, now=now)


def a_gateway(paygate: FastAPI, *, timeout_seconds: float = 0.6, attempts_max: int = 2) -> Gateway:
    """A client of that gateway."""
    return Gateway(
        url="http://paygate.test",
        api_key=API_KEY,
        timeout_seconds=timeout_seconds,
        attempts_max=attempts_max,
        transport=httpx.ASGITransport(paygate),
    )


def charges_of(paygate: FastAPI) -> Any:
    """The gateway's own books."""
    return paygate.state.gateway.charges
