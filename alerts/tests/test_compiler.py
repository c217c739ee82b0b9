"""What the compiler writes is the same every time, and it refuses to write what could not work."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from alerts import causes, compiler, fireability, kubernetes, profiles, promql, slo, structure
from alerts.clock import parse_scale
from alerts.compiler import Compiled
from alerts.duration import Duration
from alerts.problems import Problem, ProblemsFoundError
from alerts.profiles import Profile
from alerts.registry import Registry
from alerts.slo import Slo

SCALED = Fraction(1, 60)
SLOS = slo.by_name(slo.load())
MONTH = Duration.parse("35d")


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    return compiler.committed()


@pytest.fixture(scope="module")
def scaled() -> Compiled:
    return compiler.compile_room(profiles.load("dev", environment={}), SCALED)


def prod() -> Profile:
    return profiles.load("prod", environment={})


def test_the_committed_files_are_what_the_sources_give(compiled: Compiled) -> None:
    """Nobody edits generated files, and nobody forgets to renew them."""
    assert compiler.drift(compiled) == []


def test_compilation_is_repeatable(compiled: Compiled) -> None:
    """The same inputs give the same bytes."""
    assert compiler.committed().files() == compiled.files()


def test_drift_is_shown(compiled: Compiled, tmp_path: Path) -> None:
    """A changed threshold, a missing file and a stray one each show as a difference."""
    directory = tmp_path / "generated"
    compiler.write(compiled.files(), directory)
    assert compiler.drift(compiled, directory) == []
    rules = directory / "rules.yaml"
    rules.write_text(rules.read_text().replace("(14.4 * 0.001)", "(14.5 * 0.001)", 1))
    (directory / "predictions.json").unlink()
    (directory / "stray.yaml").write_text("left: over\n")
    shown = "\n".join(compiler.drift(compiled, directory))
    assert "(14.5 * 0.001)" in shown
    assert "+++ compiled/generated/predictions.json" in shown
    assert "-left: over" in shown


def test_sloth_dashboards_find_their_series(compiled: Compiled) -> None:
    """Names and labels are those that Sloth records."""
    rules = [rule for group in compiled.rules["groups"] for rule in group["rules"]]
    recorded = {rule["record"]: rule["labels"] for rule in rules if "record" in rule}
    assert {
        "slo:sli_error:ratio_rate5m",
        "slo:sli_error:ratio_rate28d",
        "slo:objective:ratio",
        "slo:error_budget:ratio",
        "slo:time_period:days",
        "slo:current_burn_rate:ratio",
        "slo:period_burn_rate:ratio",
        "slo:period_error_budget_remaining:ratio",
        "sloth_slo_info",
    } <= set(recorded)
    assert {"sloth_id", "sloth_service", "sloth_slo", "sloth_window"} <= set(
        recorded["slo:sli_error:ratio_rate5m"]
    )
    assert {"sloth_mode", "sloth_spec", "sloth_version", "sloth_objective"} <= set(recorded["sloth_slo_info"])


def test_what_is_said_to_be_recorded_is_recorded(compiled: Compiled) -> None:
    """The registry lets queries name exactly the series, with the labels, that the rules record."""
    registry = compiler.registry_of(compiled.slos)
    rules = [rule for group in compiled.rules["groups"] for rule in group["rules"] if "record" in rule]
    assert {rule["record"] for rule in rules} == set(registry.recorded)
    for rule in rules:
        assert set(rule["labels"]) <= registry.recorded[rule["record"]]


def test_every_compiled_expression_names_only_what_exists(compiled: Compiled) -> None:
    """The generated rules pass the same check as the hand-written ones."""
    registry = compiler.registry_of(compiled.slos)
    for group in compiled.rules["groups"]:
        for rule in group["rules"]:
            assert list(registry.problems_in(rule["expr"], file=group["name"], name="expr")) == []


def test_every_alert_tells_whoever_is_called_what_to_do(compiled: Compiled) -> None:
    """Summary, description, severity, team and a runbook found by the alert's name."""
    for alert in compiled.alerts:
        assert alert["annotations"].keys() >= {"summary", "description", "runbook_url"}
        assert alert["annotations"]["runbook_url"].endswith(f"/{alert['alert']}.md")
        assert alert["labels"]["severity"] in causes.SEVERITIES
        assert alert["labels"]["team"]


