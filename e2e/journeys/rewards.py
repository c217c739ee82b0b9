"""What brings a player back: the streak, the gift, a code, an event, missions, achievements and the battle pass."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from e2e.player import Server, a_player, agree, sign_up, spin
from e2e.stage import PHONE, Stage

PARTS = ("/rewards", "/events", "/battlepass", "/achievements")
PLAYS = 5


def play(stage: Stage) -> None:
    """Everything a day has to give, taken once."""
    page = stage.context().new_page()
    player = a_player()
    sign_up(page, player)
    server = Server(stage.target, player)
    _claim_the_day(stage, page, server)
    _take_part(stage, page, server)
    _see_it_move(stage, page, server)
    for path in PARTS:
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        stage.axe(page, path)
    with stage.step("on a phone no part is wider than the screen"):
        _on_a_phone(page)


def _claim_the_day(stage: Stage, page: Page, server: Server) -> None:
    with stage.step("the streak of the day is claimed, and the gold moves live"):
        page.get_by_role("link", name="Rewards").first.click()
        page.get_by_role("button", name="Claim day 1: 150 gold").click()
        expect(page.get_by_text("1 day in a row")).to_be_visible()
        expect(page.get_by_text("Day 2 brings 150 gold.")).to_be_visible()
        assert agree(page, server) >= 1_150
    with stage.step("it is in the calendar, and asking again is refused"):
        expect(page.get_by_role("listitem").filter(has_text="you were here, today")).to_have_count(1)
        answer = server.post("/api/streak/claim", {})
        assert (answer.status_code, answer.json()["error"]) == (409, "already_claimed")
    with stage.step("the VIP gift and a code are taken once"):
        page.get_by_role("button", name=re.compile("Take today's .* gold")).click()
        expect(page.get_by_text("Today's gift is yours.")).to_be_visible()
        page.get_by_label("Code", exact=True).fill("neon-club")
        page.get_by_role("button", name="Redeem", exact=True).click()
        expect(page.get_by_text("300 gold for you")).to_be_visible()
        page.get_by_label("Code", exact=True).fill("NEON-CLUB")
        page.get_by_role("button", name="Redeem", exact=True).click()
        expect(page.get_by_text("You have redeemed this code before.")).to_be_visible()
        assert agree(page, server) >= 1_500


def _take_part(stage: Stage, page: Page, server: Server) -> None:
    with stage.step("an event is joined, five rounds complete it, and its reward is claimed"):
        page.get_by_role("link", name="Events and missions").click()
        page.get_by_role("button", name="Join").click()
        expect(page.get_by_text(f"0 of {PLAYS}").first).to_be_visible()
        page.get_by_role("link", name="Reels").first.click()
        for _ in range(PLAYS):
            spin(page)
        page.get_by_role("link", name="Rewards").first.click()
        page.get_by_role("link", name="Events and missions").click()
        before = agree(page, server)
        page.get_by_role("button", name="Claim 1,000 gold").click()
        expect(page.get_by_text("1,000 gold for you")).to_be_visible()
        expect(page.get_by_role("button", name="Claim 1,000 gold")).to_have_count(0)
        assert agree(page, server) >= before + 1_000


def _see_it_move(stage: Stage, page: Page, server: Server) -> None:
    with stage.step("a mission moved by the claim is taken from the list"):
        mission = page.get_by_role("listitem").filter(has_text="Claim your streak").first
        mission.get_by_role("button", name=re.compile("^Take")).click()
        expect(mission.get_by_text("Claimed")).to_be_visible()
        agree(page, server)
    with stage.step("play and claims reached the first level, whose reward is taken once"):
        page.get_by_role("link", name="Battle pass").click()
        page.get_by_role("button", name="Take the rewards of level 1", exact=True).click()
        expect(page.get_by_role("button", name="Take the rewards of level 1", exact=True)).to_have_count(0)
        agree(page, server)
    with stage.step("the first round unlocked its achievement, which paid by itself"):
        page.get_by_role("link", name="Achievements").click()
        expect(page.get_by_role("listitem").filter(has_text="First light")).to_contain_text("Unlocked on")
        sources = {item["source"] for item in server.get("/api/rewards/me?limit=100")["items"]}
        assert {"streak", "vip", "code", "event", "mission", "battlepass", "achievement"} <= sources


def _on_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    for path in PARTS:
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("progressbar").or_(page.get_by_role("button")).first).to_be_visible()
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} is {wide} px wider than the screen"
