"""The schemas of published events: well formed, and no version of them changed under its consumers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from contracts.drift.changes import Change, Impact
from contracts.drift.schemas import Comparison, Direction, canonical

Json = dict[str, Any]

EVENTS = Path(__file__).parents[1] / "events"
RECORDED = Path(__file__).parents[1] / "events.recorded.json"


class EventSchemas:
    """The schemas of a folder, by file name without its ending (``casino.rounds.v1``)."""

    def __init__(self, schemas: Mapping[str, Json]) -> None:
        self.by_name = dict(schemas)
        resources = [
            (schema["$id"], DRAFT202012.create_resource(schema))
            for schema in schemas.values()
            if "$id" in schema
        ]
        registry: Registry[Any] = Registry().with_resources(resources)
        self._validators = {
            _type_of(variant): Draft202012Validator(_data_of(variant), registry=registry)
            for schema in schemas.values()
            for variant in (schema, *schema.get("oneOf", ()))
            if _type_of(variant)
        }

    @classmethod
    def load(cls, folder: Path = EVENTS) -> EventSchemas:
        """Those of a folder; raises ValueError for a file that is no JSON."""
        paths = sorted(folder.glob("*.json"))
        return cls({path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths})

    @property
    def types(self) -> set[str]:
        """The types of facts that have a schema."""
        return set(self._validators)

    def faults(self) -> list[str]:
        """What is wrong with the schemas themselves."""
        found = []
        for name, schema in self.by_name.items():
            try:
                Draft202012Validator.check_schema(schema)
            except SchemaError as error:
                found.append(f"{name}: {error.message}")
            wanted = f"urn:casino-club:event:{name}"
            if schema.get("$id") != wanted:
                found.append(f"{name}: $id is {schema.get('$id')!r}, not {wanted!r}")
        return found

    def faults_of(self, kind: str, data: object) -> list[str]:
        """What is wrong with the data of one event; empty when nothing is."""
        validator = self._validators.get(kind)
        if validator is None:
            return [f"{kind} has no schema"]
        return [f"{kind}: {error.json_path} {error.message}"[:300] for error in validator.iter_errors(data)]


def compare(old: Mapping[str, Json], new: Mapping[str, Json]) -> list[Change]:
    """What changed. Within a version only what no consumer can stumble over may: else a new version is due."""
    changes = [Change(Impact.BREAKING, name, "is gone") for name in old.keys() - new.keys()]
    changes += [Change(Impact.ADDITION, name, "is new") for name in new.keys() - old.keys()]
    for name in sorted(old.keys() & new.keys()):
        before, after = canonical(old[name]), canonical(new[name])
        found = Comparison(before, after, Direction.READ).changes(name, before, after)
        if not found and before != after:
            found = [Change(Impact.DOCS, name, "is described in other words")]
        changes += found
    return changes


def recorded() -> dict[str, Json]:
    """The schemas as they were recorded last; empty before the first time."""
    if not RECORDED.is_file():
        return {}
    found: dict[str, Json] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return found


def record(schemas: EventSchemas) -> None:
    """Keeps the schemas as what consumers count on from now on."""
    text = json.dumps(schemas.by_name, indent=1, sort_keys=True, ensure_ascii=False)
    RECORDED.write_text(text + "\n", encoding="utf-8")


def _type_of(schema: Json) -> str:
    return str(schema.get("properties", {}).get("type", {}).get("const", ""))


def _data_of(schema: Json) -> Json:
    data: Json = schema.get("properties", {}).get("data", {})
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **data}
