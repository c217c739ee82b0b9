"""The board to open first: is every promise kept, what is left of its budget, and what is burning it."""

from __future__ import annotations

from alerts.slo import Slo
from dashboards.panels import (
    COUNT,
    GRID_WIDTH,
    PER_SECOND,
    SECONDS,
    SHARE,
    Panel,
    Text,
    bad_above,
    bad_below,
    bars,
    board,
    lines,
    tile,
)
from dashboards.queries import Query, quantile
from dashboards.sources import Sources

TILES_A_ROW = 8
PROBE = "probe-availability"


def build(sources: Sources) -> Panel:
    """The board `casino-overview`."""
    found = board(
        "casino-overview", "Objectives", "Every objective: kept or not, its budget, and how fast it burns."
    )
    for slo in sources.slos:
        found = found.with_panel(_kept(slo, sources))
    tile_width = GRID_WIDTH // TILES_A_ROW
    found = found.with_panel(_pages_firing(GRID_WIDTH - len(sources.slos) * tile_width % GRID_WIDTH))
    for panel in (*_budgets(sources), *_traffic(), *_client_and_server(sources)):
        found = found.with_panel(panel)
    return found


def _kept(slo: Slo, sources: Sources) -> Panel:
    target = f"{(slo.target * 100).normalize():f} %"
    description = (
        f"{slo.title}: share of good events over {slo.period}. The objective is {target}. {slo.description}"
    )
    return tile(
        Text(slo.name.replace("-", " ").capitalize(), description, sources.runbooks[slo.alert_name]),
        SHARE,
        Query(f'1 - slo:sli_error:ratio_rate{slo.period}{{sloth_id="{slo.sloth_id}"}}'),
        thresholds=bad_below(float(slo.target)),
        span=GRID_WIDTH // TILES_A_ROW,
        decimals=3,
    )


def _pages_firing(span: int) -> Panel:
    """Closes the row of tiles."""
    description = "Alerts that call somebody now. Alertmanager may hold some back behind their cause."
    return tile(
        Text("Pages firing", description),
        COUNT,
        Query('count(ALERTS{alertstate="firing",severity="page"}) or vector(0)'),
        thresholds=bad_above(1),
        span=span,
    )


def _budgets(sources: Sources) -> list[Panel]:
    remaining = "slo:period_error_budget_remaining:ratio"
    return [
        bars(
            Text(
                "Error budget left",
                "What may still fail until the period's budget is spent. Below 0 it is overspent.",
            ),
            SHARE,
            Query(remaining, "{{sloth_slo}}"),
            thresholds=bad_below(0),
        ),
        lines(
            Text(
                "Burn rate",
                "How fast budgets burn: at 1 they last exactly the period. The lines are the rates that "
                "somebody is called for, if they last.",
            ),
            COUNT,
            Query("slo:current_burn_rate:ratio", "{{sloth_slo}}"),
            thresholds=bad_above(*sources.burn_factors()),
        ),
        lines(
            Text(
                "Error budget left over time",
                "A budget that falls in steps was spent by incidents; a slope is a leak.",
            ),
            SHARE,
            Query(remaining, "{{sloth_slo}}"),
            thresholds=bad_below(0),
        ),
        lines(
            Text("Alerts firing", "Every firing alert but the watchdog, which always fires."),
            COUNT,
            Query(
                'count by (alertname) (ALERTS{alertstate="firing",alertname!="Watchdog"})', "{{alertname}}"
            ),
            stacked=True,
        ),
    ]


def _traffic() -> list[Panel]:
    return [
        lines(
            Text(
                "Events judged",
                "How many events each objective counts. Too few can neither keep nor break it.",
            ),
            PER_SECOND,
            Query("slo:sli_total:rate5m", "{{sloth_slo}}"),
        ),
        lines(
            Text("Bad events", "How many of them are bad."),
            PER_SECOND,
            Query("clamp_min(slo:sli_total:rate5m - slo:sli_good:rate5m, 0)", "{{sloth_slo}}"),
        ),
    ]


def _client_and_server(sources: Sources) -> list[Panel]:
    """Two views of one thing: when they part, one of them is wrong."""
    felt = 'client_web_vitals_seconds_bucket{metric="ttfb"}'
    taken = 'http_request_duration_seconds_bucket{kind="read",surface!="ops"}'
    served = f'category="availability",sloth_slo!="{PROBE}"'
    good, total = (f"sum(slo:sli_{part}:rate5m{{{served}}})" for part in ("good", "total"))
    return [
        lines(
            Text(
                "Availability: seen and served",
                "What a prober at the public address sees, against what the servers count. Servers that "
                "are gone count nothing.",
                sources.runbooks[sources.slo(PROBE).alert_name],
            ),
            SHARE,
            Query(f'1 - slo:sli_error:ratio_rate5m{{sloth_slo="{PROBE}"}}', "seen by the prober"),
            Query(f"{good} / {total}", "counted by the servers"),
            thresholds=bad_below(float(sources.slo(PROBE).target)),
        ),
        lines(
            Text(
                "Latency: felt and served",
                "Time to the first byte as browsers report it, against the servers' time for reads; 95th "
                "percentiles. What lies between is the network and the page. The line is the objective of "
                "reads.",
                sources.runbooks[sources.slo("read-latency").alert_name],
            ),
            SECONDS,
            Query(quantile(0.95, felt).expr, "felt in the browser"),
            Query(quantile(0.95, taken).expr, "taken by the servers"),
            thresholds=bad_above(sources.threshold_seconds("read-latency")),
        ),
    ]
