"""The application's own tests on engines in containers, by testcontainers, instead of the embedded ones."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from compose import engine, images
from compose.images import Images

TESTS = "system/tests"
# As `make unit` runs them: two processes, each with engines of its own.
IN_TWO = ("-q", "-n", "2", "--dist", "loadfile")
ENGINES = ("POSTGRES_IMAGE", "VALKEY_IMAGE", "CLICKHOUSE_IMAGE")


def run(which: Images, arguments: Sequence[str]) -> int:
    """pytest with these arguments, all of the tests without any; returns its exit code."""
    names = images.read_env(which.env_file)
    settings = {name: names[name] for name in ENGINES}
    # Ryuk, which would clean up behind a run that was killed, comes from a registry.
    settings |= {"TEST_ENGINES": "containers", "TESTCONTAINERS_RYUK_DISABLED": "true"}
    command = [sys.executable, "-m", "pytest", *(arguments or (*IN_TWO, TESTS))]
    return engine.execute(*command, settings=settings).returncode
