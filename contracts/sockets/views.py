"""The views of the hub: each opens as its document says, and only for whom it is."""

from __future__ import annotations

from contracts.probing import Bench, expect, expect_status, probe
from contracts.sockets.opening import connect, expect_closed, expect_greeting

FORBIDDEN, UNAUTHENTICATED = 4403, 4401
GAMES, FLOOR = "/api/games/ws", "/api/games/ws/monitor"
# The floor is held by a process from a moment after the socket opened.
SPINS_MAX = 5


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


@probe
def own_games(bench: Bench) -> None:
    """The user's own rounds alone: gold and totals first, then a spin's event and its totals."""
    player = bench.target.sign_up()
    with connect(bench.target.url + GAMES, headers=player.bearer) as socket:
        expect_greeting(bench, socket, resumed=False)
        state = socket.wait_for("initial_state")
        expect(state is not None and state["data"]["stats"]["plays"] == 0, f"the first state is {state}")
        expect_status(bench.spin(player), 200)
        event = socket.wait_for("game_event")
        expect(event is not None and event["data"]["game_type"] == "slot", f"the spin is told as {event}")


@probe
def the_whole_floor(bench: Bench) -> None:
    """An admin sees a snapshot first, then the rounds of others without numbers; a player is sent away."""
    player = bench.target.sign_up()
    with connect(bench.target.url + FLOOR, headers=player.bearer) as socket:
        expect_closed(bench, socket, FORBIDDEN)
    with connect(bench.target.url + FLOOR, headers=bench.admin.bearer) as socket:
        snapshot = socket.wait_for("monitor_snapshot")
        expect(snapshot is not None and len(snapshot["data"]["games"]) == 4, f"the floor is {snapshot}")
        event = None
        for _ in range(SPINS_MAX):
            expect_status(bench.spin(player), 200)
            event = socket.wait_for("game_event")
            if event is not None:
                break
        expect(event is not None and event["id"] is None, f"the admin sees {event}")
