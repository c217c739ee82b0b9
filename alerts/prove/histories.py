"""Proves, in a real Prometheus and Alertmanager, the alerts that no live fault can reach: on written history."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from alerts import alertmanager_config, compiler
from alerts.clock import Clock
from alerts.compiler import ALERTMANAGER_FILE, RULES_FILE, Compiled
from alerts.gate import monitor
from alerts.gate.monitor import Alert, Firing, MonitorError
from alerts.gate.target import Target
from alerts.history import BackfillError
from alerts.profiles import Profile
from alerts.prometheus import Prometheus, PrometheusError, Window
from alerts.prove import statistics
from alerts.prove.outcome import Cell, Sighting
from alerts.prove.servers import ServerError, alertmanager, prometheus
from alerts.prove.stage import LEAD_SECONDS, Act, Stage, exporter, together
from alerts.rule_checks import ToolMissingError
from alerts.verdict import Check, Verdict
from alerts.webhook_sink import Sink, serving, webhook_sink

# The name under which these stand where others name a fault.
HISTORY = "history"

LOOK_SECONDS = 1.0

# Of a long past, the expression is asked at about so many moments.
LOOKS_BACK = 100


@dataclass(frozen=True)
class Seen:
    """What came of one act: `wrong` says everything that did not go as it had to."""

    act: Act
    sighting: Sighting | None
    wrong: tuple[str, ...]


@dataclass(frozen=True)
class _House:
    """Where a stage is played: its Prometheus, since when that is up, and what Alertmanager's webhook heard."""

    stage: Stage
    url: str
    up: float
    sink: Sink
    clock: Clock
    group_wait: float


@dataclass(frozen=True)
class Histories:
    """What came of all of them: `cell` has their delays, though no fault, and `checks` a verdict an alert and pair."""

    cell: Cell
    checks: Mapping[Alert, Check]

    @property
    def proved(self) -> set[str]:
        """The alerts whose every history passed."""
        failed = {alert for (alert, _), check in self.checks.items() if check.verdict is not Verdict.PASS}
        return {alert for alert, _ in self.checks} - failed


def prove(acts: Sequence[Act], compiled: Compiled, profile: Profile, directory: Path) -> Histories:
    """Play every act, those that can be together on one server, all servers at once; under a minute and a half.

    Each alert must fire as soon as its `for` says, reach its receiver, and stay silent on its healthy scene. What
    could not be played is UNKNOWN.
    """
    begun, groups = time.monotonic(), together(acts)
    with ThreadPoolExecutor(max(1, len(groups))) as pool:
        played = list(
            pool.map(lambda one: _try(one[1], compiled, profile, directory / str(one[0])), enumerate(groups))
        )
    seen = [one for outcome in played if not isinstance(outcome, str) for one in outcome]
    trouble = "; ".join(outcome for outcome in played if isinstance(outcome, str))
    cell = Cell(
        fault=HISTORY,
        repeat=1,
        verified=bool(seen),
        trouble=trouble,
        sightings=tuple(one.sighting for one in seen if one.sighting is not None),
        seconds=time.monotonic() - begun,
    )
    alerts = list(dict.fromkeys(act.alert for act in acts))
    return Histories(cell, {alert: _check(alert, seen, trouble) for alert in alerts})


def _try(acts: Sequence[Act], compiled: Compiled, profile: Profile, directory: Path) -> list[Seen] | str:
    try:
        return _play(acts, compiled, profile, directory)
    except (ServerError, BackfillError, MonitorError, PrometheusError, ToolMissingError, OSError) as error:
        return repr(error)[:500]


def _play(acts: Sequence[Act], compiled: Compiled, profile: Profile, directory: Path) -> list[Seen]:
    (directory / "notifier").mkdir(parents=True, exist_ok=True)
    with webhook_sink() as sink:
        notifying = replace(profile, environment={**profile.environment, **sink.settings})
        configuration = alertmanager_config.render(notifying, compiled.clock, compiled.alerts)
        files = {RULES_FILE: _rules(acts, compiled), ALERTMANAGER_FILE: configuration}
        compiler.write(files, directory)
        stage = Stage(tuple(acts), int(time.time()))
        with (
            serving(exporter(stage)) as address,
            alertmanager(directory / "notifier", directory / ALERTMANAGER_FILE) as notifier,
            prometheus(
                directory,
                history=stage.past(),
                rules=directory / RULES_FILE,
                scrapes={HISTORY: {"scenes": address.removeprefix("http://")}},
                alertmanager=notifier.removeprefix("http://"),
                resend_delay="1s",
                grace_period="0s",
            ) as url,
        ):
            wait = alertmanager_config.group_wait(profile, compiled.clock).seconds
            house = _House(stage, url, time.time(), sink, compiled.clock, wait)
            fired = _watch(house)
            return [
                _healthy(house, act, fired.get(act.alert))
                if act.healthy
                else _firing(house, act, fired.get(act.alert))
                for act in acts
            ]