def test_the_scaled_clock_divides_time_and_nothing_else(compiled: Compiled, scaled: Compiled) -> None:
    """Windows, `for` and intervals shrink; names, thresholds and labels stay."""
    production = compiler.compile_room(profiles.load("dev", environment={}))
    assert list(structure.differences(production.rules, scaled.rules, SCALED)) == []
    assert "[5s]" in compiler.dump(scaled.rules) and "[5m]" not in compiler.dump(scaled.rules)
    assert {group["interval"] for group in scaled.rules["groups"]} == {"1s", "4s"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[5s]", "[6s]"),
        ("(14.4 * 0.001)", "(14.5 * 0.001)"),
        ("* 60", "* 61"),
        ("for: 2s", "for: 3s"),
        ("interval: 1s", "interval: 2s"),
        ("severity: page", "severity: ticket"),
        ("and ignoring", "or ignoring"),
        ("ratio_rate1h", "ratio_rate6h"),
        ("/ 0.001", "/ 0.002"),
        ("_created) / 15 < 1", "_created) / 15 < 2"),
        ("[2h48m:1m] offset 2m", "[2h48m:2m] offset 2m"),
        ("[2h48m:1m] offset 2m", "[2h47m:1m] offset 2m"),
        ("_created) / 15 < 1", "_created) / 14 < 1"),
    ],
)
def test_any_other_difference_is_found(scaled: Compiled, old: str, new: str) -> None:
    """The proof that both clocks have one structure can fail."""
    production = compiler.compile_room(profiles.load("dev", environment={}))
    text = compiler.dump(scaled.rules)
    assert old in text
    doctored = yaml.safe_load(text.replace(old, new, 1))
    assert len(list(structure.differences(production.rules, doctored, SCALED))) == 1


def test_a_window_of_less_than_three_scrapes_is_refused() -> None:
    """At 1/120 five minutes are 2.5 s, and Prometheus scrapes no faster than every second."""
    with pytest.raises(
        ProblemsFoundError, match=r"under 3 scrapes of 1s has no rate; use --time-scale 1/100"
    ):
        compiler.compile_room(profiles.load("dev", environment={}), Fraction(1, 120))


@pytest.mark.parametrize("text", ["0", "-1/60", "2", "fast", "1/0", ""])
def test_a_time_scale_is_a_fraction(text: str) -> None:
    """Anything else is refused with an example."""
    with pytest.raises(ProblemsFoundError, match="such as 1/60"):
        parse_scale(text)


def slo_problems(changed: Slo, retention: Duration = MONTH, registry: Registry | None = None) -> list[str]:
    clock = compiler.clock_of(prod(), compiler.PRODUCTION_SCALE)
    registry = registry or compiler.registry_of([changed])
    return [str(one) for one in fireability.slo_problems([changed], registry, clock, retention=retention)]


def with_good(name: str, query: str, **changes: object) -> Slo:
    return replace(SLOS[name], good=promql.selector(query), **changes)  # type: ignore[arg-type]


