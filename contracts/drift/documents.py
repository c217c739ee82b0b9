"""Compares two OpenAPI documents, operation by operation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.document import Document, Operation
from contracts.drift.changes import Change, Impact
from contracts.drift.schemas import Comparison, Direction, canonical, without_wording

Json = dict[str, Any]


def compare(old: Document, new: Document) -> list[Change]:
    """What changed, worst first. How "or null" is written is no change."""
    old, new = Document(canonical(old.raw)), Document(canonical(new.raw))
    changes = list(_operations(old, new))
    if not changes and old.raw != new.raw:
        same = without_wording(old.raw) == without_wording(new.raw)
        what = "wording, examples or order" if same else "something no client can tell"
        changes.append(Change(Impact.DOCS, "the document", what))
    return sorted(changes, key=lambda change: (list(Impact).index(change.impact), change.where))


def _operations(old: Document, new: Document) -> Iterator[Change]:
    before = {operation.label: operation for operation in old.operations}
    after = {operation.label: operation for operation in new.operations}
    for label in before.keys() - after.keys():
        yield Change(Impact.BREAKING, label, "is gone")
    for label in after.keys() - before.keys():
        yield Change(Impact.ADDITION, label, "is new")
    for label in before.keys() & after.keys():
        changes = list(_operation(old, new, before[label], after[label]))
        yield from changes
        if not changes and before[label].definition != after[label].definition:
            yield Change(Impact.DOCS, label, "is described in other words")


def _operation(old: Document, new: Document, before: Operation, after: Operation) -> Iterator[Change]:
    where = before.label
    if before.id != after.id:
        yield Change(Impact.BREAKING, where, f"operationId {before.id} → {after.id}")
    if before.secured != after.secured:
        impact = Impact.BREAKING if after.secured else Impact.ADDITION
        yield Change(impact, where, "needs a token now" if after.secured else "needs no token any more")
    if before.deprecated != after.deprecated:
        yield Change(
            Impact.DOCS, where, "is deprecated now" if after.deprecated else "is not deprecated any more"
        )
    sent = Comparison(old.raw, new.raw, Direction.SENT)
    yield from _parameters(sent, where, before.definition, after.definition)
    yield from _request_body(sent, where, before.definition, after.definition)
    yield from _answers(old, new, before, after)


def _parameters(sent: Comparison, where: str, old: Any, new: Any) -> Iterator[Change]:
    before = {(item["in"], item["name"].lower()): item for item in old.get("parameters", ())}
    after = {(item["in"], item["name"].lower()): item for item in new.get("parameters", ())}
    for place, name in before.keys() - after.keys():
        yield Change(Impact.BREAKING, where, f"{place} parameter {name} is gone")
    for place, name in after.keys() - before.keys():
        required = after[place, name].get("required", False)
        impact = Impact.BREAKING if required else Impact.ADDITION
        yield Change(impact, where, f"{place} parameter {name} is new{' and required' if required else ''}")
    for place, name in before.keys() & after.keys():
        one, two = before[place, name], after[place, name]
        if one.get("required", False) != two.get("required", False):
            impact = Impact.BREAKING if two.get("required") else Impact.ADDITION
            yield Change(
                impact, where, f"{place} parameter {name}: required is {two.get('required', False)} now"
            )
        yield from sent.changes(f"{where} {place} {name}", one.get("schema", {}), two.get("schema", {}))


def _request_body(sent: Comparison, where: str, old: Any, new: Any) -> Iterator[Change]:
    before, after = old.get("requestBody"), new.get("requestBody")
    if before is None and after is not None:
        impact = Impact.BREAKING if after.get("required") else Impact.ADDITION
        yield Change(impact, where, "takes a body now")
    elif before is not None and after is None:
        yield Change(Impact.BREAKING, where, "takes no body any more")
    elif before is not None and after is not None:
        if after.get("required", False) and not before.get("required", False):
            yield Change(Impact.BREAKING, where, "the body is required now")
        yield from _media(sent, f"{where} body", before.get("content", {}), after.get("content", {}))


def _answers(old: Document, new: Document, before: Operation, after: Operation) -> Iterator[Change]:
    read = Comparison(old.raw, new.raw, Direction.READ)
    for status in sorted(set(before.statuses) | set(after.statuses)):
        where = f"{before.label} → {status}"
        if status not in after.statuses:
            yield Change(
                Impact.BREAKING if status < 300 else Impact.ADDITION, where, "is not answered any more"
            )
        elif status not in before.statuses:
            yield Change(Impact.BREAKING if status < 300 else Impact.ADDITION, where, "is answered now")
        else:
            one, two = old.answer(before, status), new.answer(after, status)
            yield from _media(read, where, one.get("content", {}), two.get("content", {}))
            yield from _headers(where, one.get("headers", {}), two.get("headers", {}))


def _media(comparison: Comparison, where: str, old: Json, new: Json) -> Iterator[Change]:
    for media in old.keys() - new.keys():
        yield Change(Impact.BREAKING, where, f"{media} is gone")
    for media in new.keys() - old.keys():
        yield Change(Impact.BREAKING if old else Impact.ADDITION, where, f"{media} is new")
    for media in old.keys() & new.keys():
        yield from comparison.changes(where, old[media].get("schema", {}), new[media].get("schema", {}))


def _headers(where: str, old: Json, new: Json) -> Iterator[Change]:
    for name in old.keys() - new.keys():
        yield Change(Impact.BREAKING, where, f"header {name} is gone")
    for name in new.keys() - old.keys():
        yield Change(Impact.ADDITION, where, f"header {name} is new")
