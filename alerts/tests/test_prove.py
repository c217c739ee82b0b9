"""A proof's figures come from its cells, and no cell that saw nothing counts for anything."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from alerts import compiler, profiles, proofs, verdict
from alerts.prove import outcome, plan, report, statistics, steps
from alerts.prove.expectation import expectations
from alerts.prove.histories import HISTORY, Histories
from alerts.prove.outcome import Cell, Sighting
from alerts.prove.run import Findings, Run
from alerts.verdict import Check, Verdict

DEV = profiles.load("dev", environment={})
SCALED = compiler.compile_room(DEV, Fraction(1, 60))
PROOFS = proofs.load()


def sighting(
    alert: str, *, expected: bool = True, possible: bool = False, detected: float | None = 4.0
) -> Sighting:
    return Sighting(
        alert=alert,
        pair="",
        expected=expected,
        possible=possible,
        detected=detected,
        predicted=4.0 if expected else None,
        tolerance=4.0 if expected else None,
        reset=1.0 if detected else None,
        reset_predicted=2.0 if expected else None,
    )


def cell(*sightings: Sighting, **changes: object) -> Cell:
    made = Cell(fault="valkey_held", repeat=1, verified=True, sightings=sightings, rules="r", pages=1)
    return replace(made, **changes)  # type: ignore[arg-type]


SOUND = cell(sighting("RedisDown"))


def test_an_expected_alert_that_fires_is_a_pass() -> None:
    """The faults below are faults of the change."""
    assert SOUND.verdict is Verdict.PASS
    assert statistics.recall([SOUND]).value == statistics.precision([SOUND], []).value == 1.0


def test_a_silent_alert_costs_recall_and_a_strange_one_precision() -> None:
    """The two kinds of wrong are told apart."""
    silent = cell(sighting("RedisDown", detected=None))
    strange = cell(sighting("RedisDown"), sighting("WsDropsHigh", expected=False))
    assert (silent.verdict, strange.verdict) == (Verdict.FAIL, Verdict.FAIL)
    assert (silent.missing, strange.unexpected) == (["RedisDown"], ["WsDropsHigh"])
    assert statistics.recall([SOUND, silent]).value == 0.5
    assert statistics.precision([SOUND, strange], []).value == pytest.approx(2 / 3)
    assert statistics.precision([SOUND], ["Http5xxRateHigh"]).value == 0.5


def test_a_possible_alert_counts_neither_way() -> None:
    """What depends on the moment proves nothing."""
    with_possible = cell(sighting("RedisDown"), sighting("WsFanoutLagHigh", expected=False, possible=True))
    assert with_possible.verdict is Verdict.PASS
    assert statistics.precision([with_possible], []).tries == 1


def test_a_fault_that_nobody_saw_is_unknown() -> None:
    """A fault that was not there cannot show that an alert is silent, nor that one is right."""
    unseen = cell(sighting("RedisDown"), verified=False)
    assert unseen.verdict is Verdict.UNKNOWN
    assert statistics.recall([unseen]).value is None
    assert statistics.proved([unseen]) == set()


def test_a_runbook_that_does_not_work_fails_the_fault() -> None:
    """So does an alert that goes on after the end of its fault."""
    broken = {"text": "psql --nonsense", "good": False, "answer": "unrecognized option"}
    assert cell(sighting("RedisDown"), diagnosis=(broken,)).verdict is Verdict.FAIL
    assert "runbook step failed: 'psql --nonsense'" in cell(sighting("RedisDown"), diagnosis=(broken,)).detail
    assert cell(sighting("RedisDown"), reset=False).verdict is Verdict.FAIL


def test_shares_say_how_far_they_can_be_trusted() -> None:
    """Ten of ten is no certainty: Wilson's interval of it begins at 72 %."""
    low, high = statistics.Share(10, 10).interval or (0, 0)
    assert (low, high) == pytest.approx((0.7225, 1.0), abs=1e-3)
    assert statistics.Share(0, 0).interval is None


def test_a_late_alert_fails_its_delay() -> None:
    """Prediction and measurement are held against each other."""
    late = cell(replace(sighting("RedisDown"), detected=9.0))
    (delay,) = statistics.delays([late, late])
    assert (delay.mean, delay.in_time) == (9.0, False)
    assert [delay.in_time for delay in statistics.delays([SOUND])] == [True]


def test_a_page_may_wait_for_its_group() -> None:
    """One group is not told twice within its interval; a page that comes alone has no such excuse."""
    alone = replace(sighting("NegativeBalance"), notified=10.0, notified_predicted=4.2)
    behind = replace(alone, notified_later=5.0)
    verdicts = [statistics.delays([cell(one)])[0].notified_in_time for one in (alone, behind)]
    assert verdicts == [False, True]
    much_later = replace(behind, notified=14.0)
    assert statistics.delays([cell(much_later)])[0].notified_in_time is False


def test_a_cell_is_kept_only_for_the_rules_it_was_made_with(tmp_path: Path) -> None:
    """A proof goes stale with its rules; a file that broke off is no cell."""
    path = tmp_path / "cells" / "valkey_held-1.json"
    outcome.write(SOUND, path)
    assert outcome.read(path, "r") == SOUND
    assert outcome.read(path, "other rules") is None
    path.write_text(path.read_text()[:100])
    assert outcome.read(path, "r") is None


def a_run(tmp_path: Path) -> Run:
    return Run(tmp_path, plan.load("smoke"), SCALED, DEV, PROOFS, "r", lambda _: None)


