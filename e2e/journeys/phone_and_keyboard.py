"""On a phone, in Korean too, and without a pointer."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from e2e.player import INVITE_CODE, a_player, sign_up, spin
from e2e.stage import PHONE, Stage


def play(stage: Stage) -> None:
    """The same club at 360 pixels, by keyboard, in the other language."""
    with stage.step("a phone: sign up and spin, nothing wider than the screen"):
        page = stage.context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()
        sign_up(page, a_player())
        page.get_by_role("link", name="Games", exact=True).last.click()
        page.locator('[data-game="slot"]').get_by_role("link").click()
        spin(page)
        for path in ("/", "/slot", "/history", "/notifications", "/profile", "/status"):
            page.goto(path)
            expect(page.locator("header data").first).to_be_visible()
            wide = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert wide <= 0, f"{path} is {wide} px wider than the screen"
    for path, where in (
        ("/profile", "the profile on a phone"),
        ("/history", "the history on a phone"),
        ("/notifications", "the notifications on a phone"),
    ):
        page.goto(path)
        expect(page.locator("header data").first).to_be_visible()
        stage.axe(page, where)
    with stage.step("keyboard alone: in through the door and one spin"):
        _by_keyboard(stage.context().new_page())
    with stage.step("Korean when the browser asks for it"):
        korean = stage.context(locale="ko-KR").new_page()
        korean.goto("/login")
        expect(korean.locator("html")).to_have_attribute("lang", "ko")
        assert "Log in" not in korean.locator("main").inner_text()
    stage.axe(korean, "the log-in in Korean")
    with stage.step("the footer names the build"):
        expect(korean.locator("footer")).to_contain_text(re.compile(r"빌드 ?[0-9a-f]{7,}"))


def _by_keyboard(page: Page) -> None:
    player = a_player()
    page.goto("/")
    _focus(page, "Invite code")
    page.keyboard.type(INVITE_CODE)
    expect(page.get_by_text("You are on the list.")).to_be_visible()
    page.keyboard.press("Enter")
    for label, text in (
        ("ID", player.site_id),
        ("Nickname", player.nickname),
        ("Phone number", player.phone_number),
        ("Password", player.password),
    ):
        _focus(page, label)
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.locator("header data").first).to_be_visible()
    _focus(page, "Reels")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Spin", exact=True)).to_be_enabled()
    _focus(page, "Spin")
    with page.expect_response(lambda r: r.url.endswith("/games/slot/spin") and r.status == 200):
        page.keyboard.press("Enter")


def _focus(page: Page, name: str, *, tabs_max: int = 40) -> None:
    """Presses Tab until the element of this name has the focus, as a player without a pointer would."""
    for _ in range(tabs_max):
        page.keyboard.press("Tab")
        found = page.evaluate(
            "() => { const e = document.activeElement; const l = e.labels && e.labels[0];"
            " return (l ? l.innerText : e.getAttribute('aria-label') || e.innerText || '').trim(); }"
        )
        if found.split("\n")[0].strip() == name:
            return
    raise AssertionError(f"no way to {name!r} by keyboard within {tabs_max} tabs")
