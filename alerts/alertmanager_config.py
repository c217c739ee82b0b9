"""Alertmanager's configuration, with a route for every team that any alert names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from alerts.causes import render_text
from alerts.clock import Clock
from alerts.duration import Duration
from alerts.profiles import Profile

GROUP_INTERVAL = Duration.parse("5m")
TEMPLATE = Path(__file__).parent / "alertmanager" / "alertmanager.tmpl.yml"


def group_wait(profile: Profile, clock: Clock) -> Duration:
    """How long Alertmanager waits before the first notification of a group."""
    return clock.hold(Duration.of_seconds(float(profile.number("ALERTMANAGER_GROUP_WAIT_SECONDS"))))


def group_interval(clock: Clock) -> Duration:
    """How long a group that was notified of waits before it tells of another alert."""
    return clock.hold(GROUP_INTERVAL)


def render(profile: Profile, clock: Clock, alerts: Iterable[Mapping[str, Any]]) -> str:
    """The configuration file for an environment, on a clock, for these compiled alerts."""
    teams = sorted({alert["labels"]["team"] for alert in alerts if alert["labels"]["severity"] != "none"})
    waits = {"group_wait": group_wait(profile, clock), "group_interval": group_interval(clock)}
    return render_text(TEMPLATE, profile, clock, teams=teams, **waits)
