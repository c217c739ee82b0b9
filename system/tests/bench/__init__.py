"""Benchmarks: what a spin costs, always as a ratio to PostgreSQL alone in the same run."""
