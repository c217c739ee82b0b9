"""The board of the live channel: who is connected, how late messages are, who is dropped and comes back."""

from __future__ import annotations

from dashboards.panels import (
    COUNT,
    PER_SECOND,
    SECONDS,
    SHARE,
    Panel,
    Text,
    bad_above,
    bad_below,
    board,
    lines,
)
from dashboards.queries import Query, quantile, quantiles, rate
from dashboards.sources import Sources


def build(sources: Sources) -> Panel:
    """The board `casino-realtime`."""
    found = board(
        "casino-realtime", "Realtime", "Sockets: how many, how late, how many are dropped and resume."
    )
    for panel in (*_delivery(sources), *_sockets(sources)):
        found = found.with_panel(panel)
    return found


def _delivery(sources: Sources) -> list[Panel]:
    slo = sources.slo("realtime-delivery")
    bound = sources.threshold_seconds(slo.name)
    runbook = sources.runbooks[slo.alert_name]
    return [
        lines(
            Text(
                "From commit to socket",
                "How late messages are written to sockets after their event was committed. The line is the"
                " objective's bound.",
                runbook,
            ),
            SECONDS,
            *quantiles("realtime_event_lag_seconds_bucket"),
            thresholds=bad_above(bound),
            exemplars=True,
        ),
        lines(
            Text(
                "Delivered in time", "Share of messages within the bound. The line is the objective.", runbook
            ),
            SHARE,
            Query(f'1 - slo:sli_error:ratio_rate5m{{sloth_id="{slo.sloth_id}"}}', "in time"),
            thresholds=bad_below(float(slo.target)),
        ),
        lines(
            Text(
                "Lag by process",
                "The 99th percentile of each API process: one that lags alone is ill.",
                runbook,
            ),
            SECONDS,
            quantile(0.99, "realtime_event_lag_seconds_bucket", "instance"),
            thresholds=bad_above(bound),
        ),
        lines(
            Text("Messages written", "How many messages leave each process for sockets."),
            PER_SECOND,
            rate("realtime_event_lag_seconds_count", "instance"),
            stacked=True,
        ),
        lines(
            Text(
                "From round to statistics",
                "How late a player's statistics follow the settled round.",
            ),
            SECONDS,
            *quantiles("game_stats_update_latency_seconds_bucket"),
        ),
    ]


def _sockets(sources: Sources) -> list[Panel]:
    return [
        lines(
            Text("Open sockets", "Sockets that each process holds."),
            COUNT,
            Query("sum by (instance) (ws_active_connections)", "{{instance}}"),
            stacked=True,
        ),
        lines(
            Text(
                "Dropped sockets",
                "Sockets that the server closed, by reason. The line is what raises WsDropsHigh for slow "
                "or silent ones.",
                sources.runbooks["WsDropsHigh"],
            ),
            PER_SECOND,
            rate("ws_dropped_total", "reason"),
            thresholds=bad_above(sources.limits["ALERT_WS_DROPS_PER_SECOND_THRESHOLD"]),
        ),
        lines(
            Text("Reconnects", "Sockets that came back: resumed where they were, or given a fresh snapshot."),
            PER_SECOND,
            rate("ws_resumed_total", "outcome"),
            stacked=True,
        ),
    ]
