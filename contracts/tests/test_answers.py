"""What every answer must carry: each missing or false part is noticed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.answers import faults
from contracts.coverage import Row, judge, judge_routes, judge_server_errors
from contracts.document import Document
from contracts.patience import pause_seconds
from contracts.server_metrics import Counted
from contracts.tally import Tally
from contracts.tests.small_api import TRACE, document

HEADERS = {
    "traceparent": f"00-{TRACE}-00f067aa0ba902b7-00",
    "x-request-id": "1",
    "x-content-type-options": "nosniff",
    "content-type": "application/problem+json",
}
PROBLEM: dict[str, Any] = {
    "type": "urn:casino-club:error:not_found",
    "title": "Not found",
    "status": 404,
    "detail": "There is nothing.",
    "error": "not_found",
    "trace_id": TRACE,
}


def told(**changes: Any) -> bytes:
    """A problem with these members changed; None takes one away."""
    return json.dumps(
        {name: value for name, value in (PROBLEM | changes).items() if value is not None}
    ).encode()


def test_a_good_problem_has_no_faults() -> None:
    """Neither has a good answer, nor an error to HEAD, which has no body."""
    assert faults("GET", 404, HEADERS, told()) == []
    assert faults("GET", 200, HEADERS, b"{}") == []
    assert faults("HEAD", 404, HEADERS, b"") == []


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (200, {"traceparent": ""}, b"{}"),
        (404, {"traceparent": f"00-{TRACE}-{'0' * 16}-00"}, told()),
        (404, {"x-request-id": ""}, told()),
        (404, {"x-content-type-options": ""}, told()),
        (404, {"content-type": "application/json"}, told()),
        (404, {}, b"Not Found"),
        (404, {}, b"[]"),
        (404, {}, told(trace_id=None)),
        (404, {}, told(trace_id="0" * 32)),
        (404, {}, told(status=400)),
        (404, {}, told(status="404")),
        (404, {}, told(error="Not Found")),
        (404, {}, told(type="about:blank")),
        (404, {}, told(detail='File "/srv/app.py"')),
        (404, {}, told(error="validation_error", type="urn:casino-club:error:validation_error")),
        (401, {}, told(status=401)),
        (405, {}, told(status=405)),
        (429, {}, told(status=429)),
        (429, {"retry-after": "5"}, told(status=429, retry_after_seconds=6)),
        (500, {}, told(status=500)),
    ],
)
def test_each_fault_is_named(status: int, headers: dict[str, str], body: bytes) -> None:
    """One thing wrong is one complaint."""
    assert len(faults("GET", status, HEADERS | headers, body)) == 1


def test_the_tally_notices_what_is_not_documented() -> None:
    """A status that the document does not know is a fault, whoever asked."""
    tally = Tally(Document(document()))
    tally.take("user", "GET", "/api/things/1", 404, HEADERS, told())
    assert list(tally.faults) == ["404 is not documented"]
    assert tally.answers["thing_get", 404] == {"user": 1}


def test_untested_and_undocumented_routes_fail() -> None:
    """A route never asked, one that never succeeded and an undocumented answer are each a FAIL."""
    described = Document(document())
    get, make = described.operations
    good = [Row(get, {200: 1}), Row(make, {201: 1, 405: 3})]
    assert [check.verdict for check in judge(good, every_role=True)] == ["PASS", "PASS"]
    assert [check.verdict for check in judge([Row(get, {}), good[1]], every_role=True)] == ["FAIL", "PASS"]
    assert [check.verdict for check in judge([Row(get, {401: 9}), good[1]], every_role=True)] == [
        "FAIL",
        "PASS",
    ]
    assert [check.verdict for check in judge([Row(get, {200: 1, 418: 1}), good[1]], every_role=True)] == [
        "PASS",
        "FAIL",
    ]
    assert judge([], every_role=True)[0].verdict == "FAIL"
    assert judge([Row(get, {401: 9}), good[1]], every_role=False)[0].verdict == "UNKNOWN"


def test_the_servers_own_counts_are_held_against_the_document() -> None:
    """A served route that nobody documented and a counted 5xx fail; without metrics nothing is known."""
    described = Document(document())
    counts = Counted()
    counts.requests["GET", "/api/things/{thing_id}", "200"] = 1
    counts.requests["POST", "/api/things", "201"] = 1
    counts.requests["GET", "/api/socket", "101"] = 1
    assert judge_routes(described, {"/api/socket"}, counts).verdict == "PASS"
    assert judge_server_errors(counts).verdict == "PASS"
    counts.requests["GET", "/api/secret", "200"] = 1
    counts.requests["POST", "/api/things", "500"] = 1
    assert judge_routes(described, {"/api/socket"}, counts).verdict == "FAIL"
    assert judge_server_errors(counts).verdict == "FAIL"
    assert {judge_routes(described, {"/api/socket"}, None).verdict, judge_server_errors(None).verdict} == {
        "UNKNOWN"
    }


def test_counts_are_of_this_run_alone() -> None:
    """What was there before does not count; a counter that fell belongs to a new process."""
    before, after = Counted(), Counted()
    before.requests["GET", "/a", "200"], after.requests["GET", "/a", "200"] = 5, 5
    before.requests["GET", "/b", "200"], after.requests["GET", "/b", "200"] = 5, 2
    assert after.since(before).requests == {("GET", "/b", "200"): 2}


def test_only_our_own_limits_are_waited_for() -> None:
    """A user's limit is; that of a locked account or of browsers' reports is an answer to look at."""
    limited = {"retry-after": "1"}
    assert pause_seconds(429, limited, told(scope="user")) == 1
    assert pause_seconds(429, limited, told(scope="telemetry")) == 0
    assert pause_seconds(429, limited, told(error="login_locked")) == 0
    assert pause_seconds(200, limited, b"{}") == 0
