"""Reads the AsyncAPI document: which messages a socket may send, and with which codes it may close."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from contracts.document import DocumentError

ASYNCAPI = Path(__file__).parent / "asyncapi.yaml"
CHANNEL = "sync"
_URI = "urn:casino-club:asyncapi"
# RFC 6455, 7.4.1: what any endpoint answers to frames that break the protocol or are no UTF-8.
PROTOCOL_CODES = frozenset({1002, 1007})


class SocketContract:
    """The socket as documented."""

    def __init__(self, raw: dict[str, Any]) -> None:
        try:
            channel = raw["channels"][CHANNEL]
            self.path: str = channel["address"]
            self.paths = frozenset(str(one["address"]) for one in raw["channels"].values())
            self.close_codes = frozenset(int(code) for code in channel["x-close-codes"])
            sent = raw["operations"]["tell"]["messages"]
            names = [reference["$ref"].rsplit("/", 1)[-1] for reference in sent]
            messages = raw["components"]["messages"]
            payloads = {messages[name]["name"]: messages[name]["payload"]["$ref"] for name in names}
        except (KeyError, TypeError, ValueError) as error:
            raise DocumentError(f"{ASYNCAPI.name} lacks {error}") from error
        registry: Registry[Any] = Registry().with_resource(_URI, DRAFT202012.create_resource(raw))
        self._validators = {
            kind: Draft202012Validator({"$ref": f"{_URI}{reference}"}, registry=registry)
            for kind, reference in payloads.items()
        }

    @classmethod
    def load(cls) -> SocketContract:
        """The one in this folder; raises DocumentError."""
        try:
            return cls(yaml.safe_load(ASYNCAPI.read_text(encoding="utf-8")))
        except (OSError, yaml.YAMLError) as error:
            raise DocumentError(f"{ASYNCAPI}: {error}") from error

    def faults(self, message: Any) -> list[str]:
        """What is wrong with a message that the server sent; empty when nothing is."""
        kind = message.get("type") if isinstance(message, dict) else None
        validator = self._validators.get(str(kind))
        if validator is None:
            return [f"a message of undocumented type {kind!r}"]
        return [
            f"{kind}: {error.json_path} {error.message}"[:300] for error in validator.iter_errors(message)
        ]

    def may_close_with(self, code: int | None) -> bool:
        """Whether a socket may end with this code."""
        return code in self.close_codes or code in PROTOCOL_CODES
