"""The broker's tests count only when each of them ran and passed."""

from pathlib import Path

import pytest

from compose.broker_tests import counted, judge

GOOD = {"tests": 3, "failures": 0, "errors": 0, "skipped": 0}


def test_counts_what_pytest_wrote(tmp_path: Path) -> None:
    """The JUnit file of pytest holds one suite."""
    report = tmp_path / "junit.xml"
    report.write_text('<testsuites><testsuite tests="3" failures="1" errors="0" skipped="1"/></testsuites>')
    assert counted(report) == {"tests": 3, "failures": 1, "errors": 0, "skipped": 1}


def test_all_run_and_passed_is_good() -> None:
    """And nothing less."""
    assert judge(0, GOOD)[0]


@pytest.mark.parametrize(
    ("exit_code", "changed"),
    [(0, {"tests": 0}), (1, {"failures": 1}), (1, {"errors": 1}), (0, {"skipped": 1}), (2, {})],
)
def test_anything_less_is_not(exit_code: int, changed: dict[str, int]) -> None:
    """None at all, one failed, one broken, one skipped, or a pytest that ended in another way."""
    assert not judge(exit_code, GOOD | changed)[0]
