"""The drift guard: what breaks clients is called so, and what means nothing is not called at all."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.document import Document
from contracts.drift import command, events
from contracts.drift.changes import Impact
from contracts.drift.documents import compare
from contracts.drift.schemas import Comparison, Direction, canonical
from contracts.tests.small_api import document

Json = dict[str, Any]
OBJECT: Json = {
    "type": "object",
    "required": ["a"],
    "properties": {"a": {"type": "integer"}, "b": {"type": "string"}},
}


def impacts(old: Json, new: Json, direction: Direction) -> list[str]:
    """The impacts of the change from one schema to the other."""
    comparison = Comparison({}, {}, direction)
    return [change.impact.value for change in comparison.changes("x", canonical(old), canonical(new))]


@pytest.mark.parametrize(
    ("old", "new", "sent", "read"),
    [
        ({"type": "integer"}, {"type": "integer", "minimum": 1}, "breaking", "non-breaking"),
        ({"type": "integer", "maximum": 5}, {"type": "integer", "maximum": 9}, "non-breaking", "breaking"),
        ({"enum": ["a"]}, {"enum": ["a", "b"]}, "non-breaking", "breaking"),
        ({"enum": ["a", "b"]}, {"enum": ["a"]}, "breaking", "non-breaking"),
        ({"type": "string"}, {"type": ["string", "null"]}, "non-breaking", "breaking"),
        ({"type": "string"}, {"type": "string", "pattern": "^a"}, "breaking", "non-breaking"),
        ({"type": "string", "pattern": "^b"}, {"type": "string", "pattern": "^a"}, "breaking", "breaking"),
        (
            {"type": "array", "items": {"type": "integer"}},
            {"type": "array", "items": {}},
            "non-breaking",
            "breaking",
        ),
        (OBJECT, OBJECT | {"required": ["a", "b"]}, "breaking", "non-breaking"),
        (OBJECT, OBJECT | {"required": []}, "non-breaking", "breaking"),
        (OBJECT, OBJECT | {"properties": {"a": {"type": "integer"}}}, "breaking", "breaking"),
        (OBJECT, OBJECT | {"additionalProperties": False}, "breaking", "non-breaking"),
    ],
)
def test_a_schema_breaks_by_its_direction(old: Json, new: Json, sent: str, read: str) -> None:
    """What clients send may only be taken more widely, what they read only be promised more narrowly."""
    assert impacts(old, new, Direction.SENT) == [sent]
    assert impacts(old, new, Direction.READ) == [read]


def test_a_new_member_breaks_nobody() -> None:
    """Unless it is required of those who send."""
    wider = copy.deepcopy(OBJECT)
    wider["properties"]["c"] = {"type": "boolean"}
    assert impacts(OBJECT, wider, Direction.READ) == ["non-breaking"]
    wider["required"] = ["a", "c"]
    assert impacts(OBJECT, wider, Direction.SENT) == ["non-breaking", "breaking"]


def test_how_or_null_is_written_is_no_change() -> None:
    """`anyOf` with null and a list of types say the same, wherever the title stands."""
    one = {"anyOf": [{"type": "string", "maxLength": 5}, {"type": "null"}], "title": "Name"}
    two = {"type": ["null", "string"], "maxLength": 5, "title": "Name"}
    assert canonical(one) == canonical(two)
    assert impacts(one, two, Direction.READ) == []


def changed(change: Callable[[Json], object]) -> list[str]:
    """The changes of the small service's document after this."""
    new = document()
    change(new)
    return [str(found).split(":")[0] for found in compare(Document(document()), Document(new))]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda new: None, []),
        (lambda new: new["paths"].pop("/api/things"), ["breaking"]),
        (lambda new: new["paths"].update({"/api/more": new["paths"]["/api/things"]}), ["non-breaking"]),
        (lambda new: new["paths"]["/api/things"]["post"].update(operationId="x"), ["breaking"]),
        (lambda new: new["paths"]["/api/things"]["post"].update(summary="x"), ["docs"]),
        (lambda new: new["paths"]["/api/things"]["post"].pop("security"), ["non-breaking"]),
        (lambda new: new["paths"]["/api/things"]["post"]["responses"].pop("201"), ["breaking"]),
        (lambda new: new["paths"]["/api/things"]["post"]["responses"].pop("415"), ["non-breaking"]),
        (lambda new: new["paths"]["/api/things/{thing_id}"]["get"].pop("parameters"), ["breaking"]),
        (lambda new: new["info"].update(description="x"), ["docs"]),
    ],
)
def test_a_document_breaks_by_what_clients_do(change: Callable[[Json], object], expected: list[str]) -> None:
    """Each kind of change has its class."""
    assert changed(change) == expected


