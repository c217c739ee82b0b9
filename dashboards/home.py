"""The board of the home page and what reaches players there: dashboard, notifications, limits, public streams."""

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
from dashboards.queries import Query, quantiles, rate
from dashboards.sources import Sources


def build(sources: Sources) -> Panel:
    """The board `casino-home`."""
    found = board("casino-home", "Home", "The dashboard's speed, notifications, players' own limits.")
    for panel in (*_dashboard(sources), *_notifications(sources), *_limits()):
        found = found.with_panel(panel)
    return found


def _dashboard(sources: Sources) -> list[Panel]:
    slo = sources.slo("dashboard-latency")
    runbook = sources.runbooks[slo.alert_name]
    return [
        lines(
            Text(
                "Dashboard: time to answer",
                "How long GET /api/dashboard takes. The line is the objective's bound.",
                runbook,
            ),
            SECONDS,
            *quantiles('http_request_duration_seconds_bucket{kind="dashboard"}'),
            thresholds=bad_above(sources.threshold_seconds(slo.name)),
            exemplars=True,
            span=8,
        ),
        lines(
            Text(
                "Dashboard: in time",
                "Share of dashboards within the bound. The line is the objective.",
                runbook,
            ),
            SHARE,
            Query(f'1 - slo:sli_error:ratio_rate5m{{sloth_id="{slo.sloth_id}"}}', "in time"),
            thresholds=bad_below(float(slo.target)),
            span=8,
        ),
        lines(
            Text(
                "Dashboard: its shared part",
                "Where the public figures on it came from: memory, Redis, the database, or not at once (away).",
                runbook,
            ),
            PER_SECOND,
            rate("dashboard_cache_requests_total", "outcome"),
            stacked=True,
            span=8,
        ),
    ]


def _notifications(sources: Sources) -> list[Panel]:
    overdue = sources.runbooks["NotificationSendOverdue"]
    return [
        lines(
            Text("Notifications delivered", "Messages put into inboxes, by kind."),
            PER_SECOND,
            rate("notifications_delivered_total", "kind"),
            stacked=True,
            span=8,
        ),
        lines(
            Text(
                "Sending overdue",
                "How long the oldest message an operator wants sent is past its time. The line is what raises "
                "NotificationSendOverdue.",
                overdue,
            ),
            SECONDS,
            Query("max(notification_send_overdue_seconds)", "oldest"),
            thresholds=bad_above(sources.limits["ALERT_NOTIFICATION_OVERDUE_SECONDS_THRESHOLD"]),
            span=8,
        ),
        lines(
            Text("Streams of public figures", "Server-sent event streams that each process holds open."),
            COUNT,
            Query("sum by (instance) (metrics_streams_open)", "{{instance}}"),
            stacked=True,
            span=8,
        ),
    ]


def _limits() -> list[Panel]:
    return [
        lines(
            Text(
                "Stakes held back", "Stakes that players' own limits or self-exclusion held back, by reason."
            ),
            PER_SECOND,
            rate("play_limit_refusals_total", "reason"),
            stacked=True,
        ),
    ]
