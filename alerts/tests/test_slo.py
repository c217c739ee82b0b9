"""A fault in an objective's file stops the build with a message that says where, what and how to mend it."""

import shutil
from pathlib import Path

import pytest

from alerts import slo
from alerts.problems import ProblemsFoundError

READ, BURN = "read-latency.yaml", "burn-rates.yaml"
MONEY, REPLAY = "money-integrity.yaml", "idempotent-replay.yaml"
SLOS = slo.by_name(slo.load())


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A copy of the real objectives, to plant faults in."""
    return Path(shutil.copytree(slo.SLO_DIRECTORY, tmp_path / "slos"))


def plant(directory: Path, file: str, old: str, new: str) -> None:
    path = directory / file
    text = path.read_text()
    assert old in text, f"the fault cannot be planted: {old!r} is not in {file}"
    path.write_text(text.replace(old, new, 1))


def test_the_real_files_load() -> None:
    """The objectives of this repository are valid; a budget has the four burn policies unless nobody need get up."""
    assert set(SLOS) == {path.stem for path in slo.SLO_DIRECTORY.glob("*.yaml")} - {"burn-rates"}
    usual = {name: ["page", "page", "ticket", "ticket"] for name in SLOS}
    others = {"idempotent-replay": [], "money-integrity": [], "olap-completeness": ["ticket", "ticket"]}
    found = {name: [policy.severity for policy in one.policies] for name, one in SLOS.items()}
    assert found == usual | others
    assert {name for name, one in SLOS.items() if one.no_budget} == {"idempotent-replay", "money-integrity"}


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (READ, "openslo/v1", "openslo/v2", r"read-latency.yaml: apiVersion = 'openslo/v2': .*'openslo/v1'"),
        (READ, "kind: SLO", "kind: Slo", r"kind = 'Slo': use kind SLO, AlertPolicy"),
        (READ, "target: 0.99", "target: 1.01", r"objectives.0.target = 1.01: a target is a share of at most 1"),
        (READ, "target: 0.99", "target: 1.0", r"alertPolicies = \['page-fast', .*1 leaves no budget to burn"),
        (READ, "target: 0.99", "target: 1.0", r"ratioMetric = 'good': .*count bad"),
        (READ, "target: 0.99", "target: 1.0", r"annotations = None: .*write its alertName and alertWindow"),
        (MONEY, "target: 1", "target: 0.99", r"alertPolicies = \[\]: its budget would burn unheard; name policies"),
        (MONEY, "target: 1", "target: 0.99", r"ratioMetric = 'bad': .*count good"),
        (MONEY, "target: 1", "target: 0.99", r"annotations = 'LedgerInvariantBroken': .*have names already; remove"),
        (MONEY, "        bad:", "        good:", r"ratioMetric = 'good': .*count bad"),
        (MONEY, "        bad:", "        ugly:", r"ratioMetric.ugly = .*mend its spelling"),
        (MONEY, ", alertWindow: 15m", "", r"annotations.alertWindow = None: add this field"),
        (MONEY, "LedgerInvariantBroken", "ledger_broken", r"alertName = 'ledger_broken': .*match pattern"),
        (MONEY, "checks_total{outcome=\"broken\"}", "audits_total", r"bad = 'ledger_invariant_audits_total': .*one"),
        (REPLAY, "outcome=\"mismatch\"", "outcome=\"unverified\"", r"bad = .*unverified.*: bad events are those of"),
        (MONEY, "{outcome=\"broken\"}", "", r"bad = 'ledger_invariant_checks_total': bad events are those of"),
        (READ, "target: 0.99", "target: 99%", r"objectives.0.target = '99%': .*decimal"),
        (READ, "target: 0.99", "targetPercent: 99", r"target = None: add this field"),
        (READ, "target: 0.99", "goal: 0.99", r"objectives.0.goal = 0.99: .*mend its spelling"),
        (READ, "duration: 28d", "duration: 28 days", r"duration = '28 days': write one"),
        (READ, "isRolling: true", "isRolling: false", r"isRolling = False: input should be True"),
        (READ, "Occurrences", "Timeslices", r"budgetingMethod = 'Timeslices': .*'Occurrences'"),
        (READ, "type: Prometheus", "type: Datadog", r"type = 'Datadog': .*'Prometheus'"),
        (READ, "'http_request", "'sum(http_request", r"good.*query = .*never closed"),
        (READ, "Ref: page-fast", "Ref: page-quick", r"'page-quick': no AlertPolicy .* known: page"),
        (READ, "team: platform, ", "", r"metadata.labels.team = None: add this field"),
        (READ, "name: read-latency", "name: write-latency", r"read-latency.yaml already has"),
        (READ, "apiVersion: openslo/v1", "apiVersion: [", r"read-latency.yaml: .*not YAML"),
        (BURN, "shortWindow: 5m", "shortWindow: 1h", r"page-fast: .*shortWindow = '1h': .*shorter"),
        (BURN, ', badEventsMin: "3"', "", r"badEventsMin = None: add this field"),
        (BURN, 'badEventsMin: "3"', 'badEventsMin: "1"', r"badEventsMin = '1': .*or equal to 2"),
        (BURN, "threshold: 14.4", "threshold: -1", r"threshold = -1: .*greater than 0"),
        (BURN, "severity: page", "severity: critical", r"severity = 'critical': .*'page' or 'ticket'"),
        (BURN, "targetRef: page", "targetRef: pager", r"targetRef = 'pager': no AlertNotificationTarget"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_named(directory: Path, file: str, old: str, new: str, expected: str) -> None:
    """The message names file, field, value and remedy."""
    plant(directory, file, old, new)
    with pytest.raises(ProblemsFoundError, match=expected):
        slo.load(directory)


def test_every_fault_is_reported_at_once(directory: Path) -> None:
    """Two faulty files give two messages in one run."""
    plant(directory, "read-latency.yaml", "target: 0.99", "target: 2")
    plant(directory, "auth-availability.yaml", "service: casino-club", "service: Casino Club")
    with pytest.raises(ProblemsFoundError) as caught:
        slo.load(directory)
    assert {problem.file for problem in caught.value.problems} == {
        "read-latency.yaml",
        "auth-availability.yaml",
    }


def test_no_objective_at_all_is_refused(tmp_path: Path) -> None:
    """An empty directory would let a gate pass by judging nothing."""
    with pytest.raises(ProblemsFoundError, match="write at least one SLO"):
        slo.load(tmp_path)


def test_evidence_follows_the_rule_of_three() -> None:
    """3 / (1 - target): 3,000 events for 99.9 %, 300 for 99 %; without a budget any event is evidence."""
    assert SLOS["auth-availability"].evidence_events == 3000
    assert SLOS["read-latency"].evidence_events == 300
    assert SLOS["money-integrity"].evidence_events == 1


def test_good_and_bad_are_two_sides() -> None:
    """What is counted as bad is not good, and a client's events are judged so; others are not counted."""
    found = SLOS["idempotent-replay"]

    def judge(outcome: str) -> bool | None:
        return found.judge_event(metric="idempotent_replays_total", labels={"outcome": outcome})

    assert [judge("replayed"), judge("mismatch"), judge("unverified")] == [True, False, None]


def test_events_of_a_client_are_judged_by_the_file() -> None:
    """Availability by status and surface; an event of another surface or metric is not counted."""
    found = SLOS["auth-availability"]

    def judge(status: str, surface: str = "auth") -> bool | None:
        return found.judge_event(metric="http_requests_total", labels={"surface": surface, "status": status})

    assert [judge("200"), judge("404"), judge("500"), judge("504")] == [True, True, False, False]
    assert judge("499") is None
    assert judge("200", surface="games") is None
    assert found.judge_event(metric="realtime_event_lag_seconds", labels={}) is None


def test_latency_is_judged_at_the_histogram_bound() -> None:
    """The bound itself is good, as `le` says; a latency objective without a latency is an error."""
    found = SLOS["read-latency"]

    def judge(seconds: float | None, kind: str = "read") -> bool | None:
        labels = {"kind": kind, "surface": "games"}
        return found.judge_event(metric="http_request_duration_seconds", labels=labels, seconds=seconds)

    assert [judge(0.249), judge(0.25), judge(0.251)] == [True, True, False]
    assert judge(0.1, kind="login") is None
    with pytest.raises(ValueError, match="pass seconds="):
        judge(None)
