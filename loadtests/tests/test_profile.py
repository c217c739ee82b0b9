"""Profiles: each that ships can be run, and none that makes no sense is accepted."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from random import Random

import pytest
import yaml

from alerts import slo
from loadtests import profile as profiles
from loadtests.journeys import steps_of
from loadtests.profile import ProfileError, Stage
from loadtests.steps import CATALOGUE, RECONNECT


@pytest.mark.parametrize("name", profiles.names())
def test_each_profile_can_be_run(name: str) -> None:
    """Its steps and its objectives exist."""
    profile = profiles.load(name)
    assert profile.steps <= CATALOGUE.keys() | {RECONNECT}
    assert set(profile.objectives) <= {objective.name for objective in slo.load()}


def test_smoke_makes_every_step_but_the_sign_up_that_each_player_makes_anyway() -> None:
    """A step that no profile of every day makes is still made by the smoke."""
    assert profiles.load("smoke").steps == CATALOGUE.keys() - {"sign_up"} | {RECONNECT}


def test_an_override_replaces_only_what_is_given() -> None:
    """None leaves the profile's own figure."""
    plain, faster = profiles.load("day"), profiles.load("day", rate=7.0, seconds=None)
    assert (faster.rate, faster.seconds) == (7.0, plain.seconds)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"rate": 0}, "rate"),
        ({"stages": [{"name": "half", "share": 0.5}]}, "add up to 0.5"),
        ({"stages": [{"name": "all", "share": 1, "judged": False}]}, "no stage is judged"),
        ({"bets": [0]}, "positive"),
        ({"colour": "red"}, "colour"),
        ({"journeys": [{"name": "j", "steps": [{"step": "spin", "times": [3, 2]}]}]}, "rising"),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused(
    wrong: dict[str, object], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refusal says what was wrong."""
    source = (profiles.PROFILES / "smoke.yaml").read_text(encoding="utf-8")
    document = {**yaml.safe_load(source), **wrong}
    (tmp_path / "odd.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    monkeypatch.setattr(profiles, "PROFILES", tmp_path)
    with pytest.raises(ProfileError, match=said):
        profiles.load("odd")


def test_a_missing_profile_is_named_with_those_there_are() -> None:
    """The message lists what could have been meant."""
    with pytest.raises(ProfileError, match=r"no profile 'dya'; there are .*day"):
        profiles.load("dya")


def test_the_judged_span_leaves_out_what_comes_before_and_after() -> None:
    """A warm-up and a cool-down are played and not judged."""
    stages = [("warm", 0.25, False), ("high", 0.25, True), ("low", 0.25, True), ("cool", 0.25, False)]
    shaped = profiles.load("day", seconds=100.0).model_copy(
        update={"stages": tuple(Stage(name=n, share=s, judged=j) for n, s, j in stages)}
    )
    assert shaped.judged_span() == (25.0, 75.0)


def test_journeys_follow_their_weights() -> None:
    """Steps come in the order of their journey, and the seed decides which journey comes."""
    profile = profiles.load("smoke")
    steps = list(islice(steps_of(profile, Random(5)), 200))
    assert steps == list(islice(steps_of(profile, Random(5)), 200))
    assert steps[:4] == ["log_in", "me", "balance", "games"]
