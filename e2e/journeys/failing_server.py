"""The server fails under a spin: the page says so, asks again with the same key, and nobody pays twice."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Route, expect

from e2e.player import Server, a_player, agree, sign_up
from e2e.stage import Stage, answer_with

SPIN = "**/api/games/slot/spin"
PROBLEM = (
    '{"type":"urn:casino-club:error:unavailable","title":"Temporarily unavailable","status":503,'
    '"detail":"planted","error":"unavailable","trace_id":"00000000000000000000000000000000"}'
)


def play(stage: Stage) -> None:
    """A lost answer, then a refused one."""
    stage.tolerates_failures = True
    page = stage.context().new_page()
    player = a_player()
    with stage.step("sign up and sit down"):
        sign_up(page, player)
        page.get_by_role("link", name="Reels").first.click()
        expect(page.get_by_role("button", name="Spin", exact=True)).to_be_enabled()
    server = Server(stage.target, player)
    with stage.step(
        "an answer lost on the way is asked for again under the same key: one round, one payment"
    ):
        keys: list[str | None] = []
        page.route(SPIN, _losing_the_first(keys))
        page.get_by_role("button", name="Spin", exact=True).click()
        expect(page.get_by_role("button", name="Spin", exact=True)).to_be_enabled(timeout=30_000)
        page.unroute(SPIN)
        assert len(keys) >= 2 and len(set(keys)) == 1 and keys[0], f"the keys sent were {keys}"
        assert server.rounds() == 1
        agree(page, server)
    with stage.step("while the server refuses, the page offers to ask again and changes no gold"):
        before = server.gold_of_play()
        page.route(SPIN, answer_with(503, PROBLEM))
        page.get_by_role("button", name="Spin", exact=True).click()
        expect(page.get_by_role("button", name="Ask again")).to_be_visible(timeout=45_000)
        assert server.gold_of_play() == before
        agree(page, server)
    with stage.step("asked again, the round is played once"):
        page.unroute(SPIN)
        page.get_by_role("button", name="Ask again").click()
        expect(page.get_by_role("button", name="Spin", exact=True)).to_be_enabled(timeout=30_000)
        assert server.rounds() == 2
        agree(page, server)


def _losing_the_first(keys: list[str | None]) -> Any:
    def handle(route: Route) -> None:
        keys.append(route.request.headers.get("idempotency-key"))
        if len(keys) == 1:
            # The server settles the round; the browser never hears of it.
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    return handle
