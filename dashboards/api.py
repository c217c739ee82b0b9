"""The board of the HTTP interface: rate, errors and duration by surface, and what they wait for."""

from __future__ import annotations

from dashboards.panels import COUNT, PER_SECOND, SECONDS, SHARE, Panel, Text, bad_above, board, lines
from dashboards.queries import Query, quantile, quantiles, rate
from dashboards.sources import Sources


def build(sources: Sources) -> Panel:
    """The board `casino-api`."""
    found = board(
        "casino-api", "API", "Rate, errors and duration of HTTP requests by surface, and what they wait for."
    )
    for panel in (*_rates_and_errors(sources), *_durations(sources), *_journeys(sources), *_waiting()):
        found = found.with_panel(panel)
    return found


def _rates_and_errors(sources: Sources) -> list[Panel]:
    budget = float(sources.slo("games-availability").error_budget)
    failed = rate('http_requests_total{status=~"5..",surface!="ops"}', "surface").expr
    answered = rate('http_requests_total{status!="499",surface!="ops"}', "surface").expr
    asked = rate('http_requests_total{surface!="ops"}', "method", "route")
    return [
        lines(
            Text("Requests by surface", "How much is asked of each part of the casino."),
            PER_SECOND,
            rate("http_requests_total", "surface"),
        ),
        lines(
            Text(
                "Server errors by surface",
                "Share of answers that are 5xx; clients that went away and monitoring are left out. The lines "
                "are the share that the objectives allow over their period, and the one that raises "
                "Http5xxRateHigh.",
                sources.runbooks["Http5xxRateHigh"],
            ),
            SHARE,
            Query(f"({failed} or 0 * {answered}) / {answered}", "{{surface}}"),
            thresholds=bad_above(budget, sources.limits["ALERT_HTTP_5XX_RATIO_THRESHOLD"]),
        ),
        lines(
            Text(
                "Answers by status",
                "All answers by status. 4xx are the clients' own mistakes; 499 went away.",
            ),
            PER_SECOND,
            rate("http_requests_total", "status"),
            stacked=True,
        ),
        lines(
            Text(
                "Busiest routes", "The eight routes that are asked most; health checks and scrapes left out."
            ),
            PER_SECOND,
            Query(f"topk(8, {asked.expr})", asked.legend),
        ),
    ]


def _durations(sources: Sources) -> list[Panel]:
    panels = []
    for kind, slo, what in (("read", "read-latency", "Reads"), ("write", "write-latency", "Writes")):
        bucket = f'http_request_duration_seconds_bucket{{kind="{kind}",surface!="ops"}}'
        text = Text(
            f"{what}: duration",
            f"Half, nineteen in twenty and ninety-nine in a hundred {what.lower()} are faster than this. "
            "The line is the objective's bound; exemplars lead to traces.",
            sources.runbooks[sources.slo(slo).alert_name],
        )
        limit = bad_above(sources.threshold_seconds(slo))
        panels.append(lines(text, SECONDS, *quantiles(bucket), thresholds=limit, span=8, exemplars=True))
    panels.append(
        lines(
            Text("Slowest percent by surface", "The 99th percentile of every surface and kind of request."),
            SECONDS,
            quantile(0.99, "http_request_duration_seconds_bucket", "surface", "kind"),
            span=8,
        )
    )
    return panels


def _journeys(sources: Sources) -> list[Panel]:
    return [
        lines(
            Text("Log-ins", "Attempts by outcome. Many invalid or locked ones are somebody guessing."),
            PER_SECOND,
            rate("auth_logins_total", "outcome"),
            stacked=True,
        ),
        lines(
            Text("Rounds settled", "Settled rounds by game and outcome."),
            PER_SECOND,
            rate("game_rounds_total", "game", "outcome"),
            stacked=True,
        ),
        lines(
            Text("Requests over a limit", "Blocked (enforce) or only marked (shadow), by scope."),
            PER_SECOND,
            rate("rate_limit_hits_total", "scope", "mode"),
        ),
        lines(
            Text(
                "Repeated writes",
                "Repeats of an answered idempotency key by outcome; retries of browsers end here. A mismatch is a "
                "stored answer that somebody changed.",
                sources.runbooks["IdempotencyReplayMismatch"],
            ),
            PER_SECOND,
            rate("idempotent_replays_total", "outcome"),
            rate("client_api_retry_total", "reason"),
        ),
    ]


def _waiting() -> list[Panel]:
    rows, statements = (rate(f"settlement_batch_rows_{part}", "game").expr for part in ("sum", "count"))
    return [
        lines(
            Text(
                "In progress",
                "Requests being answered now. A climb without more traffic means that they wait.",
            ),
            COUNT,
            Query("sum by (instance) (http_requests_in_progress)", "{{instance}}"),
        ),
        lines(
            Text(
                "Database connections in use",
                "Share of each process's pool that is handed out; at 1 requests queue.",
            ),
            SHARE,
            Query("db_pool_in_use / db_pool_size", "{{instance}}"),
        ),
        lines(
            Text(
                "Rounds a statement",
                "How many rounds one statement settles on average; it grows with the load.",
            ),
            COUNT,
            Query(f"{rows} / {statements}", "{{game}}"),
        ),
        lines(
            Text(
                "Rounds settled again",
                "Rows whose guard moved under them and that were tried again, by reason.",
            ),
            PER_SECOND,
            rate("settlement_retries_total", "reason"),
        ),
    ]
