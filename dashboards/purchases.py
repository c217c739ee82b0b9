"""The board of money: do purchases succeed, what waits, what the gateway does, limited packages, fraud."""

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
    """The board `casino-purchases`."""
    found = board(
        "casino-purchases",
        "Purchases",
        "Who wants to pay can: success, what is pending, the gateway, limited packages, fraud.",
    )
    for panel in (*_success(sources), *_funnel(), *_gateway(sources), *_limited(sources), *_fraud(sources)):
        found = found.with_panel(panel)
    return found


def _success(sources: Sources) -> list[Panel]:
    slo = sources.slo("purchase-success")
    runbook = sources.runbooks[slo.alert_name]
    return [
        lines(
            Text(
                "Purchases that succeed",
                "Share of the purchases that end well among those that we do not fail; declined cards are left out."
                " The line is the objective.",
                runbook,
            ),
            SHARE,
            Query(f'1 - slo:sli_error:ratio_rate5m{{sloth_id="{slo.sloth_id}"}}', "succeed"),
            thresholds=bad_below(float(slo.target)),
        ),
        lines(
            Text("Ends by reason", "Purchases that ended or went pending, by status and reason.", runbook),
            PER_SECOND,
            rate("purchase_attempts_total", "status", "reason"),
            stacked=True,
        ),
        lines(
            Text(
                "Pending",
                "Purchases that the gateway has not ended yet. The line is what raises PurchasePendingSpike.",
                sources.runbooks["PurchasePendingSpike"],
            ),
            COUNT,
            Query("max(purchase_pending)", "pending"),
            thresholds=bad_above(sources.limits["ALERT_PENDING_SPIKE_THRESHOLD"]),
        ),
        lines(
            Text("From intent to end", "How long purchases take, pending ones until they ended."),
            SECONDS,
            *quantiles("purchase_settle_seconds_bucket"),
        ),
    ]


def _funnel() -> list[Panel]:
    opened = 'http_requests_total{route=~"/api/shop/(catalog|items)",status="200"}'
    clicked = 'http_requests_total{route=~"/api/shop/(buy|limited/buy|buy-limited)",method="POST"}'
    sold = 'purchase_attempts_total{status="success"}'
    return [
        lines(
            Text(
                "The way to a purchase",
                "Catalogues opened, attempts to buy, purchases that succeeded: as the servers see them.",
            ),
            PER_SECOND,
            Query(rate(opened).expr, "shop opened"),
            Query(rate(clicked).expr, "bought or tried"),
            Query(rate(sold).expr, "succeeded"),
        ),
        lines(
            Text("Attempts against successes", "Share of the attempts to buy that end as a success."),
            SHARE,
            Query(f"{rate(sold).expr} / {rate(clicked).expr}", "succeed"),
        ),
        lines(
            Text(
                "Revenue an hour",
                "Money of successful purchases in whole units, by kind; refunds are not taken off.",
            ),
            COUNT,
            Query("sum by (kind) (increase(purchase_revenue_cents_total[1h])) / 100", "{{kind}}"),
            stacked=True,
        ),
        lines(
            Text("Pieces sold", "What is sold, by kind: gold, limited packages, items."),
            PER_SECOND,
            rate("purchase_quantity_total", "kind"),
            stacked=True,
        ),
    ]


def _gateway(sources: Sources) -> list[Panel]:
    runbook = sources.runbooks["PurchaseSuccessLow"]
    return [
        lines(
            Text("Calls of the gateway", "Attempts of each call, by what came of them.", runbook),
            PER_SECOND,
            rate("payment_gateway_seconds_count", "call", "outcome"),
            stacked=True,
        ),
        lines(
            Text("How fast the gateway answers", "Attempts, whatever came of them.", runbook),
            SECONDS,
            *quantiles("payment_gateway_seconds_bucket"),
        ),
        lines(
            Text(
                "Processes that stopped calling",
                "Processes whose breaker is open: they fail purchases at once, and look again after seconds.",
                runbook,
            ),
            COUNT,
            Query("sum(payment_breaker_open)", "open"),
        ),
        lines(
            Text("Webhooks", "What the gateway told us on its own, by what it did."),
            PER_SECOND,
            rate("payment_webhooks_total", "outcome"),
            stacked=True,
        ),
        lines(
            Text("Repeats and refunds", "Keys that came again, and refunds the gateway answered."),
            PER_SECOND,
            rate("purchase_idempotency_total", "outcome"),
            Query(rate("purchase_refunds_total", "status").expr, "refund {{status}}"),
        ),
    ]


def _limited(sources: Sources) -> list[Panel]:
    broken = sources.runbooks["DataQualityViolation"]
    return [
        lines(
            Text("Limited packages", "Attempts by what came of them: sold, or what kept the buyer from it."),
            PER_SECOND,
            rate("limited_purchases_total", "outcome"),
            stacked=True,
        ),
        lines(
            Text("Pieces left", "Pieces of each package neither sold nor held."),
            COUNT,
            Query("max by (package) (limited_stock_left)", "{{package}}"),
        ),
        lines(
            Text("Rows that contradict each other", "Anything but 0 is a fault.", broken),
            COUNT,
            Query("max by (rule) (data_quality_violations)", "{{rule}}"),
            thresholds=bad_above(1),
        ),
    ]


def _fraud(sources: Sources) -> list[Panel]:
    return [
        lines(
            Text(
                "Fraud decisions",
                "What the rules said to attempts to pay; open means that they could not be counted.",
                sources.runbooks["FraudHardBlockSpike"],
            ),
            PER_SECOND,
            rate("fraud_decisions_total", "decision", "rule"),
            stacked=True,
        )
    ]