def with_bad(query: str, **changes: object) -> Slo:
    found = SLOS["money-integrity"]
    assert found.no_budget is not None
    alert = replace(found.no_budget, bad=promql.selector(query), **changes)  # type: ignore[arg-type]
    return replace(found, no_budget=alert)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (
            lambda: replace(SLOS["read-latency"], target=Decimal("0.9")),
            "14.4 x (1 - 0.9) = 1.44 is no share that errors can exceed, so page-fast can never fire; "
            "use a factor under 10",
        ),
        (
            lambda: with_good("read-latency", 'http_request_duration_seconds_bucket{kind="read",le="0.2"}'),
            "has no such bucket; use one of 0.005, 0.01",
        ),
        (
            lambda: with_good("read-latency", 'http_request_duration_seconds_bucket{kind="read",le="5"}'),
            "has no such bucket; use one of 0.005, 0.01",
        ),
        (
            lambda: with_good("read-latency", 'http_request_seconds_bucket{kind="read",le="0.25"}'),
            "nobody exports this metric",
        ),
        (
            lambda: with_good("read-latency", 'realtime_event_lag_seconds_bucket{le="0.25"}'),
            "use http_request_duration_seconds_bucket, as total does",
        ),
        (
            lambda: with_good("auth-availability", 'http_requests_total{area="auth"}'),
            "http_requests_total has no such label; it has instance, job, method, route, status, surface",
        ),
        (
            lambda: with_good("auth-availability", 'http_requests{surface="auth"}'),
            "did you mean http_requests_total?",
        ),
        (lambda: replace(SLOS["auth-availability"], counter=False), "only grows; set counter: true"),
        (lambda: replace(SLOS["probe-availability"], counter=True), "is a gauge; rate() is for counters"),
        (lambda: with_bad("ledger_invariants_total"), "nobody exports this metric"),
        (lambda: with_bad("ledger_invariant_violations"), "is a gauge; increase() is for counters"),
        (
            lambda: with_bad("ledger_invariant_checks_total", window=Duration.parse("60d")),
            "Prometheus forgets after 35d",
        ),
        (
            lambda: replace(SLOS["auth-availability"], period=Duration.parse("1d")),
            "ticket-slow looks back 3d; a period must be at least as long",
        ),
    ],
)  # fmt: skip
def test_an_objective_that_could_never_alert_is_refused(fault: Callable[[], Slo], expected: str) -> None:
    """Each message names the file and says how to mend it."""
    changed = fault()
    problems = slo_problems(changed)
    assert problems and all(problem.startswith(f"{changed.name}.yaml: ") for problem in problems)
    assert expected in "\n".join(problems)


def test_the_real_objectives_have_no_problems() -> None:
    """The faults above are faults of the change, not of the check."""
    for found in SLOS.values():
        assert slo_problems(found) == []


def test_prometheus_must_remember_the_longest_window() -> None:
    """28 days cannot be judged from 15 days of data."""
    (problem,) = slo_problems(SLOS["read-latency"], retention=Duration.parse("15d"))
    assert "Prometheus forgets after 15d; raise PROMETHEUS_RETENTION_DAYS" in problem


def test_a_bucket_taken_from_the_registry_is_missed() -> None:
    """The other side of the bucket check: the code stops declaring the bound that an objective uses."""
    registry = compiler.registry_of([SLOS["read-latency"]])
    histogram = registry.metrics["http_request_duration_seconds"]
    fewer = replace(histogram, buckets=tuple(bound for bound in histogram.buckets if bound != 0.25))
    changed = replace(registry, metrics={**registry.metrics, histogram.name: fewer})
    assert any(
        "has no such bucket" in problem for problem in slo_problems(SLOS["read-latency"], registry=changed)
    )


CAUSE = """
groups:
  - name: trial
    rules:
      - alert: Trial
        expr: up == 0
        for: 1m
        labels: {severity: page, team: platform}
        annotations: {summary: s, description: d}
"""


def cause_problems(tmp_path: Path, text: str) -> list[Problem]:
    (tmp_path / "trial.tmpl.yaml").write_text(text)
    clock = compiler.clock_of(prod(), compiler.PRODUCTION_SCALE)
    try:
        groups = causes.rule_groups(prod(), clock, tmp_path)
    except ProblemsFoundError as error:
        return list(error.problems)
    return list(fireability.cause_problems(groups, compiler.registry_of(SLOS.values())))


