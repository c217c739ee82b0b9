"""`python -m contracts snapshot`: holds the recorded contract against the code, or records it anew."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from contracts.document import Document, DocumentError
from contracts.drift import events
from contracts.drift.changes import Change, Impact, counted
from contracts.drift.documents import compare

SNAPSHOT = Path(__file__).parents[1] / "openapi.json"
COMMAND_SECONDS_MAX = 120.0
HOLDS, DRIFTED, COULD_NOT_RUN = 0, 1, 2


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    root = argparse.ArgumentParser(
        prog="python -m contracts snapshot",
        description="Compares contracts/openapi.json and the event schemas with what they were recorded from.",
        epilog="Exit code: 0 nothing changed (or it was recorded), 1 something did, 2 could not run.",
    )
    what = root.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="change nothing; tell what drifted")
    what.add_argument("--accept", action="store_true", help="record the contract as it is now")
    root.add_argument("--target", metavar="URL", help="a running casino to ask, instead of `casino openapi`")
    return root


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code."""
    options = parser().parse_args(arguments)
    console = Console()
    try:
        current = Document(fetched(options.target) if options.target else generated(), "the current document")
        changes = compare(Document.from_file(SNAPSHOT), current) if SNAPSHOT.is_file() else []
        schemas = events.EventSchemas.load()
        of_events = events.compare(events.recorded(), schemas.by_name)
    except (DocumentError, OSError, ValueError, httpx.HTTPError, subprocess.SubprocessError) as error:
        sys.stderr.write(f"contracts snapshot: {error}\n")
        return COULD_NOT_RUN
    for change in [*changes, *of_events]:
        console.print(str(change), markup=False, highlight=False)
    console.print(f"OpenAPI: {counted(changes)}; events: {counted(of_events)}")
    if options.accept:
        return _accept(console, current, schemas, of_events)
    return DRIFTED if changes or of_events else HOLDS


def _accept(
    console: Console, current: Document, schemas: events.EventSchemas, of_events: Sequence[Change]
) -> int:
    if any(change.impact is Impact.BREAKING for change in of_events):
        console.print(
            "An event's version never breaks its consumers: leave it and add the next version beside it."
        )
        return DRIFTED
    SNAPSHOT.write_text(written(current.raw), encoding="utf-8")
    events.record(schemas)
    console.print(f"recorded in {SNAPSHOT.name} and {events.RECORDED.name}")
    return HOLDS


def generated() -> dict[str, Any]:
    """The document of this version, from the casino's own command."""
    command = [sys.executable, "-m", "casino.cli", "openapi"]
    done = subprocess.run(command, capture_output=True, timeout=COMMAND_SECONDS_MAX, check=False)
    if done.returncode:
        raise DocumentError(f"`casino openapi` ended with {done.returncode}: {done.stderr.decode()[-300:]}")
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def fetched(url: str) -> dict[str, Any]:
    """The document of a running casino."""
    answer = httpx.get(f"{url.rstrip('/')}/openapi.json", timeout=30.0, trust_env=False)
    answer.raise_for_status()
    document: dict[str, Any] = answer.json()
    return document


def written(document: dict[str, Any]) -> str:
    """The document as the snapshot holds it: sorted and indented, so that a change is a small diff."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
