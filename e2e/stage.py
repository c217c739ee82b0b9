"""What a journey plays on: a browser that notices whatever a page does wrong, and steps that become checks."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    Response,
    Route,
)

from alerts.verdict import Check, Verdict

WAIT_MILLISECONDS = 15_000
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}
_BROWSERS = ("chromium", "google-chrome", "chrome")
_QUIET_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-sync",
)
# A browser writes each failed request to its console; journeys that provoke one say so.
_NETWORK_NOISE = re.compile(r"Failed to load resource|WebSocket connection to|net::ERR_")


class JourneyStopped(Exception):
    """A step failed; what follows it would prove nothing."""


@dataclass
class Slips:
    """What a page did that no page of ours may do."""

    console: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    server_errors: list[str] = field(default_factory=list)


def launch(playwright: Playwright, *, headed: bool) -> Browser:
    """The machine's Chromium; an error names the package when there is none."""
    found = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        raise RuntimeError("no Chromium on the PATH: install the package chromium")
    return playwright.chromium.launch(executable_path=found, headless=not headed, args=list(_QUIET_FLAGS))


class Stage:
    """One journey's browser contexts, its checks, and where its evidence goes."""

    def __init__(
        self, browser: Browser, *, name: str, target: str, out: Path, logs: Path | None = None
    ) -> None:
        self.name = name
        self.target = target.rstrip("/")
        self.logs = logs
        self.checks: list[Check] = []
        self.slips = Slips()
        self.tolerates_failures = False
        self._browser = browser
        self._out = out
        self._contexts: list[BrowserContext] = []
        self._last_trace = "none"

    def context(self, *, viewport: dict[str, int] | None = None, **options: Any) -> BrowserContext:
        """A browser of its own: no cookies, English, watched."""
        settings = {"locale": "en-US", "viewport": viewport or DESKTOP, "reduced_motion": "reduce", **options}
        context = self._browser.new_context(base_url=self.target, **settings)
        context.set_default_timeout(WAIT_MILLISECONDS)
        context.tracing.start(screenshots=True, snapshots=True)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.slips.console.append(f"uncaught: {error.error}"))
        context.on("request", self._watch_request)
        context.on("response", self._watch_response)
        self._contexts.append(context)
        return context

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """What the block shows becomes one check; a failure keeps evidence and stops the journey."""
        begun = time.monotonic()
        name = f"{self.name}: {title}"
        try:
            yield
        except JourneyStopped:
            raise
        except Exception as error:
            detail = f"{_first_line(error)} (last server trace {self._last_trace})"
            self.checks.append(Check(name=name, verdict=Verdict.FAIL, detail=detail, seconds=_since(begun)))
            self._keep_evidence(title)
            raise JourneyStopped from error
        self.checks.append(Check(name=name, verdict=Verdict.PASS, seconds=_since(begun)))

    def unknown(self, title: str, why: str) -> None:
        """Something that cannot be shown here."""
        self.checks.append(Check(name=f"{self.name}: {title}", verdict=Verdict.UNKNOWN, detail=why))

    def axe(self, page: Page, where: str) -> None:
        """Fails when axe finds a violation on the page as it is now."""
        with self.step(f"axe is clean on {where}"):
            # Colours are judged at rest.
            page.wait_for_timeout(400)
            found = Axe().run(page)
            problems = [
                f"{v['id']} ×{len(v['nodes'])}: {v['nodes'][0]['target']}"
                for v in found.response["violations"]
            ]
            assert not problems, "; ".join(problems)

    def close(self) -> None:
        """Judges what was overheard, and closes the browsers."""
        named = (
            ("no console error, no CSP violation", self.slips.console),
            ("no third-party request", self.slips.strangers),
            ("no 5xx from the server", self.slips.server_errors),
        )
        for title, found in named:
            verdict = Verdict.FAIL if found else Verdict.PASS
            detail = "; ".join(found[:5])[:500]
            self.checks.append(Check(name=f"{self.name}: {title}", verdict=verdict, detail=detail))
        for context in self._contexts:
            context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type != "error" or (self.tolerates_failures and _NETWORK_NOISE.search(message.text)):
            return
        # A refused log-in is an answer like any other; only the browser calls it an error.
        if _NETWORK_NOISE.search(message.text) and re.search(r"status of (4\d\d)", message.text):
            return
        self.slips.console.append(message.text[:200])

    def _watch_request(self, request: Request) -> None:
        if (
            not request.url.startswith(("data:", "blob:"))
            and urlsplit(request.url).netloc != urlsplit(self.target).netloc
        ):
            self.slips.strangers.append(request.url[:200])

    def _watch_response(self, response: Response) -> None:
        traceparent = response.headers.get("traceparent", "")
        if traceparent:
            self._last_trace = traceparent[3:35]
        if response.status >= 500 and not self.tolerates_failures:
            self.slips.server_errors.append(f"{response.status} {response.url} trace {self._last_trace}")

    def _keep_evidence(self, title: str) -> None:
        folder = self._out / "evidence"
        folder.mkdir(parents=True, exist_ok=True)
        stem = re.sub(r"\W+", "-", f"{self.name} {title}")[:80]
        for number, context in enumerate(self._contexts):
            context.tracing.stop(path=folder / f"{stem}-{number}.zip")
            for index, page in enumerate(context.pages):
                page.screenshot(path=folder / f"{stem}-{number}-{index}.png", full_page=True)


def shown_gold(page: Page) -> int:
    """The gold that the page's bar shows."""
    value = page.locator("header data").first.get_attribute("value")
    assert value is not None, "the bar shows no gold"
    return int(value)


def answer_with(status: int, body: str) -> Any:
    """A route handler that stands in for a failing server."""

    def handle(route: Route) -> None:
        route.fulfill(status=status, body=body, content_type="application/problem+json")

    return handle


def _since(begun: float) -> float:
    return round(time.monotonic() - begun, 2)


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {' | '.join(lines[:3])}"[:400]
