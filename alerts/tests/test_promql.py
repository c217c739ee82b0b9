"""Every metric a query names must be found, and nothing that only looks like one."""

import pytest

from alerts import promql
from alerts.promql import Matcher, PromqlError, Selector


@pytest.mark.parametrize(
    ("expression", "metrics"),
    [
        ("up", ["up"]),
        ("sum by (job, instance) (rate(a_total[5m]))", ["a_total"]),
        ("sum(rate(a_total[5m])) by (job)", ["a_total"]),
        ("a / on (x) group_left (y) b", ["a", "b"]),
        ("a and ignoring (sloth_window) b or c unless d", ["a", "b", "c", "d"]),
        (
            'histogram_quantile(0.95, sum by (le) (rate(h_bucket{kind=~"read|write"}[5m]))) > 0.8',
            ["h_bucket"],
        ),
        ("a > bool 1e3 and b < +Inf", ["a", "b"]),
        ("a offset 5m == b @ start()", ["a", "b"]),
        ("time() - max(beat_seconds) > 30", ["beat_seconds"]),
        ('slo:sli_error:ratio_rate5m{sloth_id="x"}', ["slo:sli_error:ratio_rate5m"]),
        ('{__name__="a_total", job="api"}', ["a_total"]),
        ("max_over_time(rate(a_total[1m])[5m:1m])", ["a_total"]),
        ('count({__name__="by"}) # c is only a comment', ["by"]),
        ("increase(a_total[$__rate_interval])", ["a_total"]),
        ('label_replace(a, "x", "$1", "y", "(b)")', ["a"]),
        ("vector(1)", []),
        ("quantile(0.9, a) or topk(3, b)", ["a", "b"]),
    ],
)
def test_metrics_are_found(expression: str, metrics: list[str]) -> None:
    """Functions, keywords, label lists, strings and comments are no metrics."""
    assert [found.metric for found in promql.parse(expression).selectors] == metrics


def test_labels_ranges_and_functions_are_kept() -> None:
    """The checks of the registry need the labels, the range and what the series is given to."""
    query = promql.parse('sum by (route) (rate(a_total{status=~"5..", surface!="x\\"y"}[5m]))')
    matchers = (Matcher("status", "=~", "5.."), Matcher("surface", "!=", 'x"y'))
    assert query.selectors == (Selector("a_total", matchers, "5m", "rate"),)
    assert query.grouping_labels == {"route"}


@pytest.mark.parametrize(
    "expression", ["sum(a", "a)", 'a{b="c"', "a{b=c}", '{job="api"}', "a ? b", 'a{="b"}']
)
def test_what_cannot_be_read_is_refused(expression: str) -> None:
    """Unreadable text must never count as a query that names nothing."""
    with pytest.raises(PromqlError):
        promql.parse(expression)


def test_a_plain_selector_prints_as_it_was_written() -> None:
    """The compiler writes selectors back into rules."""
    text = 'a_total{status!~"499|5..",surface="auth"}'
    assert str(promql.selector(text)) == text


@pytest.mark.parametrize("expression", ["sum(a)", "a + b", "rate(a[5m])", "a[5m]", "1"])
def test_only_a_plain_selector_is_taken_for_one(expression: str) -> None:
    """An objective's query is wrapped in rate() later; anything but a selector would compile to nonsense."""
    with pytest.raises(PromqlError, match="not one plain selector"):
        promql.selector(expression)


def test_matchers_decide_as_prometheus_does() -> None:
    """Regular expressions are anchored, and a missing label is an empty one."""
    good = promql.selector('a{status!~"499|5..",surface="auth"}')
    assert good.accepts({"status": "200", "surface": "auth"})
    assert good.accepts({"surface": "auth"})
    assert not good.accepts({"status": "503", "surface": "auth"})
    assert good.accepts({"status": "5033", "surface": "auth"})
    assert not good.accepts({"status": "200"})
