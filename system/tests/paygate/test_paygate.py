"""The fake gateway: scripted, deterministic, durable, and as nasty with its webhooks as asked."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from asgi_lifespan import LifespanManager
from fastapi import FastAPI, Request
from fastapi.responses import Response

from paygate.api import Options, build
from paygate.charges import Charges, Refused, Status
from paygate.plan import Plan
from paygate.scripts import Script, drawn_fraction, script_of
from paygate.webhooks import announcements
from tests.factories.gateways import API_KEY, a_paygate

HEADERS = {"authorization": f"Bearer {API_KEY}"}


def a_client(app: FastAPI) -> httpx.AsyncClient:
    """A merchant's client."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://paygate.test", headers=HEADERS
    )


def a_charge(reference: str, method: str = "card", cents: int = 299) -> dict[str, Any]:
    """What a merchant asks for."""
    return {"reference": reference, "amount_cents": cents, "payment_method": method, "about": {"user_id": 1}}


@pytest_asyncio.fixture
async def merchant() -> AsyncIterator[httpx.AsyncClient]:
    """A client of a gateway without a charge."""
    async with a_client(a_paygate(Plan(pending_seconds=0))) as client:
        yield client


async def test_a_charge_is_authorised_and_captured_once(merchant: httpx.AsyncClient) -> None:
    """Repeats of each call answer the same; another amount for the reference is refused."""
    for _ in range(2):
        assert (await merchant.post("/v1/charges", json=a_charge("a"))).json()["status"] == "authorized"
    for _ in range(2):
        assert (await merchant.post("/v1/charges/a/capture")).json()["status"] == "captured"
    assert (await merchant.get("/totals")).json() == {
        "captured": {"charges": 1, "captures": 1, "amount_cents": 299}
    }
    assert (await merchant.post("/v1/charges", json=a_charge("a", cents=300))).status_code == 409
    assert (await merchant.post("/v1/charges/a/void")).status_code == 409
    for _ in range(2):
        assert (await merchant.post("/v1/charges/a/refund")).json()["status"] == "refunded"


async def test_a_void_comes_before_its_charge_and_holds(merchant: httpx.AsyncClient) -> None:
    """Who voids what was never asked for can be sure that it is never captured."""
    assert (await merchant.post("/v1/charges/a/void")).json()["status"] == "voided"
    assert (await merchant.post("/v1/charges", json=a_charge("a"))).json()["status"] == "voided"
    assert (await merchant.post("/v1/charges/a/capture")).status_code == 409


@pytest.mark.parametrize(
    ("method", "authorised", "found"),
    [
        ("pm_declined", (200, "declined"), "declined"),
        ("pm_pending_success", (200, "pending"), "captured"),
        ("pm_pending_failed", (200, "pending"), "declined"),
        ("pm_error", (500, None), None),
    ],
)
async def test_scripts_decide(
    merchant: httpx.AsyncClient, method: str, authorised: tuple[int, str | None], found: str | None
) -> None:
    """A payment method names what becomes of its charge."""
    answer = await merchant.post("/v1/charges", json=a_charge("a", method))
    assert (answer.status_code, answer.json().get("status")) == authorised
    after = await merchant.get("/v1/charges/a")
    assert after.json().get("status") == found


async def test_an_error_may_come_after_the_capture(merchant: httpx.AsyncClient) -> None:
    """The answer is 500 and the money is taken: whoever asks finds it so."""
    await merchant.post("/v1/charges", json=a_charge("a", "pm_error_after_capture"))
    assert (await merchant.post("/v1/charges/a/capture")).status_code == 500
    assert (await merchant.get("/v1/charges/a")).json()["status"] == "captured"


async def test_only_the_merchant_is_served(merchant: httpx.AsyncClient) -> None:
    """Another key gets nothing but the health of the service."""
    merchant.headers["authorization"] = "Bearer another"
    assert (await merchant.post("/v1/charges", json=a_charge("a"))).status_code == 401
    assert (await merchant.put("/plan", json={})).status_code == 401
    assert (await merchant.get("/health")).status_code == 200


async def test_the_plan_changes_while_it_runs(merchant: httpx.AsyncClient) -> None:
    """Down answers 503 and does nothing; a plan that makes no sense is refused."""
    assert (await merchant.put("/plan", json={"down": True})).status_code == 200
    assert (await merchant.post("/v1/charges", json=a_charge("a"))).status_code == 503
    assert (await merchant.put("/plan", json={"mix": {"success": 0}})).status_code == 422
    assert (await merchant.put("/plan", json={})).json()["down"] is False
    assert (await merchant.get("/v1/charges/a")).status_code == 404


def test_the_mix_draws_by_its_seed() -> None:
    """The same seed draws the same for each reference, about as often as the weights say; another draws otherwise."""
    mix = {Script.SUCCESS: 3, Script.DECLINED: 1}
    drawn = [script_of("card", f"r{n}", mix=mix, seed=1) for n in range(2_000)]
    assert drawn == [script_of("card", f"r{n}", mix=mix, seed=1) for n in range(2_000)]
    assert drawn != [script_of("card", f"r{n}", mix=mix, seed=2) for n in range(2_000)]
    assert 0.70 < drawn.count(Script.SUCCESS) / 2_000 < 0.80
    assert 0 <= drawn_fraction(1, "a") < 1
    assert script_of("pm_unheard_of", "r", mix={Script.SLOW: 1}, seed=1) is Script.SLOW


def test_charges_outlive_the_process(tmp_path: Path) -> None:
    """What was captured is captured after a restart, and so are the webhooks that were not sent."""
    path = str(tmp_path / "gateway.sqlite")
    first = Charges(path, now=lambda: 0.0, announce=lambda charge: announcements(charge, Plan()))
    about: dict[str, Any] = {"user_id": 1}
    first.authorise(
        "a", amount_cents=1, payment_method="card", script=Script.SUCCESS, about=about, pending_seconds=0
    )
    first.capture("a")
    again = Charges(path, now=lambda: 1.0, announce=lambda charge: announcements(charge, Plan()))
    found = again.find("a")
    assert found is not None and (found.status, found.about) == (Status.CAPTURED, about)
    assert len(again.due_webhooks(10)) == 1
    with pytest.raises(Refused):
        again.void("a")
    first.close()
    again.close()


async def test_webhooks_are_copied_shuffled_and_repeated_until_taken() -> None:
    """Each event arrives as often as the plan says, whatever the merchant answers at first."""
    taken: list[str] = []
    merchant, refusals = FastAPI(), 3

    @merchant.post("/hook")
    async def hook(request: Request) -> Any:
        nonlocal refusals
        if refusals:
            refusals -= 1
            return Response(status_code=503)
        taken.append((await request.json())["status"])
        return {}

    options = Options(
        api_key=API_KEY,
        webhook_url="http://merchant.test/hook",
        webhook_secret="s",
        webhook_transport=httpx.ASGITransport(merchant),
        plan=Plan(webhook_copies=2),
    )
    app = build(options)
    async with LifespanManager(app), a_client(app) as client:
        await client.post("/v1/charges", json=a_charge("a"))
        await client.post("/v1/charges/a/capture")
        async with asyncio.timeout(10):
            while len(taken) < 2:
                await asyncio.sleep(0.02)
    assert taken == ["success", "success"]
