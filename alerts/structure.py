"""Proof that a scaled clock changes lengths of time and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from alerts.clock import INTERVAL_MIN
from alerts.duration import Duration
from alerts.problems import Problem

# A range in brackets, with its step if it has one, an offset, or a window's seconds as a factor; no window of
# production is under a minute.
_WINDOW = re.compile(r"(?<=\[)\w+(?=[\]:])|(?<=\w:)\w+(?=\])|(?<=offset )\w+")
_SECONDS = re.compile(r"(?<=[*/] )(\d{2,})(?![\w.])")

Document = Any


def differences(production: Document, scaled: Document, scale: Fraction) -> Iterator[Problem]:
    """Whatever differs between two compiled rule files other than by the scale.

    Windows, `for` and factors of seconds must be the production value times `scale` (to the millisecond);
    intervals likewise but never under a second; everything else, names and thresholds above all, the same.
    """
    yield from _compare(production, scaled, scale, "rules")


def _compare(production: Document, scaled: Document, scale: Fraction, path: str) -> Iterator[Problem]:
    if isinstance(production, dict) and isinstance(scaled, dict) and list(production) == list(scaled):
        for key in production:
            yield from _compare(production[key], scaled[key], scale, f"{path}.{key}")
    elif isinstance(production, list) and isinstance(scaled, list) and len(production) == len(scaled):
        for index, (one, other) in enumerate(zip(production, scaled, strict=True)):
            yield from _compare(one, other, scale, f"{path}.{index}")
    elif not _same(production, scaled, scale, path.rsplit(".", 1)[-1]):
        remedy = (
            f"on the production clock this is {production!r}; only lengths of time may differ, by {scale}"
        )
        yield Problem(file="scaled rules", field=path, value=scaled, remedy=remedy)


def _same(production: Document, scaled: Document, scale: Fraction, key: str) -> bool:
    if not isinstance(production, str) or not isinstance(scaled, str):
        return bool(production == scaled)
    if key in ("for", "keep_firing_for", "interval"):
        expected = Duration.parse(production).scaled(scale)
        floor = INTERVAL_MIN if key == "interval" else Duration(0)
        return Duration.parse(scaled) == max(expected, floor)
    if key == "time_scale":
        return (production, scaled) == ("1", str(scale))
    if key != "expr":
        return production == scaled
    return scaled == _scaled_expression(production, scale)


def _scaled_expression(expression: str, scale: Fraction) -> str:
    scaled = _WINDOW.sub(lambda found: str(Duration.parse(found[0]).scaled(scale)), expression)
    return _SECONDS.sub(
        lambda found: f"{Duration(int(found.group(1)) * 1000).scaled(scale).seconds:g}", scaled
    )
