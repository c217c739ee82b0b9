"""The board of what brings players back: claims, what is given, and how closely rewards follow play."""

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
from dashboards.queries import WINDOW, Query, quantiles, rate
from dashboards.sources import Sources

CLAIMS = 'kind="claim"'
CONSUMERS = 'consumer=~"(events|achievements|battlepass|vip)[.].*"'


def build(sources: Sources) -> Panel:
    """The board `casino-engagement`."""
    found = board(
        "casino-engagement", "Engagement", "Streaks, missions, events, achievements, battle pass and VIP."
    )
    for panel in (*_claims(sources), *_given(), *_following(sources)):
        found = found.with_panel(panel)
    return found


def _claims(sources: Sources) -> list[Panel]:
    slo = sources.slo("claim-latency")
    runbook = sources.runbooks[slo.alert_name]
    return [
        lines(
            Text(
                "Time to claim",
                "How long claims take. The line is the objective's bound.",
                runbook,
            ),
            SECONDS,
            *quantiles(f"http_request_duration_seconds_bucket{{{CLAIMS}}}"),
            thresholds=bad_above(sources.threshold_seconds(slo.name)),
            exemplars=True,
        ),
        lines(
            Text("Claims in time", "Share of claims within the bound. The line is the objective.", runbook),
            SHARE,
            Query(f'1 - slo:sli_error:ratio_rate5m{{sloth_id="{slo.sloth_id}"}}', "in time"),
            thresholds=bad_below(float(slo.target)),
        ),
        lines(
            Text(
                "Claims by outcome",
                "Answers of the writes: 200 gave something, 409 had nothing left to give or not yet.",
            ),
            PER_SECOND,
            rate('http_requests_total{surface="engagement",method!="GET"}', "route", "status"),
            span=24,
        ),
    ]


def _given() -> list[Panel]:
    return [
        lines(
            Text(
                "Gold given by source",
                "Gold that reached players a second, by the source account of the ledger, as the auditor counts it.",
            ),
            PER_SECOND,
            rate('gold_source_total{source=~"source:.*"}', "source"),
            stacked=True,
        ),
        lines(
            Text("Gold taken for the premium track", "Gold that players spent on the season a second."),
            PER_SECOND,
            rate('gold_sink_total{sink="sink:battlepass"}', "sink"),
        ),
        lines(
            Text(
                "Asked twice",
                "Rewards that were asked for again and not given again, and claims answered as the first time."
                " Retries and races make some; a jump is a client that misbehaves.",
            ),
            PER_SECOND,
            Query(rate("reward_idempotency_rejected_total", "source").expr, "refused {{source}}"),
            Query(rate("claims_replayed_total", "source").expr, "replayed {{source}}"),
        ),
        lines(
            Text("Event participations", "Players who joined an event in the last hour."),
            COUNT,
            Query("sum(increase(event_participations_total[1h]))", "joined"),
        ),
    ]


def _following(sources: Sources) -> list[Panel]:
    behind = sources.runbooks["RewardsFallBehind"]
    return [
        lines(
            Text(
                "Behind play",
                "Facts that each consumer has still to take. The line is what raises RewardsFallBehind.",
                behind,
            ),
            COUNT,
            Query(f"max by (consumer) (consumer_lag_events{{{CONSUMERS}}})", "{{consumer}}"),
            thresholds=bad_above(sources.limits["ALERT_REWARDS_LAG_EVENTS_THRESHOLD"]),
        ),
        lines(
            Text(
                "Facts that moved something",
                "Facts a second that each consumer applied, and the ones it put aside.",
                behind,
            ),
            PER_SECOND,
            Query(
                f'sum by (consumer) (rate(consumer_events_total{{{CONSUMERS},outcome="applied"}}{WINDOW}))',
                "{{consumer}}",
            ),
            Query(
                f"sum by (consumer) (rate(dlq_messages_total{{{CONSUMERS}}}{WINDOW}))", "dead {{consumer}}"
            ),
        ),
        lines(
            Text(
                "Achievements unlocked",
                "Of all achievements that players have begun, the share that they have unlocked.",
            ),
            SHARE,
            Query("max(achievement_progress_ratio)", "unlocked"),
            span=24,
        ),
    ]
