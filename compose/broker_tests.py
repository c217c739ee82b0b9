"""The application's own tests that need a broker, run against the stack's: nowhere else is there one."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

from compose import engine
from compose.journey import Found

TESTS = "system/tests/kit/kafka"
SECONDS_MAX = 300.0
COUNTS = ("tests", "failures", "errors", "skipped")


def run(broker: str, out: Path) -> Found:
    """Every one must run and pass; pytest's own output and JUnit file go to `out`/kafka."""
    folder = out.resolve() / "kafka"
    folder.mkdir(parents=True, exist_ok=True)
    report = folder / "junit.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-m", "kafka", f"--junit-xml={report}", TESTS]
    done = engine.execute(*command, settings={"TEST_KAFKA": broker}, read=True, seconds_max=SECONDS_MAX)
    (folder / "output.log").write_text(f"{done.stdout}{done.stderr}", encoding="utf-8")
    if not report.is_file():
        return False, f"pytest ended with {done.returncode} and no report; see {folder}", {}
    return judge(done.returncode, counted(report))


def counted(report: Path) -> dict[str, int]:
    """How many tests there were, and what became of them; `report` is a JUnit file of our own pytest."""
    suites = ElementTree.parse(report).getroot().iter("testsuite")  # noqa: S314 - written a moment ago by us
    attributes = [suite.attrib for suite in suites]
    return {name: sum(int(each[name]) for each in attributes) for name in COUNTS}


def judge(exit_code: int, counts: dict[str, int]) -> Found:
    """A test that was skipped did not show anything, and neither does an empty run."""
    troubles = counts["failures"] + counts["errors"] + counts["skipped"]
    detail = ", ".join(f"{counts[name]} {name}" for name in COUNTS)
    return exit_code == 0 and counts["tests"] > 0 and not troubles, detail, dict(counts)
