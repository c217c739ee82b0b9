"""What a player decides for themselves: name, limits, age, their data, and leaving for good."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Page, expect

from e2e.player import Server, a_player, log_in, sign_up
from e2e.stage import PHONE, Stage, shown_gold


def play(stage: Stage) -> None:
    """From the profile: every decision takes effect, and the last one is final."""
    page = stage.context().new_page()
    player = a_player()
    sign_up(page, player)
    server = Server(stage.target, player)
    page.get_by_role("link", name="Profile").first.click()
    with stage.step("a new nickname is seen everywhere"):
        _rename(page, f"{player.nickname}b")
        page.get_by_role("link", name="Home").first.click()
        expect(page.get_by_role("heading", name=f"{player.nickname}b")).to_be_visible()
    page.get_by_role("link", name="Profile").first.click()
    with stage.step("a limit of one's own holds back a larger stake, and says so"):
        page.get_by_label("Most gold to lose a day", exact=True).fill("5")
        page.get_by_role("button", name="Set: Most gold to lose a day").click()
        expect(page.get_by_text("Used today: 0.").first).to_be_visible()
        _refused_spin(page)
        assert shown_gold(page) == server.gold() == 1_000
    page.get_by_role("link", name="Profile").first.click()
    with stage.step("a higher limit waits for tomorrow"):
        page.get_by_label("Most gold to lose a day", exact=True).fill("500")
        page.get_by_role("button", name="Set: Most gold to lose a day").click()
        expect(page.get_by_text(": 500.")).to_be_visible()
        assert server.get("/api/users/me/limits")["daily_loss"]["limit"] == 5
    with stage.step("an adult's date of birth is taken once"):
        page.get_by_label("Date of birth").fill("1990-01-31")
        page.get_by_role("button", name="Confirm").click()
        expect(page.get_by_text("You have shown to be an adult.")).to_be_visible()
    stage.axe(page, "the profile")
    with stage.step("all data comes as one file"):
        with page.expect_download() as caught:
            page.get_by_role("button", name="Download my data").click()
        told = json.loads(Path(caught.value.path()).read_text(encoding="utf-8"))
        assert told["account"]["site_id"] == player.site_id
    with stage.step("the status page is there for everybody"):
        stranger = stage.context(viewport=PHONE).new_page()
        stranger.goto("/status")
        expect(stranger.get_by_role("heading", name="What we promise")).to_be_visible()
    stage.axe(stranger, "the status page on a phone")
    with stage.step("erased: out of the door, and no way back in"):
        _erase(page, player.site_id)
        log_in(page, player)
        expect(page.get_by_text("The ID or the password is wrong.")).to_be_visible()


def _rename(page: Page, nickname: str) -> None:
    page.get_by_role("button", name="Change name or number").click()
    page.get_by_label("Nickname").fill(nickname)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()


def _refused_spin(page: Page) -> None:
    page.get_by_role("link", name="Reels").first.click()
    with page.expect_response(lambda r: r.url.endswith("/games/slot/spin")) as caught:
        page.get_by_role("button", name="Spin", exact=True).click()
    assert caught.value.status == 403
    expect(page.get_by_text("Your own limit is reached.").first).to_be_visible()


def _erase(page: Page, site_id: str) -> None:
    page.get_by_role("button", name="Erase my account").click()
    page.get_by_label(f"Type {site_id} to confirm").fill(site_id)
    page.get_by_role("dialog").get_by_role("button", name="Erase my account").click()
    expect(page.get_by_label("Invite code")).to_be_visible()
