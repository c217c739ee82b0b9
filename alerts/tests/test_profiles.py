"""A threshold that is missing or no number must stop the build under its own name."""

from pathlib import Path

import pytest

from alerts import compiler, profiles
from alerts.problems import ProblemsFoundError


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_each_environment_compiles(name: str) -> None:
    """No profile lacks a setting or has one that nothing reads."""
    compiler.compile_room(profiles.load(name, environment={}))


def test_the_process_environment_replaces_a_setting() -> None:
    """It reaches the compiled rule, and is named afterwards."""
    profile = profiles.load("prod", environment={"ALERT_OUTBOX_AGE_SECONDS_THRESHOLD": "77", "HOME": "/"})
    compiled = compiler.compile_room(profile)
    (rule,) = (alert for alert in compiled.alerts if alert["alert"] == "OutboxStalled")
    assert rule["expr"] == "max(outbox_oldest_seconds) > 77"
    assert profile.overridden == ("ALERT_OUTBOX_AGE_SECONDS_THRESHOLD",)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"ALERT_OUTBOX_AGE_SECONDS_THRESHOLD": ""}, "ALERT_OUTBOX_AGE_SECONDS_THRESHOLD = None: set"),
        ({"ALERT_OUTBOX_AGE_SECONDS_THRESHOLD": "60s"}, "= '60s': write a plain number, without a unit"),
        ({"ALERT_OUTBOX_AGE_SECONDS_THRESHOLD": "inf"}, "= 'inf': write a plain number"),
    ],
)
def test_a_bad_replacement_is_named(environment: dict[str, str], expected: str) -> None:
    """The message says that the process environment is to blame."""
    with pytest.raises(ProblemsFoundError, match=f"process environment: .*{expected}"):
        compiler.compile_room(profiles.load("prod", environment=environment))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "ALERT_OUTBOX_AGE_SECONDS_THRESHOLD=60\n",
            "",
            "prod.env: ALERT_OUTBOX_AGE_SECONDS_THRESHOLD = None: set",
        ),
        ("AGE_SECONDS_THRESHOLD=60\n", "AGE_SECONDS_THRESHOLD=soon\n", "= 'soon': write a plain number"),
        ("RUNBOOK_BASE_URL", "ALERT_EXTRA=1\nRUNBOOK_BASE_URL", "ALERT_EXTRA = '1': nothing reads this"),
        ("RUNBOOK_BASE_URL", "export RUNBOOK_BASE_URL", "write NAME=value"),
        ("PROMETHEUS_RETENTION_DAYS=30", "PROMETHEUS_RETENTION_DAYS=15", "Prometheus forgets after 15d"),
    ],
)
def test_a_bad_profile_is_named(tmp_path: Path, old: str, new: str, expected: str) -> None:
    """Missing, not numeric, unknown, malformed, too short a memory."""
    text = (profiles.PROFILE_DIRECTORY / "prod.env").read_text()
    assert old in text
    (tmp_path / "prod.env").write_text(text.replace(old, new, 1))
    with pytest.raises(ProblemsFoundError, match=expected):
        compiler.compile_room(profiles.load("prod", directory=tmp_path, environment={}))


def test_an_unknown_profile_lists_the_known_ones() -> None:
    """A misspelt name must not fall back to anything."""
    with pytest.raises(ProblemsFoundError, match="use one of dev, prod, staging"):
        profiles.load("production")
