"""Two tabs of one player: what one does the other shows, live."""

from __future__ import annotations

from playwright.sync_api import expect

from e2e.player import Server, a_player, agree, sign_up, spin
from e2e.stage import Stage


def play(stage: Stage) -> None:
    """Spin in one tab, watch the other."""
    context = stage.context()
    one = context.new_page()
    player = a_player()
    with stage.step("sign up, then open a second tab that is signed in by itself"):
        sign_up(one, player)
        other = context.new_page()
        other.goto("/")
        expect(other.locator("header data").first).to_be_visible()
    server = Server(stage.target, player)
    with stage.step("a spin in one tab moves the gold of the other within two seconds"):
        one.get_by_role("link", name="Reels").first.click()
        for _ in range(3):
            spin(one)
            agree(other, server, seconds=2)
        assert agree(one, server) == agree(other, server)
    with stage.step("both tabs reload and stay signed in"):
        one.reload()
        other.reload()
        for page in (one, other):
            expect(page.locator("header data").first).to_be_visible()
            agree(page, server)
