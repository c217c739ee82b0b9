"""One look for every panel of every dashboard, so that a board only says what it shows.

Thresholds come in from the caller, who takes them from the objectives; no number that judges stands here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as dashboard_models

from dashboards.queries import Query

GRID_WIDTH = 24

GOOD, WARNING, BAD, SEVERE = "#3ddc97", "#ffd166", "#ff4d6d", "#ff9f43"

# Grafana's names of units.
SHARE, SECONDS, PER_SECOND, COUNT = "percentunit", "s", "cps", "short"

# From so many requests a second on, boards are marked as under load.
BUSY_REQUESTS_A_SECOND = 20

Panel = Any
Steps = Sequence[tuple[float | None, str]]


@dataclass(frozen=True)
class Text:
    """What a panel says of itself: a title, and a sentence or two on what to read from it."""

    title: str
    description: str
    runbook_url: str = ""


def bad_above(*limits: float) -> Steps:
    """Good below the first limit, bad from the last on; between them a warning, then severe ones."""
    *milder, worst = sorted(limits)
    warnings = [(limit, SEVERE if number else WARNING) for number, limit in enumerate(milder)]
    return [(None, GOOD), *warnings, (worst, BAD)]


def bad_below(limit: float) -> Steps:
    """Bad below the limit, good from it on."""
    return [(None, BAD), (limit, GOOD)]


def lines(
    text: Text,
    unit: str,
    *queries: Query,
    thresholds: Steps = (),
    span: int = 12,
    stacked: bool = False,
    exemplars: bool = False,
) -> Panel:
    """Values over time. Thresholds are drawn as dashed lines."""
    panel = (
        timeseries.Panel()
        .height(8)
        .span(span)
        .line_width(2)
        .fill_opacity(30 if stacked else 8)
        .show_points(common_models.VisibilityMode.NEVER)
        .legend(
            common.VizLegendOptions()
            .show_legend(True)
            .display_mode(common_models.LegendDisplayMode.LIST)
            .placement(common_models.LegendPlacement.BOTTOM)
            .calcs([])
        )
        .min(0)
    )
    if stacked:
        panel = panel.stacking(common.StackingConfig().mode(common_models.StackingMode.NORMAL).group("A"))
    if thresholds:
        mode = common_models.GraphTresholdsStyleMode.DASHED
        panel = panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(mode))
    return _finished(panel, text, unit, queries, thresholds, exemplars=exemplars)


def tile(
    text: Text, unit: str, query: Query, *, thresholds: Steps, span: int = 3, decimals: int | None = None
) -> Panel:
    """One number, coloured by its thresholds, over the curve it came from."""
    panel = (
        stat.Panel()
        .height(4)
        .span(span)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).fields("").values(False))
        .color_mode(common_models.BigValueColorMode.VALUE)
        .graph_mode(common_models.BigValueGraphMode.AREA)
        .text_mode(common_models.BigValueTextMode.VALUE)
        .no_value("no data")
    )
    if decimals is not None:
        panel = panel.decimals(decimals)
    return _finished(panel, text, unit, [query], thresholds)


def bars(text: Text, unit: str, query: Query, *, thresholds: Steps, span: int = 12) -> Panel:
    """The last value of each series as a bar from 0 to 1."""
    panel = (
        bargauge.Panel()
        .height(8)
        .span(span)
        .orientation(common_models.VizOrientation.HORIZONTAL)
        .display_mode(common_models.BarGaugeDisplayMode.BASIC)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).fields("").values(False))
        .min(0)
        .max(1)
        .no_value("no data")
    )
    return _finished(panel, text, unit, [query], thresholds)


def board(uid: str, title: str, description: str) -> dashboard.Dashboard:
    """An empty dashboard: dark, of the last hour, linked with its siblings, marked where pages fired."""
    siblings = (
        dashboard.DashboardLink("Casino-Club")
        .type(dashboard_models.DashboardLinkType.DASHBOARDS)
        .tags(["casino-club"])
        .as_dropdown(True)
        .include_vars(False)
        .keep_time(True)
    )
    pages = (
        dashboard.AnnotationQuery()
        .name("Pages")
        .datasource(_SOURCE)
        .enable(True)
        .icon_color(BAD)
        .expr('ALERTS{alertstate="firing",severity="page"}')
    )
    faults = (
        dashboard.AnnotationQuery()
        .name("Faults")
        .datasource(_SOURCE)
        .enable(True)
        .icon_color(SEVERE)
        .expr("up == 0 or dependency_up == 0")
    )
    load = (
        dashboard.AnnotationQuery()
        .name("Load")
        .datasource(_SOURCE)
        .enable(True)
        .icon_color(GOOD)
        .expr(f'sum(rate(http_requests_total{{surface!="ops"}}[1m])) > {BUSY_REQUESTS_A_SECOND}')
    )
    return (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags(["casino-club"])
        .style("dark")
        .readonly()
        .tooltip(dashboard_models.DashboardCursorSync.CROSSHAIR)
        .time("now-1h", "now")
        .refresh("10s")
        .timezone("utc")
        .link(siblings)
        .annotation(pages)
        .annotation(faults)
        .annotation(load)
    )


_SOURCE = dashboard_models.DataSourceRef("prometheus", "prometheus")


def _finished(
    panel: Panel,
    text: Text,
    unit: str,
    queries: Sequence[Query],
    thresholds: Steps,
    *,
    exemplars: bool = False,
) -> Panel:
    panel = panel.title(text.title).description(text.description).unit(unit).datasource(_SOURCE)
    if text.runbook_url:
        link = dashboard.DashboardLink("Runbook").type(dashboard_models.DashboardLinkType.LINK)
        panel = panel.links([link.url(text.runbook_url).target_blank(True)])
    if thresholds:
        steps = [dashboard_models.Threshold(value=value, color=color) for value, color in thresholds]
        mode = dashboard_models.ThresholdsMode.ABSOLUTE
        panel = panel.thresholds(dashboard.ThresholdsConfig().mode(mode).steps(steps))
    for number, query in enumerate(queries):
        target = (
            prometheus.Dataquery().expr(query.expr).legend_format(query.legend).ref_id(chr(ord("A") + number))
        )
        panel = panel.with_target(target.range().exemplar(exemplars) if exemplars else target.range())
    return panel
