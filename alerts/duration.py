"""Lengths of time as Prometheus writes them, exact to the millisecond so that a scaled clock stays exact."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

_UNITS_MS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_PART = re.compile(r"(\d+)(ms|[smhdw])")
_WHOLE = re.compile(r"(?:\d+(?:ms|[smhdw]))+")


@dataclass(frozen=True, order=True)
class Duration:
    """A length of time; prints as PromQL reads it (`1h30m`)."""

    milliseconds: int

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read `5m`, `1h30m` or `4w`. Raises ValueError for anything else, zero included."""
        if not _WHOLE.fullmatch(text):
            raise ValueError(f"{text!r} is not a duration; write a number and a unit, such as 5m, 6h or 28d")
        units = {**_UNITS_MS, "w": 7 * _UNITS_MS["d"]}
        total = sum(int(number) * units[unit] for number, unit in _PART.findall(text))
        if total == 0:
            raise ValueError(f"{text!r} is no time at all; write a duration above zero")
        return cls(total)

    @classmethod
    def of_seconds(cls, seconds: float) -> Duration:
        """The duration nearest to `seconds`."""
        return cls(round(seconds * 1000))

    @property
    def seconds(self) -> float:
        """The length in seconds."""
        return self.milliseconds / 1000

    def scaled(self, scale: Fraction) -> Duration:
        """This length on a clock that runs `1 / scale` times as fast, to the nearest millisecond."""
        return Duration(round(self.milliseconds * scale))

    def __str__(self) -> str:
        rest, parts = self.milliseconds, []
        for unit, size in _UNITS_MS.items():
            count, rest = divmod(rest, size)
            if count:
                parts.append(f"{count}{unit}")
        return "".join(parts) or "0s"
