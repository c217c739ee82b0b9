"""The judge counts what a real Prometheus holds, exactly, and never takes missing data for a pass."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts import judge, slo
from alerts.history import Sample
from alerts.judge import Count
from alerts.problems import ProblemsFoundError
from alerts.prometheus import Prometheus, PrometheusError, Window
from alerts.prove import servers
from alerts.verdict import Verdict

SLOS = slo.by_name(slo.load())
AUTH, READ, PROBE = SLOS["auth-availability"], SLOS["read-latency"], SLOS["probe-availability"]

# The history ends a minute ago and is 75 minutes long, so that the judge must read it in several pieces.
END = float(int(time.time()) - 60)
START = END - 4500
WINDOW = Window(datetime.fromtimestamp(END - 4200, UTC), datetime.fromtimestamp(END, UTC))
STEP = 15


def history() -> Iterator[Sample]:
    """4,200 s in the window, 280 scrapes: what each series adds there is written beside it."""
    for number, moment in enumerate(range(int(START), int(END) + 1, STEP)):
        within = moment - (END - 4200)
        answered = 'http_requests_total{surface="auth",status="%s",instance="%s"}'
        # api-1 answers 10 a scrape and restarts in mid-window, losing nothing that was scraped: 280 x 10.
        restarted = moment > END - 2100
        yield answered % ("200", "api-1"), 10 * (number - 160 if restarted else number + 1000), moment
        # api-2 answers 20 a scrape: 280 x 20.
        yield answered % ("200", "api-2"), 20 * number, moment
        # A first failure is born within the window with the value 2, and grows to 7.
        if within > 600:
            yield answered % ("500", "api-2"), 2 if within < 1200 else 7, moment
        # Clients that went away do not count.
        yield answered % ("499", "api-2"), 1000 * number, moment
        # Reads: 30 of 31 fast.
        reads = 'http_request_duration_seconds_%s{kind="read",surface="games"%s,instance="api-1"}'
        yield reads % ("bucket", ',le="0.25"'), 30 * number, moment
        yield reads % ("count", ""), 31 * number, moment
        # The prober reached nothing for the last 10 scrapes, and was down itself for the 10 before.
        down = END - 300 < moment <= END - 150
        yield 'up{job="probe",instance="public"}', 0 if down else 1, moment
        if not down:
            yield 'probe_success{job="probe",instance="public"}', 0 if moment > END - 150 else 1, moment
        if within > 900 and within < 960:
            yield (
                'ALERTS{alertname="RedisDown",alertstate="firing",severity="page",team="platform"}',
                1,
                moment,
            )
        if within > 900:
            yield 'ALERTS{alertname="ApiTargetDown",alertstate="pending",severity="ticket"}', 1, moment


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that holds `history` and nothing else."""
    directory = tmp_path_factory.mktemp("prometheus")
    with servers.prometheus(directory, history=history()) as url, Prometheus(url) as found:
        yield found


def test_counters_are_counted_exactly(server: Prometheus) -> None:
    """A restart, a series born within the window and a window read in pieces cost no event."""
    assert judge.count(server, WINDOW, AUTH) == Count(good=280 * 30, total=280 * 30 + 7)


def test_latency_counts_come_from_the_bucket(server: Prometheus) -> None:
    """Good is what the bucket holds, total what the histogram holds."""
    assert judge.count(server, WINDOW, READ) == Count(good=280 * 30, total=280 * 31)


def test_each_probe_is_an_event(server: Prometheus) -> None:
    """Failed probes are bad; probes that were never made are left out."""
    assert judge.count(server, WINDOW, PROBE) == Count(good=260, total=270)


def test_verdicts_follow(server: Prometheus) -> None:
    """99.92 % of 8,407 meets 99.9 %; 96.8 % of reads misses 99 %; nothing known of the rest."""
    found = {one.slo.name: one for one in judge.judge(server, WINDOW, SLOS.values())}
    verdicts = {name: one.verdict for name, one in found.items()}
    told = {
        "auth-availability": Verdict.PASS,
        "probe-availability": Verdict.FAIL,
        "read-latency": Verdict.FAIL,
    }
    assert verdicts == dict.fromkeys(SLOS, Verdict.UNKNOWN) | told
    assert found["auth-availability"].budget_left == pytest.approx(1 - 7 / 8407 / 0.001)
    assert found["games-availability"].budget_left is None
    assert "no data" in found["games-availability"].detail


def test_a_window_without_samples_is_unknown(server: Prometheus) -> None:
    """Series that exist at another time prove nothing about this one."""
    before = Window(WINDOW.start - timedelta(days=2), WINDOW.start - timedelta(days=1))
    assert {one.verdict for one in judge.judge(server, before, SLOS.values())} == {Verdict.UNKNOWN}
    assert judge.alerts_fired(server, before) == []


