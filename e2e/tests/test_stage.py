"""What no page may do is noticed, and a step that does not hold stops its journey."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from alerts.verdict import Verdict
from e2e.stage import JourneyStopped, Stage, launch, shown_gold

GOOD = '<!doctype html><html lang="en"><head><title>t</title></head><body><main><h1>t</h1>{}</main></body></html>'
PAGES = {
    "/favicon.ico": "none",
    "/good": GOOD.format("<p>fine</p>"),
    "/console": GOOD.format("<script>console.error('planted')</script>"),
    "/uncaught": GOOD.format("<script>throw new Error('planted')</script>"),
    "/stranger": GOOD.format('<img alt="" src="http://127.0.0.2:9/x.png">'),
    "/unlabelled": GOOD.format("<button></button>"),
    "/wrong-gold": GOOD.format('<header><data value="999">999</data></header>'),
}


class Planted(BaseHTTPRequestHandler):
    """Serves the pages above; anything else is a 500."""

    def do_GET(self) -> None:
        """One page."""
        body = PAGES.get(self.path)
        self.send_response(200 if body else 500)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write((body or "broken").encode())

    def log_message(self, format: str, *args: object) -> None:
        """Tests want no access log."""


@pytest.fixture(scope="module")
def target() -> Iterator[str]:
    """Where the planted pages are served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Planted)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's Chromium."""
    with sync_playwright() as playwright:
        opened = launch(playwright, headed=False)
        yield opened
        opened.close()


def visited(browser: Browser, target: str, path: str, out: Path) -> dict[str, Verdict]:
    """The verdicts of a journey that only looks at one page."""
    stage = Stage(browser, name="look", target=target, out=out)
    page = stage.context().new_page()
    page.goto(path)
    page.wait_for_timeout(200)
    stage.close()
    return {check.name.removeprefix("look: "): check.verdict for check in stage.checks}


@pytest.mark.parametrize(
    ("path", "caught"),
    [
        ("/good", None),
        ("/console", "no console error, no CSP violation"),
        ("/uncaught", "no console error, no CSP violation"),
        ("/stranger", "no third-party request"),
        ("/nothing-here", "no 5xx from the server"),
    ],
)
def test_what_a_page_must_not_do_is_seen(
    browser: Browser, target: str, tmp_path: Path, path: str, caught: str | None
) -> None:
    """Each planted slip fails its own check; a good page fails none."""
    verdicts = visited(browser, target, path, tmp_path)
    failed = {name for name, verdict in verdicts.items() if verdict is not Verdict.PASS}
    assert (caught in failed) if caught else failed == set()


def test_axe_sees_an_unlabelled_button(browser: Browser, target: str, tmp_path: Path) -> None:
    """A button without a name stops the journey with the rule in the detail."""
    stage = Stage(browser, name="look", target=target, out=tmp_path)
    page = stage.context().new_page()
    page.goto("/unlabelled")
    with pytest.raises(JourneyStopped):
        stage.axe(page, "a bad page")
    assert "button-name" in stage.checks[0].detail
    stage.close()


def test_a_wrong_balance_stops_the_journey_with_evidence(
    browser: Browser, target: str, tmp_path: Path
) -> None:
    """Gold on the page that is not the server's fails the step and leaves a screenshot."""
    stage = Stage(browser, name="look", target=target, out=tmp_path)
    page = stage.context().new_page()
    page.goto("/wrong-gold")
    with pytest.raises(JourneyStopped), stage.step("the page shows the server's gold"):
        assert shown_gold(page) == 1_000
    stage.close()
    assert stage.checks[0].verdict is Verdict.FAIL
    assert list((tmp_path / "evidence").glob("*.png"))