def _rules(acts: Iterable[Act], compiled: Compiled) -> str:
    """The compiled groups of these alerts: what other alerts look at has no past here."""
    wanted = {act.alert[0] for act in acts}
    groups = [
        group
        for group in compiled.rules["groups"]
        if wanted & {rule["alert"] for rule in group["rules"] if "alert" in rule}
    ]
    return compiler.dump({"groups": groups})


def _watch(house: _House) -> dict[Alert, Firing]:
    """Until the webhook has heard of every alert, or it is too late for any; a healthy stage is watched as long."""
    acts, opens = house.stage.acts, house.stage.opens
    latest = max(act.predicted(house.clock) + act.tolerance(house.clock) for act in acts) + LEAD_SECONDS
    monitor.wait(
        lambda: all(not act.healthy and house.sink.first(act.alert, opens) for act in acts),
        latest,
        every=LOOK_SECONDS,
    )
    return monitor.fired(Target(house.url, None, {"prometheus": house.url}), opens, time.time())


def _healthy(house: _House, act: Act, firing: Firing | None) -> Seen:
    if firing is None:
        return Seen(act, None, ())
    after = firing.first - house.up
    sighting = Sighting(alert=act.alert[0], pair=act.alert[1], expected=False, possible=False, detected=after)
    return Seen(act, sighting, (f"fires on the healthy history after {after:.1f} s",))


def _firing(house: _House, act: Act, firing: Firing | None) -> Seen:
    clock = house.clock
    silent = Sighting(
        alert=act.alert[0],
        pair=act.alert[1],
        expected=True,
        possible=False,
        predicted=act.predicted(clock),
        tolerance=act.tolerance(clock),
        notified_predicted=act.predicted(clock) + house.group_wait,
    )
    if firing is None:
        return Seen(act, silent, ("silent",))
    pending = house.stage.pending_since(act)
    since = _true_since(house.url, act, pending or min(house.up, firing.first) - LOOK_SECONDS, firing.first)
    if since is None or (pending is not None and since > pending + LOOK_SECONDS):
        return Seen(act, silent, ("its expression was not true for as long as its `for`",))
    began = max(since, house.up)
    told = house.sink.first(act.alert, house.stage.opens)
    later = alertmanager_config.group_interval(clock).seconds
    sighting = replace(
        silent,
        detected=firing.first - began,
        notified=told.at - began if told else None,
        notified_later=later if told and house.sink.told_before(told) else 0.0,
    )
    return Seen(act, sighting, (*_late(sighting), *_unheard(house.sink, act)))


def _true_since(url: str, act: Act, start: float, end: float) -> float | None:
    """Since when the expression was true without a break until `end`, looking back to `start`; None if it was not."""
    step = max(1.0, (end - start) // LOOKS_BACK)
    window = Window(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))
    with Prometheus(url) as server:
        found = server.curve(f"count({act.rule['expr']})", window, step)
    since = None
    for moment, _ in reversed(found[0].samples if found else ()):
        if (since or end) - moment > 1.5 * step:
            break
        since = moment
    return since


def _late(sighting: Sighting) -> list[str]:
    cell = Cell(fault=HISTORY, repeat=1, verified=True, sightings=(sighting,))
    (delay,) = statistics.delays([cell])
    wrong = []
    if not delay.in_time:
        wrong.append(
            f"fired after {delay.mean:.1f} s, predicted {delay.predicted:.1f} ± {delay.tolerance:.1f} s"
        )
    if delay.notified_in_time is False:
        wrong.append(f"its receiver heard after {delay.notified[0]:.1f} s, too far off the prediction")
    return wrong


def _unheard(sink: Sink, act: Act) -> list[str]:
    """Alerts of an act that the receiver of their severity and team did not hear of, with all their labels."""
    path = f"/{act.rule['labels']['severity']}/{act.rule['labels']['team']}"
    heard = [
        labels
        for one in list(sink.notifications)
        if one.path == path
        for labels in one.firing
        if labels["alertname"] == act.alert[0]
    ]
    return [
        f"{path} did not hear of {dict(expected)}"
        for expected in act.expected
        if not any(expected.items() <= labels.items() for labels in heard)
    ]


def _check(alert: Alert, seen: Iterable[Seen], trouble: str) -> Check:
    name = f"{' '.join(alert).strip()} on written history"
    mine = [one for one in seen if one.act.alert == alert]
    wrong = [text for one in mine for text in one.wrong]
    if wrong:
        return Check(name=name, verdict=Verdict.FAIL, detail="; ".join(wrong))
    told = next((one.sighting for one in mine if not one.act.healthy), None)
    if len(mine) < 2 or told is None or told.detected is None or told.predicted is None:
        return Check(name=name, verdict=Verdict.UNKNOWN, detail=trouble or "it was not played to the end")
    detail = (
        f"fired after {told.detected:.1f} s, predicted {told.predicted:.1f} ± {told.tolerance or 0:.1f} s; "
        f"its receiver heard; silent on the healthy one"
    )
    return Check(name=name, verdict=Verdict.PASS, detail=detail)
