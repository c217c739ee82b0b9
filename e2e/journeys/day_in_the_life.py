"""A new player's day: invited in, locked out once, claiming, playing, buying, cut off, back again, gone."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from e2e.player import Player, Server, a_player, agree, at_home, log_in, log_out, sign_up, spin
from e2e.stage import DESKTOP, PHONE, Stage

SIGNUP_GOLD, DAY_GOLD = 1_000, 150
PACK, PACK_GOLD = 1001, 1_200
EVENT_PLAYS = 5
PLACES = (
    "/games",
    "/rewards",
    "/battlepass",
    "/achievements",
    "/leaderboards",
    "/feed",
    "/profile",
    "/status",
)


def play(stage: Stage) -> None:
    """On a desktop, from the invite to the door, with everything live in between."""
    _day(stage, DESKTOP)


def play_on_a_phone(stage: Stage) -> None:
    """The same day on a screen of 360 pixels, under a thumb."""
    _day(stage, PHONE, has_touch=True, is_mobile=True)


def _day(stage: Stage, viewport: dict[str, int], **device: bool) -> None:
    page = stage.context(viewport=viewport, **device).new_page()
    player = a_player()
    with stage.step("an unknown invite code opens no door"):
        page.goto("/")
        page.get_by_label("Invite code").fill("nothing-here")
        expect(page.get_by_text("This code opens no door.")).to_be_visible()
    stage.axe(page, "the door")
    with stage.step("an invited player signs up and has the gift"):
        sign_up(page, player)
        expect(page.locator("header data").first).to_have_attribute("value", str(SIGNUP_GOLD))
    stage.axe(page, "home")
    with stage.step("log out, wrong passwords until the lock, then a countdown"):
        _lock_out(stage)
    with stage.step("log out and in again"):
        log_out(page)
        log_in(page, player)
        at_home(page, player)
    server = _log_in_elsewhere(stage, page, player)
    _claim_the_day(stage, page, server)
    _join_the_event(stage, page)
    _play_the_reels(stage, page, server)
    _buy_gold(stage, page, server)
    _finish_the_event(stage, page, server)
    for path in PLACES:
        _open(page, path)
        stage.axe(page, path)
    _lose_the_line(stage, page, server)
    with stage.step("a session survives a reload through one refresh"):
        page.reload()
        at_home_after_reload(page)
        agree(page, server)
    with stage.step("log out ends the session"):
        log_out(page)
        page.goto("/profile")
        expect(page.get_by_role("button", name="Log in")).to_be_visible()


def _open(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("main [aria-busy=true]")).to_have_count(0)


def _to_the_reels(page: Page) -> None:
    """The way that a phone has too."""
    page.get_by_role("link", name="Games", exact=True).first.click()
    page.get_by_role("heading", name="Neon Orchard").click()
    expect(page.get_by_role("button", name="Spin", exact=True)).to_be_enabled()


def _lock_out(stage: Stage) -> None:
    page = stage.context().new_page()
    victim = a_player()
    sign_up(page, victim)
    log_out(page)
    for _ in range(6):
        log_in(page, victim, password="not-the-password-1")
        expect(
            page.get_by_text("The ID or the password is wrong.").or_(page.get_by_text("Too many failed"))
        ).to_be_visible()
        if page.get_by_text("Too many failed").is_visible():
            break
    expect(page.get_by_text("Too many failed attempts.")).to_be_visible()
    page.close()


def _log_in_elsewhere(stage: Stage, page: Page, player: Player) -> Server:
    with stage.step("a log-in from another device is told at once, and reading it clears the badge"):
        server = Server(stage.target, player)
        expect(page.get_by_role("status").filter(has_text="New device")).to_be_visible()
        page.get_by_role("link", name="Notifications, 1 unread").click()
        expect(page.get_by_role("heading", name="New device")).to_be_visible()
        page.get_by_role("button", name="Mark as read: New device").click()
        expect(page.get_by_role("link", name="Notifications", exact=True)).to_be_visible()
        assert server.get("/api/notifications")["unread"] == 0
    stage.axe(page, "the notifications")
    return server


def _claim_the_day(stage: Stage, page: Page, server: Server) -> None:
    with stage.step("the day is claimed on the home page: the gold moves, and it stands in the week"):
        page.get_by_role("link", name="Home", exact=True).first.click()
        page.get_by_role("button", name=f"Claim day 1: {DAY_GOLD} gold").click()
        expect(page.get_by_text("1 day in a row")).to_be_visible()
        expect(page.get_by_role("listitem").filter(has_text="you were here, today")).to_have_count(1)
        expect(page.get_by_text("Claimed the day")).to_be_visible()
        assert agree(page, server) >= SIGNUP_GOLD + DAY_GOLD


def _join_the_event(stage: Stage, page: Page) -> None:
    with stage.step("the event that is on shows the time it has left, and is joined"):
        expect(page.get_by_text(re.compile("^Ends in "))).to_be_visible()
        page.get_by_role("button", name="Join", exact=True).click()
        expect(page.get_by_text(f"0 of {EVENT_PLAYS}", exact=True)).to_be_visible()


def _play_the_reels(stage: Stage, page: Page, server: Server) -> None:
    with stage.step("three spins: the page shows the server's gold after each"):
        _to_the_reels(page)
        for _ in range(3):
            spin(page)
            agree(page, server)
    stage.axe(page, "the reels")
    with stage.step("fairness: the browser recomputes a round from the revealed seed"):
        page.get_by_role("tab", name="Fairness").click()
        page.get_by_role("button", name="Rotate and reveal").click()
        page.get_by_role("button", name="Recompute here").click()
        expect(page.get_by_text("This round was fair.")).to_be_visible()
    with stage.step("history and home tell the same rounds and the same gold"):
        page.get_by_role("link", name="History").first.click()
        expect(page.locator("main tbody tr")).to_have_count(3)
        agree(page, server)
        stage.axe(page, "the history")
        page.get_by_role("link", name="Home", exact=True).first.click()
        expect(page.get_by_text("Slot spin").first).to_be_visible()
        expect(page.get_by_text(f"3 of {EVENT_PLAYS}", exact=True)).to_be_visible()
        agree(page, server)
        assert server.rounds() == 3
    stage.axe(page, "home after play")


def _buy_gold(stage: Stage, page: Page, server: Server) -> None:
    with stage.step("gold is bought: a toast says so, and the bar has it"):
        page.get_by_role("link", name="Shop").first.click()
        before = agree(page, server)
        page.locator(f'[data-product="{PACK}"]').get_by_role("button").click()
        expect(page.get_by_text("Payment received.")).to_have_count(1)
        assert agree(page, server) >= before + PACK_GOLD
    stage.axe(page, "the shop")


def _finish_the_event(stage: Stage, page: Page, server: Server) -> None:
    with stage.step("two more rounds complete the event; it is claimed, and an achievement came by itself"):
        _to_the_reels(page)
        for _ in range(EVENT_PLAYS - 3):
            spin(page)
        _open(page, "/events")
        before = agree(page, server)
        page.get_by_role("button", name="Claim 1,000 gold").click()
        expect(page.get_by_text("1,000 gold for you")).to_be_visible()
        assert agree(page, server) >= before + 1_000
        stage.axe(page, "/events")
        _open(page, "/achievements")
        expect(page.get_by_role("listitem").filter(has_text="First light")).to_contain_text("Unlocked on")


def _lose_the_line(stage: Stage, page: Page, server: Server) -> None:
    stage.tolerates_failures = True
    with stage.step("offline is said, and nothing is played"):
        _to_the_reels(page)
        page.context.set_offline(True)
        expect(page.get_by_text("You are offline.").first).to_be_visible()
        before = server.rounds()
    with stage.step("back online the page agrees with the server and plays on"):
        page.context.set_offline(False)
        expect(page.get_by_text("You are offline.")).to_have_count(0)
        spin(page)
        assert server.rounds() == before + 1
        agree(page, server)
    stage.tolerates_failures = False


def at_home_after_reload(page: Page) -> None:
    """The bar has its gold again."""
    expect(page.locator("header data").first).to_be_visible()
