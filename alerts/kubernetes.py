"""The rules as the Prometheus operator for Kubernetes takes them."""

from __future__ import annotations

from alerts.compiler import Compiled, dump

NAME = "casino-club"


def prometheus_rule(compiled: Compiled) -> str:
    """A PrometheusRule object (monitoring.coreos.com/v1) with every group of the compiled rules, as YAML."""
    return dump(
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": {"name": NAME, "labels": {"app.kubernetes.io/name": NAME}},
            "spec": compiled.rules,
        }
    )
