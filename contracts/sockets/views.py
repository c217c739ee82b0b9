"""The views of the hub: each opens like the hub itself, and only for whom it is."""

from __future__ import annotations

from contracts.probing import Bench, expect, probe
from contracts.sockets.opening import connect, expect_closed, expect_greeting

FORBIDDEN, UNAUTHENTICATED = 4403, 4401


def _notifications(bench: Bench, user_id: object) -> str:
    path = next(path for path in bench.sockets.paths if path.startswith("/ws/notifications/"))
    return bench.target.url + path.replace("{user_id}", str(user_id))


@probe
def own_notifications(bench: Bench) -> None:
    """The user's own view greets and tells what is unread."""
    player = bench.reader
    with connect(_notifications(bench, player.user_id), headers=player.bearer) as socket:
        expect_greeting(bench, socket, resumed=False)
        state = socket.wait_for("initial_state")
        expect(state is not None and "notifications" in state["data"], f"the first state is {state}")


@probe
def nobody_elses(bench: Bench) -> None:
    """Another user's view closes 4403, a bad token 4401."""
    player = bench.reader
    with connect(_notifications(bench, player.user_id + 1), headers=player.bearer) as socket:
        expect_closed(bench, socket, FORBIDDEN)
    bad = {"Authorization": "Bearer nothing"}
    with connect(_notifications(bench, player.user_id), headers=bad) as socket:
        expect_closed(bench, socket, UNAUTHENTICATED)
