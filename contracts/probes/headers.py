"""Headers: ids echoed, traces continued, nothing injected."""

from __future__ import annotations

from contracts.answers import TRACEPARENT
from contracts.probing import Bench, expect, expect_problem, expect_status, probe
from contracts.raw_http import RawAnswer, ask

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
DAMAGE = "X-Evil"


@probe
def request_id(bench: Bench) -> None:
    """X-Request-ID is echoed when it can be printed and is short, and made otherwise."""
    for given in ("abc-123", "a" * 128, "id with spaces", "{}<>'\""):
        answer = bench.http.get("/health", headers={"X-Request-ID": given})
        expect(answer.headers["x-request-id"] == given, f"{given!r} came back as another")
    made = {bench.http.get("/health").headers["x-request-id"] for _ in range(3)}
    expect(len(made) == 3, "made ids repeat")
    for unfit in (b"a" * 129, b"\xc3\xa9", b"a\tb", b""):
        answer = bench.http.get("/health", headers=[(b"X-Request-ID", unfit)])
        expect(answer.headers["x-request-id"].encode() != unfit, f"{unfit[:20]!r} was echoed")


@probe
def injection(bench: Bench) -> None:
    """No control character in a header becomes a header or a line of an answer."""
    evil = [
        b"\r\n X-Evil: 1",
        b"a\nX-Evil: 1",
        b"a\rX-Evil: 1",
        b"a\x00X-Evil: 1",
        b"%0d%0aX-Evil: 1",
        b"\x7f\x1b[31m",
    ]
    for name in (
        b"X-Request-ID",
        b"traceparent",
        b"Idempotency-Key",
        b"Authorization",
        b"Origin",
        b"X-Forwarded-For",
    ):
        for value in evil:
            answer = _post_with(bench, name, value)
            if answer is None:
                continue
            expect(answer.status < 500, f"{name.decode()}: {value!r}: {answer.status}")
            expect(answer.header(DAMAGE) is None, f"{name.decode()}: {value!r} became a header")


def _post_with(bench: Bench, name: bytes, value: bytes) -> RawAnswer | None:
    body = b'{"bet_amount":1}'
    lines = [
        b"POST /api/games/slot/spin HTTP/1.1",
        b"Host: casino",
        b"Content-Type: application/json",
        b"Content-Length: %d" % len(body),
        b"Connection: close",
        name + b": " + value,
    ]
    return ask(bench.target.url, b"\r\n".join(lines) + b"\r\n\r\n" + body)


@probe
def smuggling(bench: Bench) -> None:
    """A request whose length is said twice, or in two ways, is refused or read once: never as two."""
    body = b'{"x":1}'
    heads = [
        b"Content-Length: 7\r\nContent-Length: 3",
        b"Content-Length: 7\r\nTransfer-Encoding: chunked",
        b"Content-Length: -1",
        b"Content-Length: 99999999999999999999",
        b"Content-Length: 0x7",
        b"Transfer-Encoding: gzip, chunked",
    ]
    for head in heads:
        request = b"POST /api/auth/login HTTP/1.1\r\nHost: casino\r\nContent-Type: application/json\r\n"
        request += b"Connection: close\r\n" + head + b"\r\n\r\n" + body
        try:
            answer = ask(bench.target.url, request)
        except TimeoutError:
            continue
        expect(answer is None or 400 <= answer.status < 500, f"{head!r}: {answer and answer.status}")
    expect_status(bench.http.get("/health"), 200)


@probe
def traceparent(bench: Bench) -> None:
    """A trace is continued under the id it came with, errors name it, and a malformed one is begun anew."""
    for flags in ("00", "01"):
        given = f"00-{TRACE}-00f067aa0ba902b7-{flags}"
        answer = bench.http.get("/api/auth/me", headers={"traceparent": given})
        problem = expect_problem(answer, 401)
        expect(answer.headers["traceparent"].split("-")[1] == TRACE, "the trace was not continued")
        expect(problem["trace_id"] == TRACE, "the error names another trace")
    malformed = [
        "",
        "x",
        f"00-{TRACE}",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"ff-{TRACE}-00f067aa0ba902b7-01",
    ]
    malformed += [
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-00f067aa0ba902b7-01",
        "00-" + "g" * 32 + "-x-01",
    ]
    for given in malformed:
        made = bench.http.get("/health", headers={"traceparent": given}).headers["traceparent"]
        expect(TRACEPARENT.fullmatch(made), f"{given!r}: answered {made!r}")
        expect(made.split("-")[1] != TRACE, f"{given!r} was continued")


@probe
def rate_limits(bench: Bench) -> None:
    """Answers of the API carry the limit that is nearest, and what is left falls with each request."""
    player = bench.target.sign_up()
    seen = [bench.http.get("/api/rbac/vip", headers=player.bearer).headers for _ in range(3)]
    for headers in seen:
        for name in ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"):
            expect(headers.get(name, "").isdigit(), f"{name} is {headers.get(name)!r}")
        expect(int(headers["ratelimit-remaining"]) < int(headers["ratelimit-limit"]), "nothing was counted")


@probe
def deprecated_aliases(bench: Bench) -> None:
    """They answer as their successors do, and say so: Deprecation, and Link with rel=successor-version."""
    deprecated = [operation for operation in bench.document.operations if operation.deprecated]
    expect(deprecated, "no alias is marked as deprecated")
    for operation in deprecated:
        old = bench.http.request(operation.method, operation.path, headers=bench.reader.bearer)
        expect(old.headers.get("deprecation", "").startswith("@"), f"{operation.label}: no Deprecation")
        link = old.headers.get("link", "")
        expect('rel="successor-version"' in link, f"{operation.label}: Link is {link!r}")
        successor = link.partition("<")[2].partition(">")[0]
        new = bench.http.request(operation.method, successor, headers=bench.reader.bearer)
        expect(expect_status(old, 200) == expect_status(new, 200), f"{operation.label} is not {successor}")
