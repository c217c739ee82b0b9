"""Negative controls: each patch still fits the tree, and only a bug that was caught passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerts.verdict import Check, Verdict
from chaos import checker, controls, experiment
from chaos.controls import Control, ControlError, Planted

JUDGED_BESIDES = {"alerts"}


BUGS = [name for name in controls.names() if controls.load(name).planted.patch]


@pytest.mark.parametrize("name", BUGS)
def test_it_fits_the_tree_and_changes_it(name: str, tmp_path: Path) -> None:
    """A patch that went stale is renewed with the code it spoils; the tree itself stays as it is."""
    control = controls.load(name)
    assert {*control.planted.caught_by} <= {each.name for each in checker.INVARIANTS} | JUDGED_BESIDES
    spoilt = next(line[6:] for line in control.planted.patch.splitlines() if line.startswith("+++ b/"))
    controls.copy(tmp_path / "tree")
    controls.plant(tmp_path / "tree", control)
    assert (tmp_path / "tree" / spoilt).read_text() != (controls.ROOT / spoilt).read_text()


@pytest.mark.parametrize("name", controls.names())
def test_its_fault_can_be_injected_here(name: str) -> None:
    """Builds with a planted bug run embedded."""
    assert controls.load(name).planted.experiment in experiment.names("embedded")


def test_one_control_plants_nothing() -> None:
    """A harness that accused everybody would catch every bug."""
    assert len(controls.names()) - len(BUGS) == 1


def test_where_nothing_is_planted_nothing_may_fail() -> None:
    """And nothing may be left out."""
    honest = controls.load("unspoilt")
    for verdict in Verdict:
        checks = [
            Check(name="valkey_down: alerts", verdict=verdict),
            Check(name="x: y", verdict=Verdict.PASS),
        ]
        assert controls.judge(honest, checks).verdict is verdict
    assert controls.judge(honest, []).verdict is Verdict.UNKNOWN


def test_a_patch_that_does_not_fit_is_said(tmp_path: Path) -> None:
    """With its name, and what to do."""
    patch = "--- a/alerts/README.md\n+++ b/alerts/README.md\n@@ -1,1 +1,1 @@\n-never written\n+something\n"
    stale = Control(
        "stale", Planted(title="", description="", experiment="api_down", caught_by=("x",), patch=patch)
    )
    controls.copy(tmp_path / "tree")
    with pytest.raises(ControlError, match="stale: renew its patch"):
        controls.plant(tmp_path / "tree", stale)


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (
            {"events arrive once, in order": Verdict.FAIL, "every round has its fact": Verdict.FAIL},
            Verdict.PASS,
        ),
        (
            {"events arrive once, in order": Verdict.FAIL, "every round has its fact": Verdict.PASS},
            Verdict.FAIL,
        ),
        ({"events arrive once, in order": Verdict.FAIL}, Verdict.UNKNOWN),
        ({}, Verdict.UNKNOWN),
    ],
)
def test_only_what_every_named_check_found_was_caught(found: dict[str, Verdict], verdict: Verdict) -> None:
    """A check that was satisfied missed the bug; one that was not made says nothing."""
    checks = [Check(name=f"worker_down: {name}", verdict=each) for name, each in found.items()]
    assert controls.judge(controls.load("lost_event"), checks).verdict is verdict
