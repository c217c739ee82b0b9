"""What differs between environments: thresholds and addresses, one file an environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from alerts.problems import Problem, refuse

PROFILE_DIRECTORY = Path(__file__).parent / "profiles"


@dataclass(frozen=True)
class Profile:
    """The settings of one environment: those of its file, each replaced by `environment` where set there."""

    name: str
    values: Mapping[str, str]
    environment: Mapping[str, str] = field(default_factory=dict)
    _read: set[str] = field(default_factory=set, repr=False, compare=False)

    @property
    def overridden(self) -> tuple[str, ...]:
        """The settings read so far whose value came from the process environment."""
        return tuple(sorted(self._read & set(self.environment)))

    def text(self, setting: str) -> str:
        """A setting as it stands. Raises ProblemsFoundError when it is unset or empty."""
        self._read.add(setting)
        value = self.environment.get(setting, self.values.get(setting, "")).strip()
        if not value:
            self._refuse(setting, value or None, f"set {setting} in this file or in the process environment")
        return value

    def number(self, setting: str) -> Decimal:
        """A setting that must be a finite number. Raises ProblemsFoundError when it is unset or is not."""
        value = self.text(setting)
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            self._refuse(setting, value, "write a plain number, without a unit")
        return number

    def refuse_unread(self) -> None:
        """Raise ProblemsFoundError for settings that nothing read: most likely a misspelt name."""
        for setting in sorted(set(self.values) - self._read):
            self._refuse(setting, self.values[setting], "nothing reads this; mend its spelling or remove it")

    def _refuse(self, setting: str, value: str | None, remedy: str) -> None:
        where = "process environment" if setting in self.environment else f"{self.name}.env"
        refuse([Problem(file=where, field=setting, value=value, remedy=remedy)])


def load(
    name: str, *, directory: Path = PROFILE_DIRECTORY, environment: Mapping[str, str] | None = None
) -> Profile:
    """Read a profile; `environment` (default: the process environment) replaces what the file says.

    Raises ProblemsFoundError for an unknown profile or a line that is not `NAME=value`.
    """
    path = directory / f"{name}.env"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in directory.glob("*.env")))
        refuse([Problem(file="command line", field="--profile", value=name, remedy=f"use one of {known}")])
    return Profile(name, _read(path), dict(os.environ if environment is None else environment))


def _read(path: Path) -> dict[str, str]:
    values: dict[str, str] = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        setting, equals, value = line.partition("=")
        if not equals or not setting.isidentifier() or setting in values:
            remedy = "write NAME=value, each name once"
            refuse([Problem(file=path.name, field=f"line {number}", value=line, remedy=remedy)])
        values[setting] = value.strip()
    return values
