"""What facts count for: the names and amounts by which missions, achievements, passes and points move."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from casino.kit.outbox import Fact

Count = Callable[[Fact], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Yardstick:
    """Each counting type of fact with what one such fact is worth: ``{"plays": 1, "wagered": 100}``."""

    counts: Mapping[str, Count]

    @property
    def types(self) -> frozenset[str]:
        """The types of facts that count for anything."""
        return frozenset(self.counts)

    def measure(self, fact: Fact) -> Mapping[str, int]:
        """Amounts by measure; nothing for a fact of another type."""
        count = self.counts.get(fact.type)
        return {} if count is None else count(fact)


class CountedOtherwise(ValueError):
    """Content gives a code another meaning than progress was counted by; the message names it."""


def require_same_meaning(known: Iterable[Mapping[str, Any]], wanted: Iterable[Mapping[str, Any]]) -> None:
    """Raises CountedOtherwise when content changes what a code counts, or brings back one that was retired.

    `known` are rows with `code`, `retired_at` and what decides about counting; `wanted` is content with the same names.
    Progress that was made by the old meaning would not come out of a replay of the log, which knows only the new.
    """
    meanings = {row["code"]: row for row in known}
    for item in wanted:
        row = meanings.get(item["code"])
        if row is None:
            continue
        changed = [name for name in row if name != "retired_at" and row[name] != item[name]]
        if changed or row["retired_at"] is not None:
            why = f"counts by another {', '.join(changed)} than before" if changed else "was retired"
            raise CountedOtherwise(
                f"{item['code']} {why}: players have progress in it. Give it a code of its own."
            )


def is_news(before: int, after: int, target: int) -> bool:
    """Whether a progress is worth telling: it reached its target, or another tenth of the way to it."""
    if before >= target:
        return False
    return after >= target or 10 * before // target != 10 * after // target