def test_the_report_holds_the_figures_and_the_picture(tmp_path: Path) -> None:
    """proof.json for machines, the matrix for people, and nothing passes that was not tried."""
    found = Findings(
        cells=[SOUND], false_alarms={"clean": [], "spike": ["Http5xxRateHigh"]}, watchdog_heard=True
    )
    result = report.write_report(
        a_run(tmp_path), found, started_at=datetime.now(UTC), seconds=1.0, reproduce="python -m alerts prove"
    )
    figures = json.loads((tmp_path / "proof.json").read_text())
    assert (figures["recall"], figures["precision"], figures["mutation_score"]) == (1.0, 0.5, None)
    assert figures["detection_seconds"] == {"RedisDown | valkey_held": {"predicted": 4.0, "measured": 4.0}}
    assert figures["unproved"]["PostgresDown"] == "it did not fire"
    assert figures["unproved"]["WsDropsHigh"] == "its history is not in this profile"
    assert "Watchdog" not in figures["unproved"]
    verdicts = {check.name: check.verdict for check in verdict.read(tmp_path).checks}
    assert (verdicts["clean run"], verdicts["spike run"]) == (Verdict.PASS, Verdict.FAIL)
    assert result.verdict is Verdict.FAIL
    page = (tmp_path / "index.html").read_text()
    assert "<svg" in page and "valkey_held" in page


def played(verdict_: Verdict, detail: str = "heard") -> Histories:
    shown = replace(sighting("WsDropsHigh", detected=6.0), notified=6.5, notified_predicted=7.0)
    made = Cell(fault=HISTORY, repeat=1, verified=True, sightings=(shown,))
    return Histories(made, {("WsDropsHigh", ""): Check(name="x", verdict=verdict_, detail=detail)})


def figures_of(tmp_path: Path, found: Findings) -> dict[str, Any]:
    report.write_report(a_run(tmp_path), found, started_at=datetime.now(UTC), seconds=1.0, reproduce="again")
    figures: dict[str, Any] = json.loads((tmp_path / "proof.json").read_text())
    return figures


def test_written_history_proves_and_is_no_fault(tmp_path: Path) -> None:
    """The alert is shown and its delay told, under a name and in a place of its own; recall leaves it out."""
    figures = figures_of(tmp_path, Findings(cells=[SOUND], histories=played(Verdict.PASS)))
    assert "WsDropsHigh" not in figures["unproved"]
    assert figures["detection_seconds"]["WsDropsHigh | history"] == {"predicted": 4.0, "measured": 6.0}
    assert statistics.recall([SOUND]).tries == 1 and figures["recall"] == 1.0
    assert [one["fault"] for one in figures["cells"]] == ["valkey_held"]
    page = (tmp_path / "index.html").read_text()
    assert "On written history" in page and "No live fault can bring these within a proof" in page


@pytest.mark.parametrize("outcome_", [Verdict.FAIL, Verdict.UNKNOWN])
def test_a_history_that_did_not_pass_proves_nothing(tmp_path: Path, outcome_: Verdict) -> None:
    """Neither does one that could not be played; the reason stands where others look for it."""
    figures = figures_of(tmp_path, Findings(cells=[SOUND], histories=played(outcome_, "silent")))
    assert figures["unproved"]["WsDropsHigh"] == "silent"
    assert outcome_ in {check.verdict for check in verdict.read(tmp_path).checks if check.name == "x"}


@pytest.mark.parametrize(
    ("heard", "reason"),
    [(True, None), (False, "the clean run did not hear it"), (None, "there was no clean run")],
)
def test_the_watchdog_is_proved_when_it_is_heard(
    tmp_path: Path, heard: bool | None, reason: str | None
) -> None:
    """It has no fault; without a clean run nobody listened."""
    figures = figures_of(tmp_path, Findings(cells=[SOUND], watchdog_heard=heard))
    assert figures["unproved"].get("Watchdog") == reason


def test_a_proof_of_nothing_is_unknown(tmp_path: Path) -> None:
    """No fault, no clean run: nothing was shown."""
    checks = report.checks(Findings())
    assert {check.verdict for check in checks} == {Verdict.UNKNOWN}


def test_predictions_follow_the_rules(tmp_path: Path) -> None:
    """A total outage at 99.9 % pages after 2.9 s and two intervals of a second on this clock."""
    expected = expectations(PROOFS, "postgres_held", SCALED, DEV)
    fast = expected["GamesAvailabilityBudgetBurn", "1h"]
    assert fast.fires == pytest.approx(0.864 + 2 + 2, abs=0.01)
    assert fast.resets == pytest.approx(5 * (1 - 0.0144) + 2, abs=0.01)
    cause = expected["PostgresDown", ""]
    assert [cause.fires, cause.tolerance] == pytest.approx([2.0, 2.0])


@pytest.mark.parametrize("fault", sorted(PROOFS.faults))
def test_every_expectation_can_be_met(fault: str) -> None:
    """An error ratio under a pair's threshold would expect what can never fire."""
    expected = expectations(PROOFS, fault, SCALED, DEV)
    assert expected and all(one.fires > 0 and one.tolerance >= 2 for one in expected.values())


def test_every_fault_of_a_profile_exists() -> None:
    """A profile that names nobody's fault would prove less than it says."""
    for name in ("smoke", "full"):
        assert set(plan.load(name).faults) <= set(PROOFS.faults)


def test_a_mitigation_is_found_by_its_fault() -> None:
    """The page of PostgresDown knows what to do against a hold, and nothing against a flood."""
    assert steps.mitigation("PostgresDown", "postgres_held") == 'rm "$STATE/hold/postgres"\n'
    assert steps.mitigation("PostgresDown", "flood") is None
