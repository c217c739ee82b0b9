"""An image holds what its roots need from the lock, hashes kept, and nothing else."""

import pytest

from compose import engine
from compose.app.locked_subset import subset

LOCK = """\
alpha==1.0 \\
    --hash=sha256:aaaa
    # via
    #   casino-club (pyproject.toml)
    #   tester
beta==2.0 \\
    --hash=sha256:bbbb
    # via alpha
gamma==3.0 \\
    --hash=sha256:cccc
    # via tester
tester==4.0 \\
    --hash=sha256:dddd
    # via casino-club (pyproject.toml:dev)
"""


def packages(text: str) -> list[str]:
    """The pinned packages of a lock, in its order."""
    return [line.split(" ")[0] for line in text.splitlines() if line[:1].isalpha()]


def test_takes_what_the_project_needs_and_leaves_test_tools() -> None:
    """Dependencies are followed; what only a group wants stays out; hashes stay with their package."""
    chosen = subset(LOCK, {"project"})
    assert packages(chosen) == ["alpha==1.0", "beta==2.0"]
    assert "sha256:bbbb" in chosen
    assert "sha256:dddd" not in chosen


def test_takes_a_group() -> None:
    """A group brings its own packages and all they need."""
    assert packages(subset(LOCK, {"project:dev"})) == ["alpha==1.0", "beta==2.0", "gamma==3.0", "tester==4.0"]


def test_only_leaves_out_what_the_root_needs() -> None:
    """`only` is for a package whose own dependencies are never imported."""
    assert packages(subset(LOCK, {"alpha"}, only=True)) == ["alpha==1.0"]


def test_refuses_a_root_that_is_not_locked() -> None:
    """A misspelt package must not silently give an image without it."""
    with pytest.raises(SystemExit, match="not in the lock: delta"):
        subset(LOCK, {"delta"})


def test_the_real_lock_gives_the_application_without_test_tools() -> None:
    """The lock's own way of saying who wanted a package is still understood."""
    names = {
        line.split("==")[0]
        for line in packages(subset((engine.TOP / "requirements.lock").read_text(), {"project"}))
    }
    assert {"fastapi", "starlette", "asyncpg", "aiokafka", "uvicorn"} <= names
    assert not {"pytest", "locust", "chdb-core", "mypy"} & names