def test_a_new_required_parameter_breaks() -> None:
    """An optional one does not."""

    def add(new: Json, *, required: bool) -> None:
        parameter = {"name": "q", "in": "query", "required": required, "schema": {"type": "string"}}
        new["paths"]["/api/things"]["post"]["parameters"] = [parameter]

    assert changed(lambda new: add(new, required=True)) == ["breaking"]
    assert changed(lambda new: add(new, required=False)) == ["non-breaking"]


def test_an_events_version_is_kept() -> None:
    """A new choice breaks those who read it; a schema under another name or none at all is a fault."""
    kind = {"const": "games.round_settled"}
    data = {"type": "object", "properties": {"outcome": {"enum": ["win", "lose"]}}}
    old = {
        "casino.rounds.v1": {
            "$id": "urn:casino-club:event:casino.rounds.v1",
            "properties": {"type": kind, "data": data},
        }
    }
    new = copy.deepcopy(old)
    new["casino.rounds.v1"]["properties"]["data"]["properties"]["outcome"]["enum"].append("draw")  # type: ignore[index]
    assert [change.impact for change in events.compare(old, new)] == [Impact.BREAKING]
    assert [change.impact for change in events.compare(old, {})] == [Impact.BREAKING]
    schemas = events.EventSchemas(old)
    assert schemas.faults() == []
    assert schemas.faults_of("games.round_settled", {"outcome": "win"}) == []
    assert schemas.faults_of("games.round_settled", {"outcome": "draw"})
    assert schemas.faults_of("games.unheard_of", {}) == ["games.unheard_of has no schema"]
    assert len(events.EventSchemas({"other.v1": old["casino.rounds.v1"]}).faults()) == 1


def test_the_events_here_are_as_recorded() -> None:
    """The folder's schemas are well formed, and their versions are those that consumers were given."""
    schemas = events.EventSchemas.load()
    assert schemas.faults() == []
    assert events.compare(events.recorded(), schemas.by_name) == []


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A snapshot and a record of their own, of the small service and of no events."""
    snapshot = tmp_path / "openapi.json"
    snapshot.write_text(json.dumps(document()))
    monkeypatch.setattr(command, "SNAPSHOT", snapshot)
    monkeypatch.setattr(events, "RECORDED", tmp_path / "events.recorded.json")
    monkeypatch.setattr(events.EventSchemas, "load", classmethod(lambda cls: cls({})))
    return snapshot


def test_check_tells_of_drift_and_accept_records_it(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 0, then 1 once the code has moved on, then 0 again when that is recorded."""
    moved = document()
    moved["paths"]["/api/things"]["post"]["operationId"] = "thing_add"
    monkeypatch.setattr(command, "generated", document)
    assert command.main(["--check"]) == 0
    monkeypatch.setattr(command, "generated", lambda: moved)
    assert command.main(["--check"]) == 1
    assert command.main(["--accept"]) == 0
    assert json.loads(recorded.read_text()) == moved
    assert command.main(["--check"]) == 0


def test_a_document_that_cannot_be_had_is_no_drift(recorded: Path) -> None:
    """Exit code 2: nothing was compared."""
    assert command.main(["--check", "--target", "http://127.0.0.1:9"]) == 2
