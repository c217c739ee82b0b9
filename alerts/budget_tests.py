"""Generates promtool tests of what is recorded beside the alerts: budgets, burn rates, and every label.

Traffic is a burst of a few minutes every third day, since the period is too long to play minute by minute. Two
of the first bursts fail in part, and one brings twice the traffic: what the period has spent must be weighted by
traffic, must reach back the whole period, and must not reach further.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from alerts import indicators
from alerts.duration import Duration
from alerts.example_series import bad_series, good_series, total_series
from alerts.slo import Slo

INTERVAL = Duration.parse("1m")
EVERY = Duration.parse("3d")
BURSTS = 14

# Samples of a burst: enough to fill the base window at its end.
BURST_SAMPLES = 7
EVENTS_A_SAMPLE = 1000
BUSY_BURST, BUSY_FACTOR = 9, 2
FAILING_BURSTS = (1, 2)

# A burst of less than one event a second, half of them bad: little traffic has a budget too.
QUIET_EVENTS_A_SAMPLE, QUIET_BAD = 20, 10

# Events of the base window's older half, so that a shorter one misses them and a longer one spreads them.
RECENT_GOOD, RECENT_BAD = 7, 1

# Promtool 2 compares floating-point numbers exactly, so ratios are compared as whole millionths.
PRECISION = 1_000_000

Document = dict[str, Any]


def test_file(slos: Sequence[Slo], rule_file: str, *, time_scale: str = "1") -> Document:
    """The promtool test file of everything that these objectives record."""
    series = [one for slo in slos for one in _series(slo, *_traffic(slo))]
    quiet = [one for slo in slos for one in _series(slo, [QUIET_EVENTS_A_SAMPLE], [QUIET_BAD])]
    cases = [*_constants(slos, time_scale), *_now(slos), *_periods(slos), *_labels(slos)]
    return {
        "rule_files": [rule_file],
        "evaluation_interval": str(EVERY),
        "group_eval_order": [f"slo-{slo.name}{part}" for part in ("", "-period") for slo in slos],
        "tests": [
            {
                "name": "budgets: the whole period, weighted by traffic",
                "interval": str(INTERVAL),
                "input_series": series,
                "promql_expr_test": cases,
            },
            {
                "name": "budgets: a period of little traffic",
                "interval": str(INTERVAL),
                "input_series": quiet,
                "promql_expr_test": [_quiet_period(slos)],
            },
            _just_now("with good ones", slos, good=RECENT_GOOD),
            _just_now("alone", slos, good=None),
        ],
    }


def _just_now(name: str, slos: Sequence[Slo], *, good: int | None) -> Document:
    """What is recorded over the base window, which not every alert looks at: `good` events, if any, and bad ones."""
    total = (good or 0) + RECENT_BAD
    series = []
    for slo in slos:
        counted = _series(slo, [total], [RECENT_BAD], _recent_of_counter, _recent_of_gauge)
        series += counted if good is not None else counted[1:]
    share = Decimal(RECENT_BAD) / total
    window = indicators.BASE_WINDOW
    events = {"total": total, "good": good or 0}
    cases = [
        _case(
            f"round({window.seconds:g} * sum without (sloth_window) (slo:sli_{side}:rate{window}))",
            1,
            [(_shown(indicators.labels_of(slo)), amount) for slo in slos],
        )
        for side, amount in events.items()
    ]
    cases += [_millionths(f"slo:sli_error:ratio_rate{window}", 1, [(slo, share) for slo in slos])]
    return {
        "name": f"budgets: bad events of the last minutes {name}",
        "interval": str(INTERVAL),
        "input_series": series,
        "promql_expr_test": cases,
    }


def _bad_share(slo: Slo) -> Decimal:
    """The share of a failing burst's events that fail: a multiple of the budget if any, and never all of them."""
    return min(Decimal("0.5"), 10 * slo.error_budget or Decimal("0.5"))


def _events(burst: int) -> int:
    return EVENTS_A_SAMPLE * (BUSY_FACTOR if burst == BUSY_BURST else 1)


def _bad(slo: Slo, burst: int) -> int:
    return int(_bad_share(slo) * EVENTS_A_SAMPLE) if burst in FAILING_BURSTS else 0


def _traffic(slo: Slo) -> tuple[list[int], list[int]]:
    """Every burst's events a sample, and how many of them are bad."""
    bursts = range(1, BURSTS + 1)
    return [_events(burst) for burst in bursts], [_bad(slo, burst) for burst in bursts]


def _gap_samples() -> int:
    return EVERY.milliseconds // INTERVAL.milliseconds - BURST_SAMPLES


def _bursts_of_counter(amounts: Iterable[int]) -> str:
    """Each burst's last sample stands at the moment of evaluation."""
    parts = ["_"]
    for amount in amounts:
        parts += [f"_x{_gap_samples()}", f"0+{amount}x{BURST_SAMPLES - 1}"]
    return " ".join(parts)


def _bursts_of_gauge(amounts: Iterable[int]) -> str:
    parts = ["_"]
    for amount in amounts:
        parts += [f"_x{_gap_samples()}", f"{amount}x{BURST_SAMPLES - 1}"]
    return " ".join(parts)


def _recent_of_counter(amounts: Iterable[int]) -> str:
    """One burst, whose events come all at once: four minutes before the moment of evaluation."""
    (amount,) = amounts
    return f"_ _x{_gap_samples()} 0x1 {amount}x{BURST_SAMPLES - 3}"


