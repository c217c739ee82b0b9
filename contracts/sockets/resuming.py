"""What `last_event_id` may hold, and what comes of it."""

from __future__ import annotations

from contracts.probing import Bench, Broken, expect, expect_status, probe
from contracts.sockets.opening import expect_documented, expect_greeting, open_socket

ROUND = ["game_event", "profile_update", "stats_update", "user_action"]
NO_EVENT_ID = [
    "abc",
    "-1",
    "1.5",
    "1e3",
    "+1",
    " 1",
    "0x10",
    "٣",
    "\x00",
    "null",
    "9" * 19,
    "9" * 40,
    "1,2",
    "NaN",
    "🎰",
]


@probe
def garbage_starts_anew(bench: Bench) -> None:
    """What is no event number of the user's gets resumed: false and the whole state, never an error."""
    for text in NO_EVENT_ID:
        with open_socket(bench, bench.reader, last_event_id=text) as socket:
            try:
                expect_greeting(bench, socket, resumed=False)
            except Broken as broken:
                raise Broken(f"last_event_id {text!r}: {broken}") from broken
            expect(socket.wait_for("initial_state"), f"last_event_id {text!r}: no initial_state")


@probe
def a_known_number_resumes(bench: Bench) -> None:
    """From a known number on, each event follows once, in order, with consecutive ids."""
    player = bench.target.sign_up()
    with open_socket(bench, player) as socket:
        expect_greeting(bench, socket)
        state = socket.wait_for("initial_state")
        expect(state is not None, "no initial_state")
        assert state is not None
    expect_status(bench.spin(player, 1), 200)
    with open_socket(bench, player, last_event_id=str(state["id"])) as socket:
        expect_greeting(bench, socket, resumed=True)
        expect(socket.wait_for("user_action"), "the missed round did not come whole")
        expect_documented(bench, socket)
        missed = [message for message in socket.heard if message["id"] is not None]
    ids = [message["id"] for message in missed]
    wanted = list(range(state["id"] + 1, state["id"] + 1 + len(ids)))
    expect(ids == wanted, f"ids {ids} instead of {wanted}")
    kinds = [message["type"] for message in missed][-len(ROUND) :]
    expect(kinds == ROUND, f"the round was told as {kinds}")
