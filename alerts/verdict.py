"""One vocabulary of judgement for every harness room, so that missing data can never read as a pass."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

LOG_COLUMNS = 120
RESULT_FILE = "result.json"
JUNIT_FILE = "junit.xml"

# Characters that XML 1.0 cannot carry even when escaped (production [2] Char).
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Verdict(StrEnum):
    """PASS: shown to hold. FAIL: shown not to hold. UNKNOWN: could not be shown either way."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"

    @property
    def exit_code(self) -> int:
        """The process exit code of a room that ends with this verdict: 0 PASS, 1 FAIL, 2 UNKNOWN."""
        return {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.UNKNOWN: 2}[self]

    @property
    def style(self) -> str:
        """The terminal style that this verdict is printed in."""
        return {Verdict.PASS: "bold green", Verdict.FAIL: "bold red", Verdict.UNKNOWN: "bold yellow"}[self]


class ResultFileError(Exception):
    """A result file is missing or does not have the shape that `write` gives it."""


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """FAIL outweighs UNKNOWN outweighs PASS; nothing judged at all is UNKNOWN."""
    seen = set(verdicts)
    if Verdict.FAIL in seen:
        return Verdict.FAIL
    if Verdict.UNKNOWN in seen or not seen:
        return Verdict.UNKNOWN
    return Verdict.PASS


@dataclass(frozen=True, kw_only=True)
class Check:
    """One question a room asked of the system. `detail` is a sentence; `data` holds the figures behind it."""

    name: str
    verdict: Verdict
    detail: str = ""
    seconds: float = 0.0
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one room found in one run. `reproduce` is the shell command that repeats it."""

    room: str
    started_at: datetime
    seconds: float
    reproduce: str
    checks: tuple[Check, ...]
    seed: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.started_at.tzinfo is None:
            raise ValueError(f"started_at={self.started_at} has no time zone; use datetime.now(UTC)")

    @property
    def verdict(self) -> Verdict:
        """The worst of the checks; a room that checked nothing is UNKNOWN."""
        return worst(check.verdict for check in self.checks)


def write(result: Result, directory: Path) -> None:
    """Write `result.json` and `junit.xml` into `directory`, each whole or not at all.

    Figures that are not finite are written as null, since JSON has no NaN.
    """
    directory.mkdir(parents=True, exist_ok=True)
    document = json.dumps(as_document(result), indent=2, ensure_ascii=False, allow_nan=False)
    _replace(directory / RESULT_FILE, (document + "\n").encode())
    _replace(directory / JUNIT_FILE, ElementTree.tostring(_junit(result), "utf-8", xml_declaration=True))


def read(directory: Path) -> Result:
    """Read back what `write` left in `directory`; raises ResultFileError when it cannot be trusted."""
    path = directory / RESULT_FILE
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        result = _from_document(document)
    except OSError as error:
        raise ResultFileError(
            f"{path}: cannot be read ({error}); did the room end before it wrote?"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ResultFileError(f"{path}: not a result file ({error!r}); run the room again") from error
    if document["verdict"] != result.verdict:
        raise ResultFileError(f"{path}: says {document['verdict']} but its checks say {result.verdict}")
    return result


def as_document(result: Result) -> dict[str, Any]:
    """The JSON shape of a result: plain values only, times as RFC 3339 in UTC."""
    document = {
        "room": result.room,
        "verdict": str(result.verdict),
        "started_at": result.started_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "seconds": result.seconds,
        "seed": result.seed,
        "reproduce": result.reproduce,
        "checks": [
            {
                "name": check.name,
                "verdict": str(check.verdict),
                "detail": check.detail,
                "seconds": check.seconds,
                "data": check.data,
            }
            for check in result.checks
        ],
        "data": result.data,
    }
    plain: dict[str, Any] = _finite(document)
    return plain


def table(result: Result) -> Table:
    """The result as a terminal table: verdict, check, detail, seconds."""
    drawn = Table(
        title=f"{result.room}: {result.verdict}",
        title_style=result.verdict.style,
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    drawn.add_column("verdict", no_wrap=True)
    drawn.add_column("check", overflow="fold")
    drawn.add_column("detail", overflow="fold")
    drawn.add_column("seconds", justify="right", no_wrap=True)
    for check in result.checks:
        verdict = Text(str(check.verdict), style=check.verdict.style)
        drawn.add_row(verdict, Text(check.name), Text(check.detail), f"{check.seconds:.1f}")
    return drawn


def terminal() -> Console:
    """Where people read; where nobody's window sets the width, tables and reasons stay whole."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=LOG_COLUMNS)


def print_table(result: Result, console: Console | None = None) -> None:
    """Print the result's table and, below it, the command that repeats the run."""
    console = console or terminal()
    console.print(table(result))
    console.print(Text(f"reproduce: {result.reproduce}", style="dim"))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return value


def _from_document(document: Mapping[str, Any]) -> Result:
    return Result(
        room=document["room"],
        started_at=datetime.fromisoformat(document["started_at"]),
        seconds=float(document["seconds"]),
        seed=document["seed"],
        reproduce=document["reproduce"],
        checks=tuple(
            Check(
                name=check["name"],
                verdict=Verdict(check["verdict"]),
                detail=check["detail"],
                seconds=float(check["seconds"]),
                data=check["data"],
            )
            for check in document["checks"]
        ),
        data=document["data"],
    )


def _junit(result: Result) -> ElementTree.Element:
    """JUnit XML: FAIL is a failure, UNKNOWN an error, so that no reader of it can take either for a pass."""
    counts = {verdict: sum(check.verdict is verdict for check in result.checks) for verdict in Verdict}
    attributes = {
        "name": result.room,
        "tests": str(len(result.checks)),
        "failures": str(counts[Verdict.FAIL]),
        "errors": str(counts[Verdict.UNKNOWN]),
        "time": f"{result.seconds:.3f}",
        "timestamp": result.started_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
    }
    suites = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(suites, "testsuite", attributes)
    for check in result.checks:
        case_attributes = {
            "classname": result.room,
            "name": _xml_text(check.name),
            "time": f"{check.seconds:.3f}",
        }
        case = ElementTree.SubElement(suite, "testcase", case_attributes)
        if check.verdict is not Verdict.PASS:
            tag = "failure" if check.verdict is Verdict.FAIL else "error"
            message = {"message": _xml_text(check.detail), "type": str(check.verdict)}
            ElementTree.SubElement(case, tag, message)
    return suites


def _xml_text(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(path.name + ".draft")
    draft.write_bytes(content)
    draft.replace(path)
