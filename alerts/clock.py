"""The clock that rules run on: production's, or a faster one so that a live proof takes a minute."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from alerts.duration import Duration
from alerts.problems import Problem, refuse

# Prometheus scrapes and evaluates no faster than this, however fast the clock.
INTERVAL_MIN = Duration(1000)

# rate() needs two samples; a window of less than three scrapes can hold fewer when a scrape comes late.
SCRAPES_A_WINDOW_MIN = 3


@dataclass(frozen=True)
class Clock:
    """Time as the rules see it. `scrape` and `evaluation` are real intervals, already floored."""

    scale: Fraction
    scrape: Duration
    evaluation: Duration

    @classmethod
    def running(cls, scale: Fraction, *, scrape: Duration, evaluation: Duration) -> Clock:
        """A clock at `scale`, from production's intervals; neither falls below a second."""
        return cls(
            scale,
            scrape=_interval(scrape, scale),
            evaluation=_interval(evaluation, scale),
        )

    def interval(self, nominal: str | Duration) -> Duration:
        """A repetition interval of production, on this clock; never under INTERVAL_MIN."""
        return _interval(_duration(nominal), self.scale)

    def hold(self, nominal: str | Duration) -> Duration:
        """A waiting time of production, on this clock."""
        return _duration(nominal).scaled(self.scale)

    def window(self, nominal: str | Duration) -> Duration:
        """A range window of production, on this clock; refused when it would hold under three scrapes."""
        length = _duration(nominal)
        scaled = length.scaled(self.scale)
        shortest = SCRAPES_A_WINDOW_MIN * self.scrape.milliseconds
        if scaled.milliseconds < shortest:
            slowest = Fraction(shortest, length.milliseconds).limit_denominator(1000)
            remedy = (
                f"a window under {SCRAPES_A_WINDOW_MIN} scrapes of {self.scrape} has no rate; "
                f"use --time-scale {slowest} or slower"
            )
            field = f"window {length} at {self.scale}"
            refuse([Problem(file="--time-scale", field=field, value=str(scaled), remedy=remedy)])
        return scaled


def parse_scale(text: str) -> Fraction:
    """Read a time scale such as `1/60`; it must be above 0 and at most 1."""
    try:
        scale = Fraction(text)
    except (ValueError, ZeroDivisionError):
        scale = Fraction(0)
    if not 0 < scale <= 1:
        remedy = "write a fraction above 0 and at most 1, such as 1/60"
        refuse([Problem(file="command line", field="--time-scale", value=text, remedy=remedy)])
    return scale


def _interval(nominal: Duration, scale: Fraction) -> Duration:
    return max(nominal.scaled(scale), INTERVAL_MIN)


def _duration(nominal: str | Duration) -> Duration:
    return Duration.parse(nominal) if isinstance(nominal, str) else nominal
