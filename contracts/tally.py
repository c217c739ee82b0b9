"""Remembers what was answered to whom, from all parts of the room: what coverage is read from."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Mapping

from contracts.answers import faults
from contracts.document import Document, Operation

EXAMPLES_MAX = 5


class Tally:
    """Answers by operation, status and asker; and each that broke the conventions. Safe to share among threads."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.answers: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
        self.elsewhere: Counter[tuple[str, int]] = Counter()
        self.faults: dict[str, list[str]] = defaultdict(list)
        self.examined = 0
        self._lock = threading.Lock()

    def take(
        self, asker: str, method: str, path: str, status: int, headers: Mapping[str, str], body: bytes
    ) -> None:
        """Counts one answer and holds it against the conventions. `headers` have names in lower case."""
        wrong = faults(method, status, headers, body)
        operation = self.document.find(method, path)
        with self._lock:
            self.examined += 1
            if operation is not None:
                self.answers[operation.id, status][asker] += 1
            else:
                self.elsewhere[f"{method} {path}", status] += 1
            if operation is not None and status not in operation.statuses:
                wrong.append(f"{status} is not documented")
            for fault in wrong:
                examples = self.faults[fault]
                if len(examples) < EXAMPLES_MAX:
                    examples.append(f"{method} {path} → {status}")

    def statuses_of(self, operation: Operation) -> dict[int, int]:
        """How often each status was answered."""
        found = {status: sum(self.answers[operation.id, status].values()) for status in operation.statuses}
        strays = {
            status: sum(counts.values())
            for (name, status), counts in self.answers.items()
            if name == operation.id
        }
        return found | strays
