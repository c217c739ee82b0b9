"""The board of what happens after a commit: outbox, consumers, analytics, audit, and what they lean on."""

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
from dashboards.queries import Query, rate
from dashboards.sources import Sources


def build(sources: Sources) -> Panel:
    """The board `casino-pipeline`."""
    found = board(
        "casino-pipeline", "Pipeline", "From a commit to the log, its consumers, analytics and the audit."
    )
    for panel in (*_outbox(sources), *_consumers(), *_analytics(), *_watchers(sources)):
        found = found.with_panel(panel)
    return found


def _outbox(sources: Sources) -> list[Panel]:
    stalled = sources.runbooks["OutboxStalled"]
    return [
        lines(
            Text(
                "Oldest fact waiting",
                "Age of the oldest committed fact that the log does not hold. The line is what raises "
                "OutboxStalled.",
                stalled,
            ),
            SECONDS,
            Query("max(outbox_oldest_seconds)", "oldest"),
            thresholds=bad_above(sources.limits["ALERT_OUTBOX_AGE_SECONDS_THRESHOLD"]),
        ),
        lines(
            Text("Facts waiting", "Facts committed and not yet given a place in the log.", stalled),
            COUNT,
            Query("max(outbox_unpublished)", "waiting"),
        ),
    ]


def _consumers() -> list[Panel]:
    return [
        lines(
            Text("Consumer lag", "Facts in the log that each consumer has not yet taken."),
            COUNT,
            Query("max by (consumer) (consumer_lag_events)", "{{consumer}}"),
            span=8,
        ),
        lines(
            Text("Facts consumed", "What consumers do with facts: applied, skipped as known, or dead."),
            PER_SECOND,
            rate("consumer_events_total", "consumer", "outcome"),
            span=8,
        ),
        lines(
            Text(
                "Facts put aside",
                "Facts that failed repeatedly and wait for an operator. Any at all is worth a look.",
            ),
            PER_SECOND,
            rate("dlq_messages_total", "consumer"),
            span=8,
        ),
    ]


def _analytics() -> list[Panel]:
    return [
        lines(
            Text("Analytics: facts written", "Facts that reach the analytics store, and batches that fail."),
            PER_SECOND,
            Query(rate("olap_ingested_total").expr, "facts"),
            Query(rate("olap_ingest_errors_total").expr, "failed batches"),
            span=8,
        ),
        lines(
            Text(
                "Analytics: freshness",
                "Age of the oldest committed fact that the analytics store does not hold.",
            ),
            SECONDS,
            Query("max(olap_freshness_seconds)", "oldest missing"),
            span=8,
        ),
        lines(
            Text(
                "Analytics: missing", "Share of the last day's facts that the analytics store does not hold."
            ),
            SHARE,
            Query("max(olap_missing_ratio)", "missing"),
            span=8,
        ),
    ]


def _watchers(sources: Sources) -> list[Panel]:
    since_job = "time() - max by (exported_job) (scheduler_job_last_success_timestamp_seconds)"
    return [
        lines(
            Text(
                "Worker heartbeat",
                "Time since a worker's loop last turned. The line is what raises WorkerHeartbeatMissing.",
                sources.runbooks["WorkerHeartbeatMissing"],
            ),
            SECONDS,
            Query("time() - max(worker_heartbeat_timestamp_seconds)", "last turn"),
            thresholds=bad_above(sources.limits["ALERT_HEARTBEAT_AGE_SECONDS_THRESHOLD"]),
        ),
        lines(
            Text("Scheduled jobs", "Time since each scheduled job last ended well."),
            SECONDS,
            Query(since_job, "{{exported_job}}"),
        ),
        lines(
            Text(
                "Dependencies reached",
                "1 while every process reaches the dependency, 0 while some process does not.",
                sources.runbooks["PostgresDown"],
            ),
            COUNT,
            Query("min by (dependency) (dependency_up)", "{{dependency}}"),
            thresholds=bad_below(1),
            span=8,
        ),
        lines(
            Text(
                "Ledger: violations found",
                "Violations that the last audit found, by invariant, and wallets below zero. All must be 0.",
                sources.runbooks["LedgerInvariantBroken"],
            ),
            COUNT,
            Query("max by (invariant) (ledger_invariant_violations)", "{{invariant}}"),
            Query("max(negative_balance_accounts)", "wallets below zero"),
            span=8,
        ),
        lines(
            Text("Ledger: transfers audited", "How fast the auditor reads; it must keep up with the rounds."),
            PER_SECOND,
            Query(rate("ledger_audited_total").expr, "audited"),
            span=8,
        ),
    ]
