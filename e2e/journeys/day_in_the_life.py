"""A new player's day: invited in, locked out once, playing, cut off, back again, gone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from e2e.player import Player, Server, a_player, agree, at_home, log_in, log_out, sign_up, spin
from e2e.stage import Stage

SIGNUP_GOLD = 1_000


def play(stage: Stage) -> None:
    """From the invite to the door, with everything live in between."""
    context = stage.context()
    page = context.new_page()
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
    _play_the_reels(stage, page, server)
    _lose_the_line(stage, page, server)
    with stage.step("a session survives a reload through one refresh"):
        page.reload()
        at_home_after_reload(page)
        agree(page, server)
    with stage.step("log out ends the session"):
        log_out(page)
        page.goto("/profile")
        expect(page.get_by_role("button", name="Log in")).to_be_visible()


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


def _play_the_reels(stage: Stage, page: Page, server: Server) -> None:
    with stage.step("three spins: the page shows the server's gold after each"):
        page.get_by_role("link", name="Reels").first.click()
        for _ in range(3):
            answer = spin(page)
            assert agree(page, server) >= answer["balance"]
    stage.axe(page, "the reels")
    with stage.step("fairness: the browser recomputes a round from the revealed seed"):
        page.get_by_role("tab", name="Fairness").click()
        page.get_by_role("button", name="Rotate and reveal").click()
        page.get_by_role("button", name="Recompute here").click()
        expect(page.get_by_text("This round was fair.")).to_be_visible()
    with stage.step("history and home tell the same rounds and the same gold"):
        page.get_by_role("link", name="History").first.click()
        expect(page.get_by_role("row")).to_have_count(4)
        agree(page, server)
        page.get_by_role("link", name="Home").first.click()
        expect(page.get_by_text("Slot spin").first).to_be_visible()
        agree(page, server)
        assert server.rounds() == 3
    stage.axe(page, "home after play")


def _lose_the_line(stage: Stage, page: Page, server: Server) -> None:
    stage.tolerates_failures = True
    with stage.step("offline is said, and nothing is played"):
        page.get_by_role("link", name="Reels").first.click()
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
