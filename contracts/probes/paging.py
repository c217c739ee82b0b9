"""Pages: cursors walked to the end, forged ones, limits and moments."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.probing import Bench, expect, expect_problem, expect_status, probe
from contracts.target import Player

ITEMS = 5


def _lists(player: Player) -> dict[str, str]:
    return {
        "/api/games/history": "round_id",
        f"/api/actions/recent/{player.user_id}": "id",
        "/api/auth/sessions": "id",
    }


def _filled(bench: Bench) -> Player:
    player = bench.target.sign_up()
    for _ in range(ITEMS):
        expect_status(bench.spin(player, 1), 200)
        action = {"action_type": "OPEN_SHOP"}
        expect_status(bench.http.post("/api/actions", json=action, headers=player.bearer), 201)
    for _ in range(ITEMS - 1):
        bench.target.log_in(player.site_id, player.password)
    return player


def _page(bench: Bench, player: Player, path: str, **query: str | int) -> Mapping[str, Any]:
    page: dict[str, Any] = expect_status(bench.http.get(path, params=query, headers=player.bearer), 200)
    return page


@probe
def walked_to_the_end(bench: Bench) -> None:
    """Page after page brings each item once, in the order of one long page, and then no cursor."""
    player = _filled(bench)
    for path, identity in _lists(player).items():
        whole = [item[identity] for item in _page(bench, player, path, limit=100)["items"]]
        expect(len(whole) >= ITEMS, f"{path}: {len(whole)} items of {ITEMS}")
        walked: list[Any] = []
        cursor: dict[str, str | int] = {}
        while len(walked) <= len(whole):
            page = _page(bench, player, path, limit=2, **cursor)
            walked += [item[identity] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        expect(walked == whole, f"{path}: walked {len(walked)} items, the long page has {len(whole)}")


@probe
def forged_cursors(bench: Bench) -> None:
    """422 invalid_cursor for a cursor that the list did not give out, whatever it holds."""
    player = bench.reader
    forged = [
        "x",
        "%",
        "🎰",
        "a" * 200,
        *map(_cursor, ([], [1, 2], ["x"], [None], [-1], [2**63], [1.5], {}, "x")),
    ]
    forged += [_cursor([True]), _cursor([[1]]), _cursor(["' OR 1=1 --"])]
    for path in _lists(player):
        for cursor in forged:
            answer = bench.http.get(path, params={"cursor": cursor}, headers=player.bearer)
            expect_problem(answer, 422, "invalid_cursor")
        answer = bench.http.get(path, params={"cursor": "a" * 201}, headers=player.bearer)
        expect_problem(answer, 422, "validation_error")


@probe
def another_users_cursor(bench: Bench) -> None:
    """A cursor of another user's list shows nothing of theirs."""
    owner, stranger = _filled(bench), bench.target.sign_up()
    cursor = _page(bench, owner, "/api/games/history", limit=1)["next_cursor"]
    page = _page(bench, stranger, "/api/games/history", cursor=cursor)
    expect(page["items"] == [], "a stranger saw rounds by the owner's cursor")


@probe
def limits(bench: Bench) -> None:
    """422 unless the limit is 1 to 100."""
    for path in _lists(bench.reader):
        for limit in ("0", "101", "-1", "x", "1.5", "", "1e1", "９", str(2**70)):
            answer = bench.http.get(path, params={"limit": limit}, headers=bench.reader.bearer)
            expect_problem(answer, 422, "validation_error")
        for most in (1, 100):
            expect(len(_page(bench, bench.reader, path, limit=most)["items"]) <= most, f"{path}: too many")


@probe
def since(bench: Bench) -> None:
    """Malformed moments are 422, a future one brings an empty page, a past one everything."""
    player = _filled(bench)
    path = "/api/games/history"
    for moment in (
        "x",
        "",
        "yesterday",
        "2026-11-21",
        "2026-11-21T20:15:00",
        "2026-13-01T00:00:00Z",
        "0",
        "-1",
    ):
        answer = bench.http.get(path, params={"since": moment}, headers=player.bearer)
        expect_problem(answer, 422, "validation_error")
    future = (datetime.now(UTC) + timedelta(days=400)).isoformat()
    expect(_page(bench, player, path, since=future)["items"] == [], "rounds of the future")
    past = (datetime.now(UTC) - timedelta(minutes=10)).isoformat()
    expect(len(_page(bench, player, path, since=past)["items"]) == ITEMS, "rounds of now are missing")
    for extreme in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "2026-11-21T20:15:00+14:00"):
        expect_status(bench.http.get(path, params={"since": extreme}, headers=player.bearer), 200)


def _cursor(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
