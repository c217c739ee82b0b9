"""The vocabulary of drift: a change, where it is, and whether clients break by it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Impact(StrEnum):
    """Whom a change concerns."""

    BREAKING = "breaking"
    ADDITION = "non-breaking"
    DOCS = "docs"


@dataclass(frozen=True)
class Change:
    """One difference. `where` is a place in the contract, `what` a short sentence."""

    impact: Impact
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.impact}: {self.where}: {self.what}"


def counted(changes: Iterable[Change]) -> str:
    """How many of each impact: ``2 breaking, 1 docs``; "none" for none."""
    impacts = [change.impact for change in changes]
    found = [f"{impacts.count(impact)} {impact}" for impact in Impact if impact in impacts]
    return ", ".join(found) or "none"
