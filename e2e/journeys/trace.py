"""One trace from a click to the consumers: the browser starts it, the API and the worker continue it."""

from __future__ import annotations

import json
import time
from pathlib import Path

from playwright.sync_api import Route, expect

from e2e.player import a_player, sign_up, spin
from e2e.stage import Stage

SPANS_SECONDS_MAX = 15.0


def play(stage: Stage) -> None:
    """Needs the trace files of a system on this machine; without them there is nothing to show."""
    page = stage.context().new_page()
    with stage.step("a sampled click plays a round"):
        sign_up(page, a_player())
        page.get_by_role("link", name="Reels").first.click()
        expect(page.get_by_role("button", name="Spin", exact=True)).to_be_enabled()
        traces: list[str] = []
        page.route("**/api/games/slot/spin", lambda route: _sampled(route, traces))
        spin(page)
        assert traces, "the browser sent no traceparent of its own"
    if stage.logs is None:
        stage.unknown(
            "one trace id from the API to the consumers", "the system's trace files are not known here"
        )
        return
    with stage.step("one trace id from the API to the consumers"):
        processes = _processes_of(stage.logs, traces[0])
        assert {"api", "worker"} <= processes, (
            f"spans of {traces[0]} came from {sorted(processes) or 'nobody'}"
        )


def _sampled(route: Route, traces: list[str]) -> None:
    """Keeps the browser's own trace id and asks for it to be sampled."""
    sent = route.request.headers.get("traceparent", "")
    if sent:
        traces.append(sent[3:35])
    route.continue_(headers={**route.request.headers, "traceparent": sent[:-2] + "01"} if sent else None)


def _processes_of(logs: Path, trace_id: str) -> set[str]:
    found: set[str] = set()
    deadline = time.monotonic() + SPANS_SECONDS_MAX
    while time.monotonic() < deadline and not {"api", "worker"} <= found:
        for file in logs.glob("*.traces.jsonl"):
            if any(
                trace_id in json.loads(line)["context"]["trace_id"] for line in file.read_text().splitlines()
            ):
                found.add(file.name.split("-")[0].split(".")[0])
        time.sleep(0.3)
    return found
