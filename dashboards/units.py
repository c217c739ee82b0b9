"""Values as people read them, in the units that panels name."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dashboards.panels import PER_SECOND, SECONDS, SHARE

TICKS_MAX = 6
_TICK_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_SUFFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


def text(value: float, unit: str, decimals: int | None = None) -> str:
    """A value with its unit: `99.95 %`, `250 ms`, `1.2 k/s`."""
    if unit == SHARE:
        return f"{_percent(value * 100, decimals)} %"
    if unit == SECONDS:
        return _duration(value)
    return _short(value) + ("/s" if unit == PER_SECOND else "")


def colour(value: float, steps: Sequence[Mapping[str, Any]]) -> str:
    """The colour of the last step that the value has reached; the first step reaches from below."""
    reached = [step for step in steps if step["value"] is None or value >= step["value"]]
    found: str = reached[-1]["color"]
    return found


def time_ticks(start: float, end: float) -> list[float]:
    """At most TICKS_MAX round moments between two Unix times, none at the very edges."""
    step = next((step for step in _TICK_SECONDS if (end - start) / step <= TICKS_MAX), _TICK_SECONDS[-1])
    first = math.ceil(start / step) * step
    edge = 0.04 * (end - start)
    return [
        float(moment) for moment in range(first, int(end) + 1, step) if start + edge <= moment <= end - edge
    ]


def clock_text(moment: float) -> str:
    """A Unix time as the clock in UTC shows it."""
    return f"{datetime.fromtimestamp(moment, UTC):%H:%M:%S}"


def _duration(seconds: float) -> str:
    size = abs(seconds)
    if size < 1e-12:
        return "0 s"
    for limit, factor, unit in ((1e-3, 1e6, "µs"), (1, 1e3, "ms"), (120, 1, "s"), (7200, 1 / 60, "min")):
        if size < limit:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds / 3600:.3g} h"


def _percent(value: float, decimals: int | None) -> str:
    """As many digits as tell values apart: more near 100, where objectives live, none above 1,000."""
    if decimals is not None:
        return f"{value:.{decimals}f}"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _short(value: float) -> str:
    for limit, suffix in _SUFFIXES:
        if abs(value) >= limit:
            return f"{value / limit:.3g} {suffix}"
    return f"{value:.3g}"
