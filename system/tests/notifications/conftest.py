"""Databases of their own for tests that send to everybody."""

from tests.fixtures.fact_logs import fact_log, log_template

__all__ = ["fact_log", "log_template"]
