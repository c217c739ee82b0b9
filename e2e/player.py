"""A player at the page: signs up, logs in, spins; and the server's own word on them, asked past the page."""

from __future__ import annotations

import itertools
import re
import time
from dataclasses import dataclass
from typing import Any

import httpx
from playwright.sync_api import Page, expect

from e2e.stage import shown_gold

INVITE_CODE = "5858"
PASSWORD = "three-reels-one-door-41"
LOOKS_MAX = 20
_numbers = itertools.count(int(time.time() * 1000) % 10**9)


@dataclass(frozen=True)
class Player:
    """Who a journey plays as."""

    site_id: str
    nickname: str
    phone_number: str
    password: str = PASSWORD


def a_player() -> Player:
    """Somebody who was never here before."""
    number = next(_numbers)
    return Player(f"e2e{number}", f"Owl {number}", f"+82109{number:09d}")


def sign_up(page: Page, player: Player) -> None:
    """From the door to the home page."""
    page.goto("/")
    page.get_by_label("Invite code").fill(INVITE_CODE)
    expect(page.get_by_text("You are on the list.")).to_be_visible()
    page.get_by_role("button", name="Come in").click()
    page.get_by_label("ID", exact=True).fill(player.site_id)
    page.get_by_label("Nickname").fill(player.nickname)
    page.get_by_label("Phone number").fill(player.phone_number)
    page.get_by_label("Password", exact=True).fill(player.password)
    page.get_by_role("button", name="Join").click()
    at_home(page, player)


def at_home(page: Page, player: Player) -> None:
    """The home page of this player stands."""
    expect(page.get_by_text(player.nickname).first).to_be_visible()
    expect(page.locator("header data").first).to_be_visible()


def log_in(page: Page, player: Player, *, password: str | None = None) -> None:
    """Fills in the form and sends it."""
    page.goto("/login")
    page.get_by_label("ID", exact=True).fill(player.site_id)
    page.get_by_label("Password", exact=True).fill(password or player.password)
    page.get_by_role("button", name="Log in").click()


def log_out(page: Page) -> None:
    """Through the profile, to the door."""
    page.get_by_role("link", name="Profile").first.click()
    page.get_by_role("button", name="Log out", exact=True).click()
    page.wait_for_url(re.compile(r"/(login)?$"))


def spin(page: Page) -> dict[str, Any]:
    """One spin on the open slot page; the server's answer, once the page has shown it."""
    with page.expect_response(lambda r: r.url.endswith("/games/slot/spin") and r.status == 200) as caught:
        page.get_by_role("button", name="Spin", exact=True).click()
    answer: dict[str, Any] = caught.value.json()
    expect(page.get_by_role("button", name="Spin", exact=True)).to_be_enabled()
    return answer


def agree(page: Page, server: Server, *, seconds: float = 5.0) -> int:
    """Waits until the page shows the gold that the server has, and returns it; AssertionError when it never does.

    An achievement may pay at any moment after a round: figures are compared until they were read at the same one.
    """
    deadline = time.monotonic() + seconds
    while True:
        before, shown, after = server.gold(), shown_gold(page), server.gold()
        if before == shown == after:
            return shown
        assert time.monotonic() < deadline, f"the page shows {shown} gold, the server has {after}"
        page.wait_for_timeout(100)


class Server:
    """What the API itself says of a player, in a session of its own."""

    def __init__(self, target: str, player: Player) -> None:
        self._client = httpx.Client(base_url=target, timeout=15)
        answer = self._client.post(
            "/api/auth/login", json={"site_id": player.site_id, "password": player.password}
        ).raise_for_status()
        self._client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def get(self, path: str) -> Any:
        """The JSON at a path."""
        return self._client.get(path).raise_for_status().json()

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """The answer to a write, whatever it is."""
        return self._client.post(path, json=body)

    def gold(self) -> int:
        """The balance."""
        return int(self.get("/api/users/balance")["gold_balance"])

    def gold_of_play(self) -> int:
        """The balance less every reward: achievements are paid a moment after the play that earned them."""
        for _ in range(LOOKS_MAX):
            given, gold = self._given(), self.gold()
            if self._given() == given:
                return gold - given
        raise AssertionError("rewards kept coming while the balance was read")

    def _given(self) -> int:
        return sum(int(item["gold"]) for item in self.get("/api/rewards/me?limit=100")["items"])

    def rounds(self) -> int:
        """How many rounds are settled."""
        return int(self.get("/api/games/stats/me")["plays"])