def test_a_sound_cause_alert_is_accepted(tmp_path: Path) -> None:
    """The faults below are faults of the change."""
    assert cause_problems(tmp_path, CAUSE) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("up == 0", "upp == 0", "did you mean up?"),
        ("up == 0", 'up{jobs="api"} == 0', "up has no such label; it has instance, job"),
        ("up == 0", "sum by (surface) (up) == 0", "no metric of this query has this label"),
        ("up == 0", "http_requests_total > 5", "wrap it in rate() or increase()"),
        ("up == 0", "http_requests_total > http_requests_total_created", "nobody exports this metric"),
        ("up == 0", "rate(ws_active_connections[5m]) > 5", "is a gauge; rate() is for counters"),
        ("up == 0", "http_request_duration_seconds > 5", "a histogram has no series of its own name"),
        ("up == 0", "sum(up == 0", "is never closed"),
        (
            "up == 0",
            "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m]))) > 0.7",
            "has no bound there, so the quantile is a guess; use one of 0.005",
        ),
        (
            "up == 0",
            'up == << threshold("ALERT_NOBODY_THRESHOLD") >>',
            "set ALERT_NOBODY_THRESHOLD in this file",
        ),
        ("up == 0", "up == << thresold >>", "'thresold' is undefined"),
        ("up == 0", "rate(up[<< window('10s') >>]) > 1", "a window under 3 scrapes of 15s has no rate"),
        ("Trial", "trial_alert", "name the alert in CamelCase"),
        ("severity: page", "severity: critical", "use one of page, ticket, none"),
        (", team: platform", "", "Trial: labels.team"),
        ("summary: s, ", "", "Trial: annotations.summary"),
        ("summary: s", "runbook_url: x, summary: s", "it is derived from the alert's name"),
        ("groups:", "groups: [", "not YAML"),
    ],
)
def test_a_cause_alert_that_could_not_work_is_refused(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    """Each message names the template and says how to mend it."""
    assert old in CAUSE
    shown = "\n".join(str(problem) for problem in cause_problems(tmp_path, CAUSE.replace(old, new, 1)))
    assert expected in shown
    assert "trial.tmpl.yaml" in shown or "prod.env" in shown or "--time-scale" in shown


def test_one_name_is_one_alert(tmp_path: Path) -> None:
    """Two alerts of a name would share a runbook and hide each other."""
    (tmp_path / "another.tmpl.yaml").write_text(CAUSE)
    (problem,) = cause_problems(tmp_path, CAUSE)
    assert "another.tmpl.yaml already defines this alert" in str(problem)


def test_any_bad_event_is_predicted_to_page_at_once(compiled: Compiled) -> None:
    """Whatever share fails: one scrape, one evaluation, and the notification's wait."""
    found = [one for one in compiled.predictions if one.slo == "money-integrity"]
    assert {one.error_ratio for one in found} == set(compiler.ERROR_RATIOS)
    assert {(one.fires.seconds, one.notifies.seconds) for one in found} == {(45.0, 55.0)}


def test_an_objective_without_a_budget_divides_by_none(compiled: Compiled) -> None:
    """One page on bad events themselves, no burn rate, and all recorded names that dashboards read."""
    group = next(group for group in compiled.rules["groups"] if group["name"] == "slo-money-integrity")
    (alert,) = [rule for rule in group["rules"] if "alert" in rule]
    assert (alert["alert"], alert["labels"]["severity"]) == ("LedgerInvariantBroken", "page")
    assert alert["expr"] == 'slo:sli_bad:increase15m{sloth_id="casino-club-money-integrity"} > 0'
    assert "for" not in alert
    text = compiler.dump(group)
    assert "burn_rate" not in text and "/ 0\n" not in text


def test_export_for_kubernetes_holds_the_same_rules(compiled: Compiled) -> None:
    """A PrometheusRule object whose groups are those of the rule file."""
    document = yaml.safe_load(kubernetes.prometheus_rule(compiled))
    assert (document["apiVersion"], document["kind"]) == ("monitoring.coreos.com/v1", "PrometheusRule")
    assert document["spec"] == copy.deepcopy(compiled.rules)


def test_a_test_series_that_yaml_made_a_number_is_refused(tmp_path: Path) -> None:
    """Unquoted, 0x30 is not thirty-one zeros but 48, and the test would show something else than it says."""
    (tmp_path / "tests").mkdir()
    series = "{series: up, values: 0x30}"
    text = f"tests:\n  - {{name: trial, interval: 1m, input_series: [{series}], alert_rule_test: []}}\n"
    (tmp_path / "tests" / "trial.tmpl.yaml").write_text(text)
    clock = compiler.clock_of(prod(), compiler.PRODUCTION_SCALE)
    with pytest.raises(ProblemsFoundError, match="trial: up = 48: YAML made a number of this"):
        causes.unit_tests(prod(), clock, {}, tmp_path)