def _recent_of_gauge(amounts: Iterable[int]) -> str:
    (amount,) = amounts
    return f"_ _x{_gap_samples()} 0x1 {amount} 0x{BURST_SAMPLES - 4}"


def _series(
    slo: Slo,
    events: Sequence[int],
    bad: Sequence[int],
    of_counter: Callable[[Iterable[int]], str] = _bursts_of_counter,
    of_gauge: Callable[[Iterable[int]], str] = _bursts_of_gauge,
) -> list[Document]:
    good = [total - failed for total, failed in zip(events, bad, strict=True)]
    other = (bad_series(slo), bad) if slo.good.metric == slo.total.metric else (total_series(slo), events)
    write = of_counter if slo.counter else of_gauge
    return [{"series": name, "values": write(amounts)} for name, amounts in ((good_series(slo), good), other)]


def _at(burst: int) -> str:
    return str(Duration(burst * EVERY.milliseconds))


def _case(expression: str, burst: int, samples: Iterable[tuple[str, float]]) -> Document:
    found = [{"labels": labels, "value": value} for labels, value in samples]
    return {"expr": expression, "eval_time": _at(burst), "exp_samples": found}


def _millionths(name: str, burst: int, found: Iterable[tuple[Slo, Decimal]]) -> Document:
    samples = [(_shown(indicators.labels_of(slo)), round(share * PRECISION)) for slo, share in found]
    return _case(f"round({PRECISION} * sum without (sloth_window) ({name}))", burst, samples)


def _constants(slos: Sequence[Slo], time_scale: str) -> list[Document]:
    days = {slo: Decimal(slo.period.milliseconds) / Duration.parse("1d").milliseconds for slo in slos}
    return [
        _millionths("slo:objective:ratio", 1, [(slo, slo.target) for slo in slos]),
        _millionths("slo:error_budget:ratio", 1, [(slo, slo.error_budget) for slo in slos]),
        _millionths("slo:time_period:days", 1, days.items()),
        _case(
            "sloth_slo_info * 1",
            1,
            [(_shown(indicators.info_labels(slo, time_scale)), 1) for slo in slos],
        ),
    ]


def _now(slos: Sequence[Slo]) -> list[Document]:
    limited = _with_budget(slos)
    burning = [(slo, Decimal(_bad(slo, 1)) / EVENTS_A_SAMPLE / slo.error_budget) for slo in limited]
    return [
        _millionths("slo:current_burn_rate:ratio", 1, burning),
        _millionths("slo:current_burn_rate:ratio", BURSTS, [(slo, Decimal(0)) for slo in limited]),
    ]


def _with_budget(slos: Iterable[Slo]) -> list[Slo]:
    return [slo for slo in slos if slo.no_budget is None]


def _periods(slos: Sequence[Slo]) -> list[Document]:
    """With both failing bursts in the period, with one of them, and with none."""
    cases = []
    for burst in (10, 11, 12):
        error = [(slo, _spent(slo, burst)) for slo in slos]
        burnt = [(slo, _spent(slo, burst) / slo.error_budget) for slo in _with_budget(slos)]
        left = [(slo, 1 - share) for slo, share in burnt]
        left += [(slo, Decimal(-1 if share else 1)) for slo, share in error if slo.no_budget is not None]
        period = slos[0].period
        cases += [
            _millionths(f"slo:sli_error:ratio_rate{period}", burst, error),
            _millionths("slo:period_burn_rate:ratio", burst, burnt),
            _millionths("slo:period_error_budget_remaining:ratio", burst, left),
        ]
    return cases


def _quiet_period(slos: Sequence[Slo]) -> Document:
    share = Decimal(QUIET_BAD) / QUIET_EVENTS_A_SAMPLE
    return _millionths(f"slo:sli_error:ratio_rate{slos[0].period}", 1, [(slo, share) for slo in slos])


def _spent(slo: Slo, now: int) -> Decimal:
    """The bad share of the period that ends at burst `now`."""
    first = now - slo.period.milliseconds // EVERY.milliseconds
    seen = range(max(1, first), now + 1)
    return Decimal(sum(_bad(slo, burst) for burst in seen)) / sum(_events(burst) for burst in seen)


def _labels(slos: Sequence[Slo]) -> list[Document]:
    """Every recorded series carries every label: a dashboard or an alert may group by any of them."""
    named: dict[str, list[tuple[str, float]]] = {}
    for slo in slos:
        for name, window in _windowed_names(slo):
            labels = {**indicators.labels_of(slo), "sloth_window": str(window)}
            named.setdefault(name, []).append((_shown(labels), 0))
    return [_case(f"0 * {name}", BURSTS, samples) for name, samples in named.items()]


def _windowed_names(slo: Slo) -> Iterator[tuple[str, Duration]]:
    for window in indicators.windows_of(slo):
        for stem in ("slo:sli_total:rate", "slo:sli_good:rate", "slo:sli_error:ratio_rate"):
            yield f"{stem}{window}", window
    for window in indicators.bad_windows_of(slo):
        yield f"slo:sli_bad:increase{window}", window
    yield f"slo:sli_error:ratio_rate{slo.period}", slo.period
    if slo.no_budget is None:
        yield "slo:current_burn_rate:ratio", indicators.BASE_WINDOW


def _shown(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{key}="{value}"' for key, value in sorted(labels.items())) + "}"
