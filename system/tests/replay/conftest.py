"""Fixtures of the replay's tests: fact logs of their own."""

from tests.fixtures.fact_logs import fact_log, log_template

__all__ = ["fact_log", "log_template"]
