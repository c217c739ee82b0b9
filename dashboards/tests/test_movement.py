"""A panel is alive when it shows data and moves under its fault; a flat or empty one is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from alerts.verdict import Verdict
from dashboards import boards, movement, sources
from dashboards.movement import BoardProofs, Trial
from dashboards.results import Curve, Mark, Results

NAN = float("nan")
START = datetime(2025, 3, 1, tzinfo=UTC)
BEGAN = START.timestamp() + 4
DOCUMENTS: dict[str, Any] = {"trial": {"panels": [{"id": 1, "title": "Rounds"}]}}


def trial(*values: float, fault: str = "olap_held") -> Trial:
    curves = (Curve("rounds", values),) if values else ()
    end = START + timedelta(seconds=max(1, len(values) - 1))
    marks = (Mark(fault, BEGAN, BEGAN + 2),)
    return Trial(fault, BEGAN, Results(START, end, 1.0, {"trial": {1: curves}}, (), marks))


def verdict(found: Trial | None, **proofs: Any) -> Verdict:
    mapped = {"trial": BoardProofs(every="olap_held", **proofs)}
    (check,) = movement.checks(mapped, DOCUMENTS, [found] if found else [])
    return check.verdict


def test_a_panel_that_leaves_its_range_moves() -> None:
    """Up, down, gone, or there at last."""
    assert verdict(trial(5, 5, 6, 5, 5, 9, 5, 5)) is Verdict.PASS
    assert verdict(trial(5, 5, 6, 5, 5, 2, 5, 5)) is Verdict.PASS
    assert verdict(trial(5, 5, 6, 5, 5, NAN, 5, 5)) is Verdict.PASS
    assert verdict(trial(NAN, NAN, NAN, NAN, NAN, 1, 1, 1)) is Verdict.PASS


def test_what_was_before_a_gap_is_not_held_against_the_fault() -> None:
    """History that was written beforehand neither hides a movement nor is one when it ends."""
    assert verdict(trial(9, NAN, 5, 5, 5, 9, 5, 5)) is Verdict.PASS
    assert verdict(trial(9, 9, NAN, NAN, NAN, NAN, NAN)) is Verdict.FAIL


def test_a_flat_panel_fails() -> None:
    """Data that say nothing about the fault are a picture, not a sign."""
    assert verdict(trial(5, 5, 6, 5, 5, 6, 5, 5)) is Verdict.FAIL


def test_a_panel_without_data_fails_and_an_untried_one_is_unknown() -> None:
    """No data is never a pass."""
    assert verdict(trial()) is Verdict.FAIL
    assert verdict(None) is Verdict.UNKNOWN
    assert verdict(trial(1, 1, 1, 1, 1, 9, 9, fault="valkey_held")) is Verdict.UNKNOWN


def test_a_panel_that_nothing_moves_needs_data_all_the_same() -> None:
    """`still` excuses from movement alone."""
    still = {"Rounds": "they never change"}
    assert verdict(trial(5, 5, 5, 5, 5, 5, 5), still=still) is Verdict.PASS
    assert verdict(trial(), still=still) is Verdict.FAIL


def test_what_was_not_tried_or_cannot_be_is_left_out() -> None:
    """A proof of a few faults judges their panels alone, and no proof judges what it has no data for."""
    mapped = {"trial": BoardProofs(every="olap_held")}
    other = trial(1, 1, 1, 1, 1, 9, 9, fault="valkey_held")
    assert movement.checks(mapped, DOCUMENTS, [other], tried_only=True) == []
    assert len(movement.checks(mapped, DOCUMENTS, [trial(1, 1)], tried_only=True)) == 1
    excused = {"trial": BoardProofs(every="olap_held", requires={"Rounds": "players"})}
    assert movement.checks(excused, DOCUMENTS, [trial()]) == []


def test_every_board_is_mapped() -> None:
    """A new board says which fault moves it; a panel that was renamed is missed."""
    documents = boards.documents(sources.load())
    assert list(movement.problems(movement.load(), documents)) == []
    (problem,) = movement.problems({}, {"trial": {"panels": []}})
    assert "nothing shows that its panels are alive; name the fault that moves them" in str(problem)
    renamed = {"trial": BoardProofs(every="olap_held", panels={"Spins": "olap_held"})}
    (problem,) = movement.problems(renamed, DOCUMENTS)
    assert "no panel of this board has this title" in str(problem)
