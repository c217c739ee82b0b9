"""A unit test's series are the same on every clock, whatever reads them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from alerts import compiler, profiles, scenes
from alerts.clock import Clock
from alerts.duration import Duration
from alerts.problems import ProblemsFoundError
from alerts.scenes import Stretch

SECOND = Duration(1000)
FAST = Clock.running(Fraction(1, 60), scrape=SECOND, evaluation=SECOND)
TESTS = compiler.compile_room(profiles.load("dev", environment={})).tests


def scene(values: str, expression: str = "max(gold_circulation)") -> scenes.Scene:
    series = [{"series": 'gold_circulation{instance="worker"}', "values": values}]
    return scenes.stage({"name": "x", "interval": "1m", "input_series": series}, expression, FAST)


def values(found: scenes.Scene, *seconds: float) -> list[float | None]:
    return [next((value for _, value in found.at(moment)), None) for moment in seconds]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("5", [Stretch(0, 5.0)]),
        ("0x30 1", [Stretch(0, 0.0), Stretch(31, 1.0)]),
        ("0+5x9 9-1.5x2", [Stretch(0, 0.0, 5.0), Stretch(10, 9.0, -1.5)]),
        ("-3x1 +2", [Stretch(0, -3.0), Stretch(2, 2.0)]),
        (
            "_x3 1e3 _ 2 stale",
            [Stretch(0, None), Stretch(3, 1000.0), Stretch(4, None), Stretch(5, 2.0), Stretch(6, None)],
        ),
    ],
)
def test_promtools_notation_is_read(written: str, read: list[Stretch]) -> None:
    """`x9` is nine more of a value, and nine of a gap."""
    assert list(scenes.stretches(written)) == read


@pytest.mark.parametrize("wrong", ["5x", "5*3", "x9", "1+x2", "lots"])
def test_what_is_not_promtools_notation_is_refused(wrong: str) -> None:
    """The word is named, and what could stand there."""
    with pytest.raises(ProblemsFoundError, match="write 1, 1x9"):
        scenes.stretches(f"0 {wrong}")


def test_every_scene_of_the_room_is_read() -> None:
    """What promtool plays every day holds no word that this reader does not know."""
    given = [
        series for file in TESTS.values() for test in file["tests"] for series in test.get("input_series", [])
    ]
    assert len(given) > 100
    assert all(scenes.stretches(series["values"]) for series in given)


def test_a_scene_is_scraped_every_second() -> None:
    """A minute of production is a second here; between two values lies what lies between them."""
    found = scene("_ 0+60x2 7x9")
    assert values(found, -1, 0.5, 1, 1.5, 3, 4, 4.5, 1000) == [None, None, 0, 30, 120, 7, 7, 7]
    (series,) = found.series
    assert series == 'gold_circulation{instance="worker",job="scene"}'


def test_a_rate_is_a_number_a_second_on_every_clock() -> None:
    """What is counted in a window is not: the window is shorter, and holds the same."""
    (plain, rated) = (
        scene("0+60x9", f"{function}(gold_circulation[5m])") for function in ("increase", "rate")
    )
    assert values(plain, 3) == [180]
    assert values(rated, 3) == [pytest.approx(3)]


def test_a_series_that_ends_is_named() -> None:
    """No block can hold the moment at which a series went stale."""
    series = [{"series": "up", "values": "_x3 1x9"}, {"series": "down", "values": "1x9 stale"}]
    assert scenes.ends({"input_series": series}) == ["down"]


def test_a_case_is_found_by_what_it_expects() -> None:
    """A scene in which the alert fires at any time is none of its silence."""
    (lasting,) = [
        test
        for test in TESTS["tests/cause-games.yaml"]["tests"]
        if test["name"] == "a game closed for an hour everywhere is a ticket that names it"
    ]
    told = scenes.told(lasting, "GameLeftClosed")
    assert told is not None and scenes.moment(told, FAST) == float(Decimal(70))
    assert [labels["game"] for labels in scenes.expected(told)] == ["slot"]
    assert scenes.untold(lasting, "GameLeftClosed") is None
    assert scenes.told(lasting, "RtpDrift") is scenes.untold(lasting, "RtpDrift") is None
