"""Compares two JSON Schemas by what they let through: narrower, wider, or only worded differently."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from contracts.drift.changes import Change, Impact

Json = dict[str, Any]

WORDING = frozenset(
    {"title", "description", "examples", "example", "deprecated", "$id", "$schema", "$comment", "readOnly"}
)
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_STRUCTURE = frozenset({"type", "enum", "properties", "required", "additionalProperties", "items"})
_ANY = "any"


class Direction(Enum):
    """Who writes what the schema describes. What clients send must stay taken; what they read must stay promised."""

    SENT = "sent by clients"
    READ = "read by clients"


class Effect(Enum):
    """What a difference does to the set of values that fit."""

    NARROWER = "narrower"
    WIDER = "wider"
    OTHER = "other"


@dataclass(frozen=True)
class Comparison:
    """Two documents that references point into, and the direction of what is compared."""

    old: Json
    new: Json
    direction: Direction

    def changes(self, where: str, old: Json, new: Json) -> list[Change]:
        """What changed from one schema to the other."""
        return list(self._compare(where, old, new, ()))

    def _compare(
        self, where: str, old: Json, new: Json, seen: tuple[tuple[int, int], ...]
    ) -> Iterator[Change]:
        old, new = _resolved(self.old, old), _resolved(self.new, new)
        pair = (id(old), id(new))
        if pair in seen or old == new:
            return
        seen += (pair,)
        before, after = _alternatives(self.old, old), _alternatives(self.new, new)
        if (_ANY in before) != (_ANY in after):
            narrower = _ANY in before
            what = (
                f"only {' or '.join(sorted(after))} is possible now"
                if narrower
                else "anything is possible now"
            )
            yield self._change(Effect.NARROWER if narrower else Effect.WIDER, where, what)
            return
        for kind in sorted(before.keys() | after.keys()):
            if kind not in after:
                yield self._change(Effect.NARROWER, where, f"{kind} is no longer possible")
            elif kind not in before:
                yield self._change(Effect.WIDER, where, f"{kind} is possible now")
            elif len(before[kind]) == len(after[kind]) == 1:
                yield from self._compare_kind(where, before[kind][0], after[kind][0], seen)
            elif before[kind] != after[kind]:
                yield self._change(Effect.OTHER, where, f"the choices of {kind} differ")

    def _compare_kind(
        self, where: str, old: Json, new: Json, seen: tuple[tuple[int, int], ...]
    ) -> Iterator[Change]:
        for effect, what in _limits(old, new):
            yield self._change(effect, where, what)
        yield from self._compare_members(where, old, new, seen)
        if isinstance(old.get("items", {}), dict) and isinstance(new.get("items", {}), dict):
            yield from self._compare(f"{where}[]", old.get("items", {}), new.get("items", {}), seen)

    def _compare_members(
        self, where: str, old: Json, new: Json, seen: tuple[tuple[int, int], ...]
    ) -> Iterator[Change]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in sorted(before.keys() - after.keys()):
            yield Change(Impact.BREAKING, f"{where}.{name}", "is gone")
        for name in sorted(after.keys() - before.keys()):
            yield Change(Impact.ADDITION, f"{where}.{name}", "is new")
        required = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(required[1] - required[0]):
            yield self._change(Effect.NARROWER, f"{where}.{name}", "is required now")
        for name in sorted(required[0] - required[1] & before.keys()):
            if name in after:
                yield self._change(Effect.WIDER, f"{where}.{name}", "is no longer required")
        for name in sorted(before.keys() & after.keys()):
            yield from self._compare(f"{where}.{name}", before[name], after[name], seen)
        others = old.get("additionalProperties", True), new.get("additionalProperties", True)
        if others[0] != others[1]:
            yield from self._compare(f"{where}.*", _as_schema(others[0]), _as_schema(others[1]), seen)

    def _change(self, effect: Effect, where: str, what: str) -> Change:
        harmless = Effect.WIDER if self.direction is Direction.SENT else Effect.NARROWER
        return Change(Impact.ADDITION if effect is harmless else Impact.BREAKING, where, what)


def canonical(node: Any) -> Any:
    """The node without differences that mean nothing: how "or null" is written, the order of sets."""
    if isinstance(node, list):
        return [canonical(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {name: canonical(value) for name, value in node.items()}
    if isinstance(plain.get("required"), list):
        plain["required"] = sorted(plain["required"])
    choices = plain.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        rest = [choice for choice in choices if choice != {"type": "null"}]
        single = rest[0] if len(rest) == 1 else {}
        if isinstance(single.get("type"), str) and not single.keys() & plain.keys():
            del plain["anyOf"]
            plain |= single | {"type": sorted([single["type"], "null"])}
    elif isinstance(plain.get("type"), list):
        plain["type"] = sorted(plain["type"])
    return plain


def without_wording(node: Any) -> Any:
    """The node without what is only for people."""
    if isinstance(node, list):
        return [without_wording(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {name: without_wording(value) for name, value in node.items() if name not in WORDING}


def _limits(old: Json, new: Json) -> Iterator[tuple[Effect, str]]:
    before, after = old.get("enum"), new.get("enum")
    if before != after:
        yield from _choices(before, after)
    for name in sorted((old.keys() | new.keys()) - _STRUCTURE - WORDING):
        if old.get(name) == new.get(name):
            continue
        said = f"{name} {old.get(name, 'unset')!r} → {new.get(name, 'unset')!r}"
        if name in (*_LOWER, *_UPPER):
            yield _bound(name, old.get(name), new.get(name)), said
        elif name == "default":
            yield Effect.OTHER, said
        elif name not in old:
            yield Effect.NARROWER, said
        elif name not in new:
            yield Effect.WIDER, said
        else:
            yield Effect.OTHER, said


def _choices(before: list[Any] | None, after: list[Any] | None) -> Iterator[tuple[Effect, str]]:
    if before is None or after is None:
        yield (Effect.NARROWER if before is None else Effect.WIDER), f"choices {before} → {after}"
        return
    gone = [value for value in before if value not in after]
    new = [value for value in after if value not in before]
    if gone:
        yield Effect.NARROWER, f"{gone} is no longer a choice"
    if new:
        yield Effect.WIDER, f"{new} is a choice now"


def _bound(name: str, before: float | None, after: float | None) -> Effect:
    if before is None or after is None:
        return Effect.NARROWER if before is None else Effect.WIDER
    return Effect.NARROWER if (after > before) == (name in _LOWER) else Effect.WIDER


def _alternatives(document: Json, schema: Json) -> dict[str, list[Json]]:
    """The schema as choices by type, those of `anyOf`, `oneOf` and type lists; what stands beside goes with each."""
    choices = schema.get("anyOf") or schema.get("oneOf")
    found: dict[str, list[Json]] = {}
    if choices:
        beside = {name: value for name, value in schema.items() if name not in ("anyOf", "oneOf")}
        for choice in choices:
            for kind, schemas in _alternatives(document, _resolved(document, choice) | beside).items():
                found.setdefault(kind, []).extend(schemas)
        return found
    if "const" in schema:
        schema = {name: value for name, value in schema.items() if name != "const"} | {
            "enum": [schema["const"]]
        }
    kinds = schema.get("type", _ANY)
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        found[kind] = [schema]
    return found


def _resolved(document: Json, schema: Json) -> Json:
    """The schema with its reference followed; what stands beside the reference is kept."""
    while "$ref" in schema and schema["$ref"].startswith("#/"):
        target: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        beside = {name: value for name, value in schema.items() if name != "$ref"}
        schema = target | beside if beside else target
    return schema


def _as_schema(value: bool | Json) -> Json:
    if isinstance(value, dict):
        return value
    return {} if value else {"type": []}
