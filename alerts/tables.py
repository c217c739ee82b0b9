"""Tables that this room prints for people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from rich import box
from rich.table import Table
from rich.text import Text

from alerts.burn import Prediction
from alerts.clock import Clock
from alerts.judge import Count, FiredAlert, Judgement
from alerts.no_budget import POLICY, SEVERITY
from alerts.slo import Slo

# Labels of an alert that its row says anyway.
_LABELS_UNSAID = ("sloth_", "severity", "category")


def judgements(found: Iterable[Judgement]) -> Table:
    """Objective, target, both sides' good ratios, budget left and verdict."""
    table = _table("Objectives", "objective", "target", "client", "server", "budget left", "verdict")
    for one in found:
        table.add_row(
            one.slo.name,
            _percent(one.slo.target),
            _ratio(one.client),
            _ratio(one.server),
            "-" if one.budget_left is None else f"{one.budget_left:.0%}",
            Text(str(one.verdict), style=one.verdict.style),
        )
    return table


def fired(found: Sequence[FiredAlert]) -> Table:
    """Alerts that fired, with their severity and times."""
    table = _table(f"Alerts that fired: {len(found)}", "alert", "severity", "first", "last", "labels")
    for one in found:
        labels = ", ".join(
            f"{key}={value}"
            for key, value in sorted(one.labels.items())
            if not key.startswith(_LABELS_UNSAID)
        )
        times = (f"{time:%H:%M:%S}" for time in (one.first, one.last))
        table.add_row(one.name, one.severity, *times, Text(labels, style="dim"))
    return table


def predictions(slos: Sequence[Slo], found: Iterable[Prediction], clock: Clock) -> Table:
    """How soon each alert fires, by the share of events that fail; alike objectives share a row."""
    delays = {(one.slo, one.policy, one.error_ratio): one for one in found}
    ratios = sorted({ratio for _, _, ratio in delays}, reverse=True)
    title = (
        "Predicted delay from a fault to its alert, by the share of events that fail\n"
        f"(scrape every {clock.scrape}, evaluation every {clock.evaluation})"
    )
    failing = [f"{ratio:.0%}" for ratio in ratios]
    table = _table(title, "target", "severity", "windows", "for", *failing)
    for target, group in _by_target(slos).items():
        for policy in group[0].policies:
            cells = [_delay(delays.get((group[0].name, policy.name, ratio))) for ratio in ratios]
            windows = f"{clock.window(policy.long)}, {clock.window(policy.short)}"
            table.add_row(_percent(target), policy.severity, windows, str(clock.hold(policy.hold)), *cells)
        if group[0].no_budget is not None:
            cells = [_delay(delays.get((group[0].name, POLICY, ratio))) for ratio in ratios]
            table.add_row(
                _percent(target), SEVERITY, str(clock.window(group[0].no_budget.window)), "0s", *cells
            )
        table.add_section()
    table.caption = "\n".join(
        f"{_percent(target)}: {', '.join(slo.name for slo in group)}"
        for target, group in _by_target(slos).items()
    )
    table.caption_justify = "left"
    return table


def _by_target(slos: Iterable[Slo]) -> dict[Decimal, list[Slo]]:
    alike: defaultdict[Decimal, list[Slo]] = defaultdict(list)
    for slo in slos:
        alike[slo.target].append(slo)
    return dict(sorted(alike.items(), reverse=True))


def _table(title: str, *columns: str) -> Table:
    table = Table(
        title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False
    )
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f}%"


def _ratio(count: Count | None) -> str:
    return "-" if count is None or count.ratio is None else f"{count.ratio:.3%}"


def _delay(prediction: Prediction | None) -> str:
    if prediction is None:
        return "never"
    seconds = prediction.fires.seconds
    for limit, unit, name in ((120, 1, "s"), (7200, 60, "min")):
        if seconds < limit:
            return f"{seconds / unit:.3g} {name}"
    return f"{seconds / 3600:.3g} h"