def test_fired_alerts_are_listed_and_pending_ones_are_not(server: Prometheus) -> None:
    """Only what fired counts, from its first to its last evaluation."""
    (fired,) = judge.alerts_fired(server, WINDOW)
    assert (fired.name, fired.severity, dict(fired.labels)["team"]) == ("RedisDown", "page", "platform")
    assert (fired.last - fired.first).total_seconds() == 30


def test_no_prometheus_is_an_error_not_a_verdict() -> None:
    """An address where nobody listens must not read as an objective without data."""
    url = f"http://127.0.0.1:{servers.free_port()}"
    with Prometheus(url) as server, pytest.raises(PrometheusError, match="does not answer"):
        judge.judge(server, WINDOW, [AUTH])


def test_a_window_needs_a_zone_and_a_length() -> None:
    """A local time would be read as another hour; an empty window would judge nothing."""
    with pytest.raises(ValueError, match="time zone"):
        Window(WINDOW.start.replace(tzinfo=None), WINDOW.end)
    with pytest.raises(ValueError, match="not before its end"):
        Window(WINDOW.end, WINDOW.end)


@pytest.mark.parametrize(
    ("server", "client", "expected"),
    [
        (Count(3000, 3000), None, Verdict.PASS),
        (Count(2997, 3000), None, Verdict.PASS),
        (Count(2996, 3000), None, Verdict.FAIL),
        (Count(2999, 2999), None, Verdict.UNKNOWN),
        (Count(0, 0), None, Verdict.UNKNOWN),
        (None, None, Verdict.UNKNOWN),
        (Count(7, 10), None, Verdict.UNKNOWN),
        (Count(6, 10), None, Verdict.FAIL),
        (Count(5000, 5000), Count(5000, 5000), Verdict.PASS),
        (Count(5000, 5000), Count(4000, 5000), Verdict.FAIL),
        (Count(5000, 5000), Count(10, 10), Verdict.UNKNOWN),
        (None, Count(5000, 5000), Verdict.UNKNOWN),
    ],
)
def test_evidence_decides_what_may_be_said(
    server: Count | None, client: Count | None, expected: Verdict
) -> None:
    """Met needs 3,000 events at 99.9 %; missed is said earlier only when nothing to come could mend it."""
    assert judge.decide(AUTH, server=server, client=client).verdict is expected


@pytest.mark.parametrize(
    ("server", "expected", "budget_left"),
    [
        (None, Verdict.UNKNOWN, None),
        (Count(0, 0), Verdict.UNKNOWN, None),
        (Count(1, 1), Verdict.PASS, 1.0),
        (Count(999_999, 1_000_000), Verdict.FAIL, -1.0),
        (Count(0, 1), Verdict.FAIL, -1.0),
    ],
)
def test_without_a_budget_one_event_decides(
    server: Count | None, expected: Verdict, budget_left: float | None
) -> None:
    """One good event meets 100 %, one bad one misses it among however many, and none says nothing."""
    found = judge.decide(SLOS["money-integrity"], server=server, client=None)
    assert (found.verdict, found.budget_left) == (expected, budget_left)


def test_disagreement_is_a_finding() -> None:
    """Client and server more than half a percentage point apart: somebody must look, whatever the verdict."""
    apart = judge.decide(READ, server=Count(1000, 1000), client=Count(994, 1000))
    assert apart.verdict is Verdict.PASS
    assert apart.findings == ("client and server are 0.60 percentage points apart on read-latency",)
    near = judge.decide(READ, server=Count(1000, 1000), client=Count(996, 1000))
    assert near.findings == ()


def test_client_counts_are_read_from_a_result_file_too(tmp_path: Path) -> None:
    """The load room's result file carries its counts in `data`."""
    path = tmp_path / "client.json"
    counts = {"objectives": {"read-latency": {"good": 9, "total": 10}}}
    for document in (counts, {"room": "loadtests", "data": counts}):
        path.write_text(json.dumps(document))
        assert judge.read_client(path) == {"read-latency": Count(9, 10)}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"objectives": {"a": {"good": 1}}}', '{"objectives": {"a": {"good": 2, "total": 1}}}'],
)
def test_malformed_client_counts_are_refused(tmp_path: Path, text: str) -> None:
    """Half a file must not read as a client that measured nothing."""
    path = tmp_path / "client.json"
    path.write_text(text)
    with pytest.raises(ProblemsFoundError, match=r"client\.json"):
        judge.read_client(path)
