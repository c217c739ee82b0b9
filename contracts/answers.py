"""What every answer must carry, whatever was asked: held against each one that any part of the room receives."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

PROBLEM_MEDIA = "application/problem+json"
TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_MEMBERS: dict[str, type] = {
    "type": str,
    "title": str,
    "status": int,
    "detail": str,
    "error": str,
    "trace_id": str,
}
_CODE = re.compile(r"[a-z][a-z0-9_]*")
# Words of a stack trace or of a database: what only our logs may hold.
_LEAKS = re.compile(
    r"Traceback|File \"|asyncpg|sqlalchemy|psycopg|redis\.|SELECT |INSERT |/site-packages/", re.I
)


def faults(method: str, status: int, headers: Mapping[str, str], body: bytes) -> list[str]:
    """What is wrong with an answer by the conventions of spec and RFC 9457; empty when nothing is.

    `headers` have names in lower case. A 5xx is always wrong here, except 503: nothing a client sends may break us.
    """
    found = _header_faults(status, headers)
    if status >= 500 and status != 503:
        found.append(f"the server answered {status}")
    if status >= 400 and method != "HEAD":
        found += _problem_faults(status, headers, body)
    return found


def _header_faults(status: int, headers: Mapping[str, str]) -> list[str]:
    found = []
    if not TRACEPARENT.fullmatch(headers.get("traceparent", "")):
        found.append(f"traceparent is {headers.get('traceparent')!r}")
    if not headers.get("x-request-id"):
        found.append("X-Request-ID is missing")
    if headers.get("x-content-type-options") != "nosniff":
        found.append("X-Content-Type-Options is not nosniff")
    if status == 401 and "www-authenticate" not in headers:
        found.append("401 without WWW-Authenticate")
    if status == 405 and not headers.get("allow"):
        found.append("405 without Allow")
    if status == 429 and not headers.get("retry-after", "").isdigit():
        found.append("429 without Retry-After in seconds")
    return found


def _problem_faults(status: int, headers: Mapping[str, str], body: bytes) -> list[str]:
    media = headers.get("content-type", "").split(";")[0].strip()
    if status == 503 and media == "application/json":
        return []  # readiness tells its dependencies in a shape of its own
    if media != PROBLEM_MEDIA:
        return [f"an error of media type {media or 'none'}"]
    problem = read_problem(body)
    if problem is None:
        return ["the body of the error is no JSON object"]
    wrong = [name for name, kind in _MEMBERS.items() if type(problem.get(name)) is not kind]
    if wrong:
        return [f"members missing or of the wrong type: {', '.join(wrong)}"]
    return _disagreements(status, headers, problem)


def _disagreements(status: int, headers: Mapping[str, str], problem: Mapping[str, Any]) -> list[str]:
    found = []
    if problem["status"] != status:
        found.append(f"status {status}, but the problem says {problem['status']}")
    if (
        not _CODE.fullmatch(problem["error"])
        or problem["type"] != f"urn:casino-club:error:{problem['error']}"
    ):
        found.append(f"code {problem['error']!r} and type {problem['type']!r} do not belong together")
    if f"-{problem['trace_id']}-" not in headers.get("traceparent", ""):
        found.append("trace_id is not that of traceparent")
    if "retry-after" in headers and str(problem.get("retry_after_seconds")) != headers["retry-after"]:
        found.append("Retry-After and retry_after_seconds disagree")
    if problem["error"] == "validation_error" and not _lists_errors(problem.get("errors")):
        found.append("validation_error without errors: [{loc, msg, type}]")
    if _LEAKS.search(str(problem)):
        found.append("the problem tells what only logs may hold")
    return found


def _lists_errors(errors: object) -> bool:
    if not isinstance(errors, list) or not errors:
        return False
    return all(isinstance(error, dict) and set(error) == {"loc", "msg", "type"} for error in errors)


def read_problem(body: bytes) -> dict[str, Any] | None:
    """The problem in a body, or None when it holds no JSON object."""
    try:
        problem = json.loads(body)
    except ValueError:
        return None
    return problem if isinstance(problem, dict) else None
