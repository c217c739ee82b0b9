"""A verdict must survive the trip through its files, and must never improve on the way."""

import io
import itertools
import json
import math
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from alerts import verdict
from alerts.verdict import Check, Result, Verdict

STARTED = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)


def result_of(*checks: Check) -> Result:
    return Result(
        room="trial", started_at=STARTED, seconds=1.5, seed=7, reproduce="python -m trial", checks=checks
    )


def test_fail_outweighs_unknown_outweighs_pass() -> None:
    """The order of the checks never matters, and PASS needs every check to pass."""
    for verdicts in itertools.product(Verdict, repeat=3):
        expected = next(v for v in (Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS) if v in verdicts)
        assert verdict.worst(verdicts) is expected


def test_nothing_checked_is_unknown() -> None:
    """A room that checked nothing has not passed."""
    assert verdict.worst([]) is Verdict.UNKNOWN
    assert result_of().verdict is Verdict.UNKNOWN


def test_exit_codes() -> None:
    """0 pass, 1 fail, 2 could not run."""
    assert [v.exit_code for v in (Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN)] == [0, 1, 2]


def test_result_survives_its_file(tmp_path: Path) -> None:
    """What is read is what was written."""
    written = result_of(
        Check(name="a", verdict=Verdict.PASS, seconds=0.5, data={"n": 3}),
        Check(name="b", verdict=Verdict.UNKNOWN, detail="no data"),
    )
    verdict.write(written, tmp_path / "deep" / "run")
    assert verdict.read(tmp_path / "deep" / "run") == written


def test_figures_without_a_value_become_null(tmp_path: Path) -> None:
    """NaN is not JSON; a reader must see null, not a parse error."""
    verdict.write(
        result_of(Check(name="a", verdict=Verdict.UNKNOWN, data={"ratio": [math.nan, 1.0]})), tmp_path
    )
    document = json.loads((tmp_path / verdict.RESULT_FILE).read_text())
    assert document["checks"][0]["data"] == {"ratio": [None, 1.0]}


def test_junit_counts_unknown_as_an_error(tmp_path: Path) -> None:
    """Every reader of JUnit files must see UNKNOWN as not passed; control characters must not break it."""
    checks = [Check(name=f"{v} \x00 <&>", verdict=v, detail="why \x1b[31m") for v in Verdict]
    verdict.write(result_of(*checks), tmp_path)
    suite = ElementTree.parse(tmp_path / verdict.JUNIT_FILE).getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")
    assert [[child.tag for child in case] for case in suite] == [[], ["failure"], ["error"]]


def test_a_doctored_result_file_is_refused(tmp_path: Path) -> None:
    """A verdict better than its checks is not believed."""
    verdict.write(result_of(Check(name="a", verdict=Verdict.FAIL)), tmp_path)
    path = tmp_path / verdict.RESULT_FILE
    path.write_text(path.read_text().replace('"verdict": "FAIL"', '"verdict": "PASS"', 1))
    with pytest.raises(verdict.ResultFileError, match="says PASS but its checks say FAIL"):
        verdict.read(tmp_path)


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"room": "x"}'])
def test_a_broken_result_file_is_refused(tmp_path: Path, content: str | None) -> None:
    """A room that died half way gives an error that names the file."""
    if content is not None:
        (tmp_path / verdict.RESULT_FILE).write_text(content)
    with pytest.raises(verdict.ResultFileError, match=r"result\.json"):
        verdict.read(tmp_path)


def test_a_time_without_zone_is_refused() -> None:
    """A local time in a report would be read as UTC by somebody."""
    with pytest.raises(ValueError, match="no time zone"):
        Result(room="trial", started_at=STARTED.replace(tzinfo=None), seconds=0, reproduce="x", checks=())


def test_table_shows_brackets_as_they_are() -> None:
    """Details hold PromQL ranges; rich must not take `[5m]` for markup."""
    console = Console(record=True, width=120, file=io.StringIO())
    verdict.print_table(
        result_of(Check(name="rate[5m]", verdict=Verdict.PASS, detail="[bold]x[/bold]")), console
    )
    text = console.export_text()
    assert "rate[5m]" in text and "[bold]x[/bold]" in text and "python -m trial" in text
