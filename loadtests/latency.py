"""Latencies in HDR histograms: three significant digits from a microsecond to an hour, added up exactly."""

from __future__ import annotations

from collections.abc import Sequence

from hdrh.histogram import HdrHistogram

_MICROSECONDS = 1_000_000
_HIGHEST = 3600 * _MICROSECONDS
_DIGITS = 3

# Denser towards the tail, where objectives live; the plot of a report is drawn through these.
PERCENTILES: Sequence[float] = (
    0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 75.0, 80.0, 85.0, 90.0, 92.5, 95.0, 97.5, 99.0,
    99.5, 99.9, 99.95, 99.99, 99.999, 100.0,
)  # fmt: skip


class Latencies:
    """A histogram of durations in seconds."""

    def __init__(self, encoded: str | None = None) -> None:
        self._histogram = HdrHistogram(1, _HIGHEST, _DIGITS)
        if encoded is not None:
            self._histogram.decode_and_add(encoded)

    def record(self, seconds: float) -> None:
        """Count one duration; below a microsecond counts as one, above an hour as an hour."""
        microseconds = min(max(round(seconds * _MICROSECONDS), 1), _HIGHEST)
        self._histogram.record_value(microseconds)

    def add(self, other: Latencies) -> None:
        """Count everything that `other` counted."""
        self._histogram.add(other._histogram)

    @property
    def count(self) -> int:
        """How many durations were counted."""
        return int(self._histogram.get_total_count())

    def at(self, percentile: float) -> float:
        """The duration, in seconds, that `percentile` % of the counted ones do not exceed; 0 when empty."""
        return float(self._histogram.get_value_at_percentile(percentile)) / _MICROSECONDS

    def series(self) -> list[tuple[float, float]]:
        """(percentile, seconds) pairs for a plot, in rising order; empty when nothing was counted."""
        if not self.count:
            return []
        values = self._histogram.get_percentile_to_value_dict(list(PERCENTILES))
        return [(percentile, values[percentile] / _MICROSECONDS) for percentile in PERCENTILES]

    def encoded(self) -> str:
        """The histogram in HDR's own compressed form (V2, base64), which any HDR tool reads."""
        return bytes(self._histogram.encode()).decode("ascii")
