"""What players are told: inbox, settings, operators' sendings with their audit rows; and the public stream."""

from __future__ import annotations

import secrets
import time
from typing import Any

import httpx

from contracts.probing import Bench, expect, expect_problem, expect_status, probe
from contracts.target import Player

STREAM = "/api/metrics/stream"
BROADCAST_SECONDS_MAX = 15.0


def _inbox(bench: Bench, player: Player) -> dict[str, Any]:
    told: dict[str, Any] = expect_status(
        bench.http.get("/api/notifications", params={"limit": 100}, headers=player.bearer), 200
    )
    return told


def _message() -> dict[str, Any]:
    return {"title": f"Probe {secrets.token_hex(4)}", "body": "From the contracts room.", "data": {"a": "b"}}


@probe
def sent_and_read(bench: Bench) -> None:
    """A message is in the inbox when the operator is answered, unread until it is read, and in the audit log."""
    admin, player = bench.admin, bench.target.sign_up()
    said = _message() | {"user_ids": [player.user_id]}
    sent = expect_status(
        bench.http.post("/api/admin/notifications/send", json=said, headers=admin.bearer), 201
    )
    expect((sent["state"], sent["delivered"]) == ("sent", 1), f"the operator is told {sent}")
    inbox = _inbox(bench, player)
    expect(inbox["unread"] == 1 and inbox["items"][0]["title"] == said["title"], f"the inbox has {inbox}")
    path = f"/api/notifications/{inbox['items'][0]['id']}/read"
    expect_problem(bench.http.post(path, headers=bench.reader.bearer), 404, "notification_not_found")
    first = expect_status(bench.http.post(path, headers=player.bearer), 200)
    again = expect_status(bench.http.post(path, headers=player.bearer), 200)
    expect(first == again and _inbox(bench, player)["unread"] == 0, "reading twice is not reading once")
    log = bench.http.get(
        "/api/admin/audit-log", params={"action": "notifications.send"}, headers=admin.bearer
    )
    rows = expect_status(log, 200)["items"]
    expect(any(row["target"] == f"send:{sent['id']}" for row in rows), "no audit row")


@probe
def declined_kinds(bench: Bench) -> None:
    """What is switched off does not come."""
    admin, player = bench.admin, bench.target.sign_up()
    settings = bench.http.put(
        "/api/notification/settings", json={"admin_notification": False}, headers=player.bearer
    )
    expect(expect_status(settings, 200)["admin_notification"] is False, "the setting was not kept")
    said = _message() | {"user_ids": [player.user_id]}
    sent = expect_status(
        bench.http.post("/api/admin/notifications/send", json=said, headers=admin.bearer), 201
    )
    expect(sent["delivered"] == 0 and _inbox(bench, player)["items"] == [], "it came nevertheless")


@probe
def broadcasts_and_schedules(bench: Bench) -> None:
    """A broadcast reaches an inbox within seconds; what is scheduled can be taken back once."""
    admin, player = bench.admin, bench.target.sign_up()
    said = _message()
    path = "/api/admin/notifications/broadcast"
    expect_status(bench.http.post(path, json=said, headers=admin.bearer), 202)
    later = said | {"send_at": "2099-01-01T00:00:00Z"}
    path = "/api/admin/notifications/schedule"
    left = expect_status(bench.http.post(path, json=later, headers=admin.bearer), 201)
    cancel = f"/api/admin/notifications/{left['id']}"
    expect_status(bench.http.delete(cancel, headers=admin.bearer), 204)
    expect_problem(bench.http.delete(cancel, headers=admin.bearer), 409, "send_not_pending")
    deadline = time.monotonic() + BROADCAST_SECONDS_MAX
    while said["title"] not in [item["title"] for item in _inbox(bench, player)["items"]]:
        expect(time.monotonic() < deadline, f"no broadcast within {BROADCAST_SECONDS_MAX:.0f} s")
        time.sleep(0.5)


@probe
def operators_only(bench: Bench) -> None:
    """A player is kept out of the back office."""
    for operation in bench.document.operations:
        if operation.path.startswith("/api/admin/"):
            path = operation.path.replace("{send_id}", "1")
            body = _message() | {"user_ids": [1], "send_at": "2099-01-01T00:00:00Z"}
            asked = body if operation.takes_body else None
            answer = bench.http.request(operation.method, path, headers=bench.reader.bearer, json=asked)
            expect_status(answer, 403)


@probe
def the_public_stream(bench: Bench) -> None:
    """The figures come as server-sent events: at once, named, and like those of the plain call."""
    plain = expect_status(bench.http.get("/api/metrics/global"), 200)
    with httpx.stream("GET", bench.target.url + STREAM, params={"interval": 2}, timeout=10.0) as answer:
        expect(answer.status_code == 200, f"{STREAM} answered {answer.status_code}")
        media = answer.headers.get("content-type", "")
        expect(media.startswith("text/event-stream"), f"{STREAM} is {media}")
        lines = answer.iter_lines()
        told = [line for line in (next(lines) for _ in range(4)) if line]
        headers = {name.lower(): value for name, value in answer.headers.items()}
    # The stream never ends, so that the client of the others, who read every answer whole, cannot have seen it.
    bench.target.tally.take("anonymous", "GET", STREAM, answer.status_code, headers, b"")
    expect(told[1] == "event: metrics", f"the stream begins {told}")
    expect(all(f'"{name}"' in told[2] for name in plain), f"the event is {told[2]}")
    expect_problem(bench.http.get(STREAM, params={"interval": 1}), 422, "validation_error")
