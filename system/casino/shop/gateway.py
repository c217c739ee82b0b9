"""The payment gateway as the shop calls it: one deadline, retries that are safe to repeat, a breaker, no guessing.

Every call names the charge by the purchase's receipt code, so repeating one changes nothing (decision record 0008).
"""

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from casino.kit.metrics import gauge, histogram
from casino.shop.breaker import Breaker

BACKOFF_SECONDS = 0.05
BACKOFF_SECONDS_MAX = 0.5
FAILURES_UNTIL_OPEN = 8
OPEN_SECONDS = 5.0
CONNECTIONS_MAX = 50


class GatewayError(Exception):
    """The gateway did not say how the charge stands."""


class OutcomeUnknown(GatewayError):
    """The call may have had its effect."""


class NotSent(GatewayError):
    """The call cannot have reached the gateway."""


class Refused(GatewayError):
    """The gateway holds against it: the charge is in another state than the call needs."""


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge as the gateway shows it."""

    status: str
    charge_id: str | None


class Gateway:
    """A client for the process. A call's attempts share `timeout_seconds`."""

    def __init__(
        self,
        *,
        url: str,
        api_key: str,
        timeout_seconds: float,
        attempts_max: int,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.timeout_seconds = timeout_seconds
        self._attempts_max = attempts_max
        self._breaker = Breaker(failures_max=FAILURES_UNTIL_OPEN, open_seconds=OPEN_SECONDS)
        # Asked at each scrape: the breaker opens with a call, and closes for the next one by time alone.
        gauge("payment_breaker_open").set_function(lambda: self._breaker.is_open)
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"authorization": f"Bearer {api_key}"},
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
            transport=transport,
            timeout=None,  # noqa: S113  # each attempt is bounded by asyncio.timeout, name lookup included
        )

    async def authorise(
        self, reference: str, *, amount_cents: int, payment_method: str, about: Mapping[str, Any]
    ) -> Charge:
        """Asks for the money, once for each reference."""
        asked = {
            "reference": reference,
            "amount_cents": amount_cents,
            "payment_method": payment_method,
            "about": dict(about),
        }
        return _charge(await self._call("authorise", "POST", "/v1/charges", asked))

    async def capture(self, reference: str) -> Charge:
        """Takes the money that was authorised; Refused when it cannot be taken."""
        return _charge(await self._call("capture", "POST", f"/v1/charges/{reference}/capture"))

    async def find(self, reference: str) -> Charge | None:
        """How the charge stands; None when the gateway never heard of it."""
        response = await self._call("find", "GET", f"/v1/charges/{reference}")
        return None if response.status_code == 404 else _charge(response)

    async def void(self, reference: str) -> Charge:
        """The charge, never to be captured from now on; Refused when it was."""
        return _charge(await self._call("void", "POST", f"/v1/charges/{reference}/void"))

    async def refund(self, reference: str) -> Charge:
        """Gives the captured money back, once; Refused when nothing was captured."""
        return _charge(await self._call("refund", "POST", f"/v1/charges/{reference}/refund"))

    async def close(self) -> None:
        """Closes its connections."""
        await self._client.aclose()

    async def _call(
        self, name: str, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        deadline = time.monotonic() + self.timeout_seconds
        sent = False
        for attempt in range(self._attempts_max):
            left = deadline - time.monotonic()
            if attempt:
                await asyncio.sleep(min(_backoff_seconds(attempt), max(0.0, left)))
            seconds = (deadline - time.monotonic()) / (self._attempts_max - attempt)
            if seconds <= 0 or not self._breaker.take():
                break
            try:
                return await self._attempt(name, method, path, body, seconds)
            except OutcomeUnknown:
                sent = True
            except NotSent:
                continue
        failure = OutcomeUnknown if sent else NotSent
        raise failure(f"the gateway did not answer {name} within {self.timeout_seconds} s")

    async def _attempt(
        self, name: str, method: str, path: str, body: Mapping[str, Any] | None, seconds: float
    ) -> httpx.Response:
        begun, outcome = time.perf_counter(), "abandoned"
        try:
            async with asyncio.timeout(seconds):
                response = await self._client.request(method, path, json=body)
            outcome = "error" if response.status_code >= 500 else "answered"
            if outcome == "error":
                raise OutcomeUnknown(f"{name} was answered {response.status_code}")
        except httpx.ConnectError as error:
            outcome = "unreachable"
            raise NotSent(repr(error)) from error
        except (httpx.HTTPError, TimeoutError) as error:
            outcome = "timeout" if isinstance(error, TimeoutError | httpx.TimeoutException) else "broken"
            raise OutcomeUnknown(repr(error)) from error
        finally:
            self._note(name, outcome, time.perf_counter() - begun)
        return response

    def _note(self, name: str, outcome: str, seconds: float) -> None:
        if outcome == "answered":
            self._breaker.succeeded()
        elif outcome != "abandoned":
            # A call that we ourselves gave up, its caller being gone, says nothing about the gateway.
            self._breaker.failed()
        histogram("payment_gateway_seconds").labels(name, outcome).observe(seconds)


def _charge(response: httpx.Response) -> Charge:
    if response.status_code == 409:
        raise Refused(response.text[:200])
    if response.status_code != 200:
        raise OutcomeUnknown(f"the gateway answered {response.status_code}: {response.text[:200]}")
    try:
        answer = response.json()
        return Charge(status=str(answer["status"]), charge_id=answer["charge_id"])
    except (ValueError, TypeError, KeyError) as error:
        raise OutcomeUnknown(f"the gateway answered what is no charge: {response.text[:200]}") from error


def _backoff_seconds(attempt: int) -> float:
    """Full jitter over a doubling bound."""
    return random.uniform(0, min(BACKOFF_SECONDS_MAX, BACKOFF_SECONDS * 2**attempt))
