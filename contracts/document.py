"""Reads an OpenAPI document as the operations a client can call, and finds the one a request belongs to."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

Json = dict[str, Any]

METHODS = ("get", "put", "post", "delete", "patch")
_PARAMETER = re.compile(r"\{[^}]+\}")


class DocumentError(Exception):
    """What should be an OpenAPI document is none; the message says what and where."""


@dataclass(frozen=True)
class Operation:
    """One method of one path. `statuses` are those documented, `definition` is its part of the document."""

    id: str
    method: str
    path: str
    statuses: tuple[int, ...]
    definition: Mapping[str, Any]

    @property
    def label(self) -> str:
        """As people say it: ``GET /api/users/{user_id}``."""
        return f"{self.method} {self.path}"

    @property
    def secured(self) -> bool:
        """Whether it needs a token."""
        return bool(self.definition.get("security"))

    @property
    def deprecated(self) -> bool:
        """Whether it is an alias that something has taken the place of."""
        return bool(self.definition.get("deprecated"))

    @property
    def takes_body(self) -> bool:
        """Whether a body is documented."""
        return "requestBody" in self.definition

    @property
    def needs_body(self) -> bool:
        """Whether a request without one is refused."""
        return bool(self.definition.get("requestBody", {}).get("required"))


class Document:
    """An OpenAPI 3.1 document."""

    def __init__(self, raw: Json, source: str = "the document") -> None:
        if not isinstance(raw, dict) or not str(raw.get("openapi", "")).startswith("3."):
            raise DocumentError(f"{source} is no OpenAPI 3 document")
        self.raw = raw
        self.operations = tuple(_operations(raw, source))
        # A path without parameters stands before one that would take its words for values.
        ordered = sorted(self.operations, key=lambda operation: operation.path.count("{"))
        self._literal = {operation.path for operation in ordered if "{" not in operation.path}
        self._patterns = [(_pattern(operation.path), operation) for operation in ordered]

    @classmethod
    def from_file(cls, path: Path) -> Document:
        """The document in a file; raises DocumentError."""
        try:
            return cls(json.loads(path.read_text(encoding="utf-8")), str(path))
        except (OSError, ValueError) as error:
            raise DocumentError(f"{path}: {error}") from error

    def find(self, method: str, path: str) -> Operation | None:
        """The operation that a request was for. HEAD is GET's.

        A path that is documented word for word answers for itself alone, also to methods it has not.
        """
        wanted = "GET" if method == "HEAD" else method
        own = path in self._literal
        for pattern, operation in self._patterns:
            asked = operation.path == path if own else pattern.fullmatch(path)
            if operation.method == wanted and asked:
                return operation
        return None

    def has_path(self, path: str) -> bool:
        """Whether any method is documented for this path."""
        return any(pattern.fullmatch(path) for pattern, _ in self._patterns)

    def methods_of(self, path: str) -> set[str]:
        """The methods documented for a path's template."""
        return {operation.method for operation in self.operations if operation.path == path}

    @cached_property
    def by_id(self) -> dict[str, Operation]:
        """Operations by their id."""
        return {operation.id: operation for operation in self.operations}

    def repeated_ids(self) -> list[str]:
        """Operation ids that more than one operation has, and "" if any has none."""
        counts = Counter(operation.id for operation in self.operations)
        return sorted(name for name, count in counts.items() if count > 1 or not name)

    def answer(self, operation: Operation, status: int) -> Json:
        """The documented answer, its reference followed; empty when it is not documented."""
        found: Json = operation.definition["responses"].get(str(status), {})
        return self.follow(found)

    def follow(self, node: Json) -> Json:
        """What a ``$ref`` into the document points to; the node itself without one."""
        while "$ref" in node:
            target: Any = self.raw
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node


def _operations(raw: Json, source: str) -> Iterator[Operation]:
    for path, item in raw.get("paths", {}).items():
        for method in METHODS:
            if method not in item:
                continue
            definition = item[method]
            if not isinstance(definition.get("responses"), dict):
                raise DocumentError(f"{source}: {method.upper()} {path} says nothing of its answers")
            statuses = sorted(int(status) for status in definition["responses"] if status.isdigit())
            yield Operation(
                id=definition.get("operationId", ""),
                method=method.upper(),
                path=path,
                statuses=tuple(statuses),
                definition=definition,
            )


def _pattern(template: str) -> re.Pattern[str]:
    literal = [re.escape(part) for part in _PARAMETER.split(template)]
    return re.compile("[^/]+".join(literal))
