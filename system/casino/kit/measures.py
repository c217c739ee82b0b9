"""What facts count for: the names and amounts by which missions, achievements, passes and points move."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

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


def is_news(before: int, after: int, target: int) -> bool:
    """Whether a progress is worth telling: it reached its target, or another tenth of the way to it."""
    if before >= target:
        return False
    return after >= target or 10 * before // target != 10 * after // target
