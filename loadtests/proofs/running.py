"""What a proof needs to know of the running system, from its state directory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class NotRunningError(Exception):
    """No running system can be read from the state directory."""


@dataclass(frozen=True, slots=True)
class Running:
    """Addresses by name, and the process ids of the processes that run."""

    public_url: str
    urls: Mapping[str, str]
    pids: Mapping[str, int]

    @property
    def private_urls(self) -> list[str]:
        """The private addresses of the API processes."""
        return [url for name, url in sorted(self.urls.items()) if name.startswith("api-")]


def read(directory: Path) -> Running:
    """The system as its supervisor last published it; raises NotRunningError."""
    path = directory / "state.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        pids = {name: each["pid"] for name, each in document["processes"].items() if each["pid"]}
        return Running(document["public_url"], document["urls"], pids)
    except (OSError, ValueError, KeyError) as error:
        raise NotRunningError(f"{path} tells of no running system: {error!r}") from error
