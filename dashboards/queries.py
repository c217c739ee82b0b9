"""The PromQL that boards have in common, and the one window they take rates over."""

from __future__ import annotations

from dataclasses import dataclass

# Grafana fills this in: at least four scrapes, and never shorter than a pixel.
WINDOW = "[$__rate_interval]"

QUANTILES = (0.5, 0.95, 0.99)


@dataclass(frozen=True)
class Query:
    """A PromQL expression and how its series are called (`{{label}}` is filled in)."""

    expr: str
    legend: str = ""


def rate(selector: str, *by: str) -> Query:
    """Events a second, summed by labels, and called by them."""
    grouping = f" by ({', '.join(by)})" if by else ""
    legend = " ".join(f"{{{{{label}}}}}" for label in by)
    return Query(f"sum{grouping} (rate({selector}{WINDOW}))", legend)


def quantile(share: float, bucket: str, *by: str) -> Query:
    """A quantile of a histogram's `_bucket` selector, by labels; called `p95` and the like without any."""
    grouping = ", ".join([*by, "le"])
    legend = " ".join(f"{{{{{label}}}}}" for label in by) or f"p{share * 100:g}"
    return Query(f"histogram_quantile({share}, sum by ({grouping}) (rate({bucket}{WINDOW})))", legend)


def quantiles(bucket: str) -> list[Query]:
    """The median and the slow end of a histogram."""
    return [quantile(share, bucket) for share in QUANTILES]


def plain(expression: str, rate_window: str = "5m") -> str:
    """The expression as Prometheus takes it, with Grafana's variables filled in."""
    return expression.replace("$__rate_interval", rate_window)
