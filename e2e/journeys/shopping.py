"""A player in the shop: pays, is declined, waits for the bank, catches a limited package, reads the receipt."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Locator, Page, Response, Route, expect

from e2e.player import Server, a_player, sign_up
from e2e.stage import PHONE, Stage, shown_gold

PACK, PACK_GOLD = 1001, 1_200
BOOSTER, BADGE = 3201, 3101
PROMO_CODE = "NEON50"
PAYMENTS = "**/api/shop/buy"


def play(stage: Stage) -> None:
    """Each way a payment can end, seen on the page and held against the server."""
    page = stage.context().new_page()
    player = a_player()
    sign_up(page, player)
    server = Server(stage.target, player)
    _pay(stage, page, server)
    _wait_for_the_bank(stage, page, server)
    _catch_the_limited_package(stage, page, server)
    _spend_gold(stage, page, server)
    _read_the_receipt(stage, page)
    _look_on_a_phone(stage, page)


def _open_shop(page: Page) -> None:
    page.get_by_role("link", name="Shop").first.click()
    expect(_pack(page)).to_be_visible()


def _pack(page: Page) -> Locator:
    return page.locator(f'[data-product="{PACK}"]')


def _buy(page: Page) -> dict[str, Any]:
    """Buys the pack; the server's answer."""

    def answered(response: Response) -> bool:
        return response.url.endswith("/shop/buy") and response.status == 200

    with page.expect_response(answered) as caught:
        _pack(page).get_by_role("button").click()
    answer: dict[str, Any] = caught.value.json()
    return answer


def _paying_with(page: Page, method: str) -> None:
    """The page has one payment method; the test gateway's others are put into its request on the way."""

    def swap(route: Route) -> None:
        body = json.loads(route.request.post_data or "{}") | {"paymentMethod": method}
        route.continue_(post_data=json.dumps(body))

    page.unroute(PAYMENTS)
    page.route(PAYMENTS, swap)


def _pay(stage: Stage, page: Page, server: Server) -> None:
    with stage.step("gold is bought: told once, and on the page as the server has it"):
        _open_shop(page)
        before = server.gold()
        answer = _buy(page)
        assert answer["success"] and answer["new_gold_balance"] == before + PACK_GOLD
        expect(page.get_by_text("Payment received.")).to_have_count(1)
        expect(page.locator("header data").first).to_have_attribute("value", str(server.gold()))
    stage.axe(page, "the shop")
    with stage.step("a declined card changes nothing and says so"):
        _paying_with(page, "pm_declined")
        before = server.gold()
        assert _buy(page)["reason_code"] == "CARD_DECLINED"
        expect(page.get_by_text("The payment was declined.")).to_be_visible()
        assert shown_gold(page) == server.gold() == before


def _wait_for_the_bank(stage: Stage, page: Page, server: Server) -> None:
    with stage.step("a payment that waits has a badge, and its gold comes by itself"):
        _paying_with(page, "pm_pending_success")
        before = server.gold()
        assert _buy(page)["status"] == "pending"
        expect(page.get_by_text("1 payment is waiting for the bank.").first).to_be_visible()
        expect(page.locator("header data").first).to_have_attribute("value", str(before + PACK_GOLD))
        expect(page.get_by_text("1 payment is waiting for the bank.")).to_have_count(0)
        assert shown_gold(page) == server.gold()
        page.unroute(PAYMENTS)


def _catch_the_limited_package(stage: Stage, page: Page, server: Server) -> None:
    with stage.step("a limited package costs less with its code, and can be had once"):
        offer = page.locator("[data-package]").first
        offer.get_by_label("Promo code").fill("NO-SUCH-CODE")
        offer.get_by_role("button").click()
        expect(page.get_by_text("This code does nothing here.")).to_be_visible()
        offer.get_by_label("Promo code").fill(PROMO_CODE)

        def answered(response: Response) -> bool:
            return response.url.endswith("/shop/limited/buy")

        with page.expect_response(answered) as caught:
            offer.get_by_role("button").click()
        answer = caught.value.json()
        assert answer["success"] and answer["total_price_cents"] == 449, answer
        expect(offer.get_by_role("button", name="Yours already")).to_be_visible()
        expect(page.locator("header data").first).to_have_attribute("value", str(server.gold()))


def _spend_gold(stage: Stage, page: Page, server: Server) -> None:
    with stage.step("gold buys a booster, and too little gold buys nothing"):
        before = server.gold()
        page.locator(f'[data-item="{BOOSTER}"]').get_by_role("button").click()
        expect(page.get_by_text("Small Booster is yours.")).to_be_visible()
        assert server.gold() < before
        expect(page.locator("header data").first).to_have_attribute("value", str(server.gold()))
        page.locator(f'[data-item="{BADGE}"]').get_by_role("button").click()
        expect(page.locator(f'[data-item="{BADGE}"]').get_by_role("alert")).to_be_visible()
        assert shown_gold(page) == server.gold()


def _read_the_receipt(stage: Stage, page: Page) -> None:
    with stage.step("every purchase is in the list, newest first, with a signed receipt"):
        page.get_by_role("link", name="Purchases and receipts").click()
        rows = page.locator("[data-receipt]")
        expect(rows).to_have_count(5)
        expect(rows.nth(0)).to_contain_text("Small Booster")
        expect(rows.nth(1)).to_contain_text("Neon Starter")
        expect(rows.nth(3)).to_contain_text("Not paid")
        rows.nth(4).get_by_role("button", name="Receipt").click()
        expect(page.get_by_role("dialog")).to_contain_text("Signature")
        page.get_by_role("dialog").get_by_role("button", name="Close").click()
    stage.axe(page, "the purchases")


def _look_on_a_phone(stage: Stage, page: Page) -> None:
    with stage.step("on a phone nothing is wider than the screen"):
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # the stage's own dictionary of two numbers
        for path in ("/purchases", "/shop"):
            page.goto(path)
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    stage.axe(page, "the shop on a phone")
