"""Alerts that no live fault can reach fire in a real Prometheus on written history, and the guard sees when not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from alerts import compiler, profiles, proofs
from alerts.gate.monitor import Alert
from alerts.prove import histories, stage
from alerts.prove.stage import Act
from alerts.verdict import Verdict

DEV = profiles.load("dev", environment={})
SCALED = compiler.compile_room(DEV, Fraction(1, 60))
ACTS = stage.acts(proofs.load(), SCALED, compiler.compile_room(DEV).tests)


@pytest.fixture(autouse=True)
def _short_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits for five seconds of a `for` instead of a minute, so that most alerts are found pending."""
    monkeypatch.setattr(stage, "HOLD_SECONDS_MAX", 5.0)


def acts_of(alert: str) -> tuple[Act, Act]:
    """The act in which an alert must fire, and the healthy one."""
    fires, healthy = (act for act in ACTS if act.alert == (alert, ""))
    return fires, healthy


# One of each kind: with a `for` and without, found pending, on recorded series, and a pair of an objective.
# A proof plays them all.
KINDS: set[Alert] = {
    ("ClockAdrift", ""),
    ("KafkaExporterDown", ""),
    ("InviteCode5858LowUsage", ""),
    ("RtpDrift", ""),
    ("RealtimeAvailabilityBudgetBurn", "1h"),
}


@pytest.mark.timeout(200)
def test_a_history_proves_its_alert(tmp_path: Path) -> None:
    """One of each kind: each fires in time, reaches its receiver, and is silent when all is well."""
    found = histories.prove([act for act in ACTS if act.alert in KINDS], SCALED, DEV, tmp_path)
    assert {
        alert: check.detail for alert, check in found.checks.items() if check.verdict is not Verdict.PASS
    } == {}
    assert set(found.checks) == KINDS and found.proved == {alert for alert, _ in KINDS}
    assert found.cell.verdict is Verdict.PASS
    fired = {(one.alert, one.pair) for one in found.cell.sightings if one.detected and one.notified}
    assert fired == KINDS


def _silent() -> list[Act]:
    fires, healthy = acts_of("KafkaExporterDown")
    return [replace(fires, scene=healthy.scene), healthy]


def _fires_when_healthy() -> list[Act]:
    fires, healthy = acts_of("WsDropsHigh")
    return [fires, replace(healthy, scene=fires.scene)]


def _fires_when_healthy_after_a_restart() -> list[Act]:
    fires, healthy = acts_of("InviteCode5858LowUsage")
    return [fires, replace(healthy, scene=fires.scene, moment=fires.moment)]


def _too_early() -> list[Act]:
    fires, healthy = acts_of("ClockAdrift")
    return [replace(fires, rule={**fires.rule, "for": "12s"}), healthy]


def _elsewhere() -> list[Act]:
    fires, healthy = acts_of("GameLeftClosed")
    return [replace(fires, rule={**fires.rule, "labels": {"severity": "page", "team": "games"}}), healthy]


def _other_game() -> list[Act]:
    fires, healthy = acts_of("RtpDrift")
    (labels,) = fires.expected
    return [replace(fires, expected=({**labels, "game": "crash"},)), healthy]


def _never_pending() -> list[Act]:
    fires, healthy = acts_of("InflationHigh")
    return [replace(fires, moment=fires.moment - 30), healthy]


PLANTED: dict[Alert, tuple[Callable[[], list[Act]], str]] = {
    ("KafkaExporterDown", ""): (_silent, "silent"),
    ("WsDropsHigh", ""): (_fires_when_healthy, "fires on the healthy history"),
    ("InviteCode5858LowUsage", ""): (_fires_when_healthy_after_a_restart, "fires on the healthy history"),
    ("ClockAdrift", ""): (_too_early, "predicted 12.5"),
    ("GameLeftClosed", ""): (_elsewhere, "/page/games did not hear of"),
    ("RtpDrift", ""): (_other_game, "'game': 'crash'"),
    ("InflationHigh", ""): (_never_pending, "not true for as long as its `for`"),
}


@pytest.mark.timeout(200)
def test_whatever_goes_wrong_is_a_failure(tmp_path: Path) -> None:
    """One fault planted in each history; every one is caught, by its own name."""
    acts = [act for plant, _ in PLANTED.values() for act in plant()]
    found = histories.prove(acts, SCALED, DEV, tmp_path)
    for alert, (_, expected) in PLANTED.items():
        check = found.checks[alert]
        assert check.verdict is Verdict.FAIL and expected in check.detail, check
    assert found.proved == set()


def test_what_cannot_be_played_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a Prometheus nothing is shown, neither that the alert works nor that it does not."""
    monkeypatch.setenv("PATH", str(tmp_path))
    found = histories.prove(acts_of("ClockAdrift"), SCALED, DEV, tmp_path / "run")
    (check,) = found.checks.values()
    assert check.verdict is found.cell.verdict is Verdict.UNKNOWN
    assert "is not installed" in check.detail
    assert found.proved == set()


def test_scenes_that_share_a_metric_have_a_server_each() -> None:
    """Two alerts on the same series would see each other's past."""
    groups = stage.together(ACTS)
    assert sum(map(len, groups)) == len(ACTS) > len(groups)
    for group in groups:
        metrics = [metric for act in group for metric in act.scene.metrics]
        assert len(metrics) == len(set(metrics))
        assert len({act.healthy for act in group}) == 1
