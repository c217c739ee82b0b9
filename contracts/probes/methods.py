"""Methods and paths: what each path answers to, and that no path answers for another."""

from __future__ import annotations

import re

from contracts.probing import Bench, expect, expect_problem, expect_status, probe
from contracts.raw_http import ask

METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS")
_PARAMETER = re.compile(r"\{[^}]+\}")


def _path(template: str) -> str:
    return _PARAMETER.sub("1", template)


@probe
def that_are_not_allowed(bench: Bench) -> None:
    """405 for every undocumented method of every path, with an Allow that lists the documented ones."""
    for template in sorted({operation.path for operation in bench.document.operations}):
        documented = bench.document.methods_of(template)
        wanted = documented | ({"HEAD"} if "GET" in documented else set())
        for method in METHODS:
            if method in documented:
                continue
            answer = bench.http.request(method, _path(template), headers=bench.reader.bearer)
            expect_problem(answer, 405, "method_not_allowed")
            allowed = {part.strip() for part in answer.headers["allow"].split(",")}
            expect(allowed == wanted, f"{method} {template}: Allow is {allowed}, not {wanted}")


@probe
def head(bench: Bench) -> None:
    """HEAD is GET without its body: same status, same length, nothing after the headers."""
    for path in ("/health", "/api/games/", "/api/auth/me", "/openapi.json", "/api/users/0", "/api/nothing"):
        got = bench.http.get(path, headers=bench.reader.bearer)
        headed = bench.http.head(path, headers=bench.reader.bearer)
        same = headed.status_code == got.status_code and not headed.content
        expect(same, f"{path}: HEAD {headed.status_code}, GET {got.status_code}")
        kinds = headed.headers["content-type"], got.headers["content-type"]
        expect(kinds[0] == kinds[1], f"{path}: media types {kinds}")


@probe
def made_up(bench: Bench) -> None:
    """A method nobody ever heard of is refused like any other."""
    for method in ("BREW", "QUERY", "PROPFIND", "get", "GET " * 2_000):
        request = f"{method} /api/games/ HTTP/1.1\r\nHost: casino\r\nConnection: close\r\n\r\n"
        # The server itself answers for what is no request at all: there 400 is no problem of ours.
        answer = ask(bench.target.url, request.encode())
        expect(answer is None or answer.status in (400, 405, 501), f"{method}: {answer and answer.status}")


@probe
def static_paths_first(bench: Bench) -> None:
    """A path without parameters answers for itself where one with a parameter would fit too."""
    templates = {operation.path for operation in bench.document.operations if operation.method == "GET"}
    dynamic = [re.compile(_PARAMETER.sub("[^/]+", path)) for path in templates if "{" in path]
    shadowed = [path for path in templates if "{" not in path and any(p.fullmatch(path) for p in dynamic)]
    expect(shadowed, "no path shadows another: the probe has nothing to ask")
    for path in shadowed:
        answer = bench.http.get(path, headers=bench.reader.bearer)
        expect(answer.status_code in (200, 403), f"{path}: {answer.status_code} {answer.text[:120]}")


@probe
def unknown_paths(bench: Bench) -> None:
    """404, as a problem, without a redirect: made-up, doubled, dotted, encoded and slashed paths."""
    paths = [
        "/api",
        "/api/",
        "/api/nothing",
        "/api/games",
        "/api/auth/login/",
        "/api//auth/me",
    ]
    paths += [
        "/api/users/1/",
        "/api/auth/me%2f",
        "/api/%2e%2e/health/x",
        "/api/auth/%00",
        "/api/auth/me%0d%0a",
    ]
    paths += ["/metrics", "/docs/nothing", "/api/" + "a" * 8_000, "/ws/nothing", "/api/users/1%2f2"]
    for path in paths:
        for asked in (path, path + "?x=1"):
            answer = bench.http.get(asked, headers=bench.reader.bearer)
            expect(answer.status_code in (404, 405, 422), f"{asked[:60]}: {answer.status_code}")


@probe
def pages(bench: Bench) -> None:
    """The documentation and its document are there; metrics are not for the public."""
    expect("html" in bench.http.get("/docs").headers["content-type"], "/docs is no page")
    document = expect_status(bench.http.get("/openapi.json"), 200)
    expect(document == bench.document.raw, "the document changes between requests")
    expect_problem(bench.http.get("/metrics"), 404, "not_found")
