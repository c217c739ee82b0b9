"""How this room says that something it was given is wrong: where, what, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One fault in an input: the file and field it stands in, the value found, and the way out."""

    file: str
    field: str
    value: object
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}: {self.field} = {self.value!r}: {self.remedy}"


class ProblemsFoundError(Exception):
    """Raised with every problem found, so that a newcomer mends a file in one go, not one error at a time."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def refuse(problems: Iterable[Problem]) -> None:
    """Raise ProblemsFoundError when there is any problem."""
    found = tuple(problems)
    if found:
        raise ProblemsFoundError(found)
