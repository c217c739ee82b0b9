"""Writes clean history into a Prometheus that is about to start, so that long windows mean something at once.

Without it a young server knows of nothing but the fault: its six hours are as bad as its last minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from alerts import promql
from alerts.clock import Clock
from alerts.duration import Duration
from alerts.example_series import bad_series, good_series, total_series
from alerts.registry import bound_text
from alerts.rule_checks import run_tool
from alerts.slo import Slo

Sample = tuple[str, float, float]
"""A series as PromQL writes it, its value, and the Unix time in seconds."""

# Of every objective's events; a casino that is busy enough for one lost scrape not to look like an outage.
EVENTS_A_SECOND = 50.0

# Until the first scrape a worker would count as missing, and its outage would be remembered for half an hour.
HEARTBEAT = 'worker_heartbeat_timestamp_seconds{instance="worker",job="worker"}'
# And the API as gone, which would be told somebody.
SCRAPED = 'up{instance="api-1",job="api"}'
ALIVE_SECONDS = 5

# Short windows need a sample a scrape; further back only the long ones look.
DENSE_SECONDS = 600
SPARSE_EVERY_SECONDS = 10


class BackfillError(Exception):
    """Promtool could not turn samples into blocks; the message is its own."""


def length(slos: Sequence[Slo], clock: Clock) -> Duration:
    """How far back the longest window of any alert looks on this clock, and a tenth more."""
    longest = max(policy.long for slo in slos for policy in slo.policies)
    return Duration(clock.window(longest).milliseconds * 11 // 10)


def clean(
    slos: Sequence[Slo], clock: Clock, until: float, rates: Mapping[str, float] | None = None
) -> Iterator[Sample]:
    """Every objective met without exception, API and worker alive, up to `until` (Unix seconds).

    `rates` are events a second by objective; EVENTS_A_SECOND where it names none.
    """
    seconds = length(slos, clock).seconds
    yield from samples(slos, until=until, seconds=seconds, rates=rates or {}, bad_share=lambda _: 0.0)
    for moment in _moments(until, ALIVE_SECONDS):
        yield HEARTBEAT, moment, moment
        yield SCRAPED, 1.0, moment


def samples(
    slos: Sequence[Slo],
    *,
    until: float,
    seconds: float,
    rates: Mapping[str, float],
    bad_share: Callable[[Slo], float],
) -> Iterator[Sample]:
    """Steady traffic of each objective for so many seconds, of which `bad_share` fails."""
    moments = list(_moments(until, seconds))
    for slo in slos:
        rate = rates.get(slo.name, EVENTS_A_SECOND)
        for series, share in _shares(slo, bad_share(slo)).items():
            for moment in moments:
                grown = (moment - (until - seconds)) * rate * share
                yield series, (grown if slo.counter else share), moment


def backfill(data: Path, found: Iterable[Sample]) -> None:
    """Write samples into Prometheus' storage as if it had scraped them. Raises BackfillError."""
    data.mkdir(parents=True, exist_ok=True)
    source = data.parent / "history.om"
    families: dict[str, list[str]] = {}
    for series, value, time_seconds in found:
        family = series.split("{")[0]
        families.setdefault(family, []).append(f"{series} {value:.13g} {time_seconds:.3f}")
    lines = [line for name, rows in families.items() for line in (f"# TYPE {name} unknown", *rows)]
    source.write_text("\n".join([*lines, "# EOF", ""]))
    outcome = run_tool("promtool", "tsdb", "create-blocks-from", "openmetrics", str(source), str(data))
    source.unlink()
    if outcome.returncode != 0:
        raise BackfillError((outcome.stderr + outcome.stdout).strip())


def _moments(until: float, seconds: float) -> Iterator[float]:
    for age in range(int(seconds), DENSE_SECONDS, -SPARSE_EVERY_SECONDS):
        yield until - age
    for age in range(min(int(seconds), DENSE_SECONDS), 0, -1):
        yield until - age


def _shares(slo: Slo, bad: float) -> dict[str, float]:
    """The share of all events that each series counts."""
    shares = {_targeted(good_series(slo)): 1.0 - bad}
    if slo.good.metric == slo.total.metric:
        return {**shares, _targeted(bad_series(slo)): bad} if bad else shares
    shares[_targeted(total_series(slo))] = 1.0
    if slo.threshold_seconds is not None:
        # The quantile over all buckets must stay sound beside the one bucket that the objective reads.
        bound = f'le="{bound_text(slo.threshold_seconds)}"'
        shares[_targeted(good_series(slo).replace(bound, 'le="+Inf"'))] = 1.0
    return shares


def _targeted(series: str) -> str:
    """The series as Prometheus would have scraped it."""
    (found,) = promql.parse(series).selectors
    labels = [str(matcher) for matcher in found.matchers]
    labels += ['instance="public"'] if found.value_of("job") else ['job="api"', 'instance="history"']
    return f"{found.metric}{{{','.join(labels)}}}"
