"""Every game once: what the page shows is what the server settled, and each round is proved in the browser."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from e2e.player import Server, a_player, agree, sign_up, spin
from e2e.stage import Stage

ENDED_MS_MAX = 20_000
OWN_SEED = "an-owl-of-my-own"


def play(stage: Stage) -> None:
    """The floor, the slot, a hand, the comet, the capsules one cannot pay, the boards."""
    page = stage.context().new_page()
    player = a_player()
    with stage.step("sign up and find the four games on the floor"):
        sign_up(page, player)
        page.get_by_role("link", name="Games", exact=True).first.click()
        for game in ("Neon Orchard", "Neon Hands", "Neon Capsules", "Neon Comet"):
            expect(page.get_by_role("heading", name=game)).to_be_visible()
    server = Server(stage.target, player)
    with stage.step("a spin at the slot, drawn with a seed of the player's own"):
        _enter(page, "Neon Orchard")
        page.get_by_role("tab", name="Fairness").click()
        page.get_by_label("Your seed").fill(OWN_SEED)
        page.get_by_role("button", name="Use from now on").click()
        seed = spin(page)["fairness"]["client_seed"]
        assert seed == OWN_SEED, f"the spin was drawn with {seed!r}, not with the player's own seed"
    with stage.step("a hand against the house, shown as it was settled"):
        _enter(page, "Neon Hands")
        _show_a_hand(page, server)
    with stage.step("a comet ride that leaves by itself, also without its player"):
        _enter(page, "Neon Comet")
        _ride(page, server)
    with stage.step("capsules that one cannot pay are refused, and their odds are published"):
        _enter(page, "Neon Capsules")
        page.get_by_role("button", name=re.compile("Pull 10")).click()
        expect(page.get_by_text("Not enough gold for this bet.")).to_be_visible()
        page.get_by_role("tab", name="Odds").click()
        expect(page.get_by_role("rowheader", name="Legendary")).to_be_visible()
    with stage.step("after a rotation the browser proves the last round by itself"):
        page.get_by_role("tab", name="Fairness").click()
        page.get_by_role("button", name="Rotate and reveal").click()
        expect(page.get_by_text("Revealed server seed")).to_be_visible()
        page.get_by_role("button", name="Recompute here").click()
        expect(page.get_by_text("The server's own check agrees")).to_be_visible()
        expect(page.get_by_text("It was drawn with the seed you sent")).to_be_visible()
        expect(page.locator("[data-fair=true]")).to_be_visible()
    with stage.step("the boards and the feed open"):
        page.goto("/leaderboards")
        expect(page.get_by_role("heading", name="Leaderboards")).to_be_visible()
        page.goto("/feed")
        expect(page.get_by_text("Follow players and their big wins show up here.")).to_be_visible()


def _enter(page: Page, game: str) -> None:
    page.get_by_role("link", name="Games", exact=True).first.click()
    page.get_by_role("heading", name=game).click()
    expect(page.get_by_role("heading", name=game, level=2)).to_be_visible()


def _show_a_hand(page: Page, server: Server) -> None:
    before = server.gold_of_play()
    page.get_by_role("button", name="Paper").click()
    with page.expect_response(lambda r: r.url.endswith("/games/rps/play") and r.status == 200) as caught:
        page.get_by_role("button", name="Play", exact=True).click()
    answer = caught.value.json()
    assert answer["choice"] == "paper"
    won = answer["win_amount"] + answer["bonus_gold"]
    assert server.gold_of_play() == before - answer["bet_amount"] + won
    agree(page, server)


def _ride(page: Page, server: Server) -> None:
    before = server.gold_of_play()
    page.get_by_label("Leave by itself at").fill("1.01")
    page.get_by_role("button", name="Launch").click()
    expect(page.get_by_text(re.compile("You left at 1.01x|It burned at"))).to_be_visible(timeout=ENDED_MS_MAX)
    (last,) = server.get("/api/games/history?limit=1")["items"]
    assert last["game_type"] == "crash"
    assert server.gold_of_play() == before + last["delta"]
    agree(page, server)
