"""Backfilled history is clean, reaches as far back as any alert looks, and is there before the first scrape."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from alerts import compiler, history, profiles
from alerts.compiler import RULES_FILE
from alerts.prometheus import Prometheus, Series
from alerts.prove import servers

COMPILED = compiler.compile_room(profiles.load("dev", environment={}), Fraction(1, 60))


def test_history_reaches_the_longest_window() -> None:
    """Three days of production are 72 minutes of this clock."""
    assert history.length(COMPILED.slos, COMPILED.clock).seconds == pytest.approx(72 * 60 * 1.1)
    now = time.time()
    moments = [at for _, _, at in history.clean(COMPILED.slos, COMPILED.clock, now)]
    assert [max(moments), min(moments)] == pytest.approx([now - 1, now - 4752], abs=10)


def test_a_prometheus_with_history_knows_its_past_at_once(tmp_path: Path) -> None:
    """Every budget has a six-hour error ratio at the first evaluation, and it is zero."""
    wanted = {slo.name for slo in COMPILED.slos if slo.policies}
    (tmp_path / RULES_FILE).write_text(compiler.dump(COMPILED.rules))
    samples = history.clean(COMPILED.slos, COMPILED.clock, time.time())
    with (
        servers.prometheus(tmp_path, history=samples, rules=tmp_path / RULES_FILE) as url,
        Prometheus(url) as server,
    ):
        deadline = time.monotonic() + 15
        found: list[Series] = []
        while len(found) < len(wanted) and time.monotonic() < deadline:
            found = server.value("slo:sli_error:ratio_rate6h", datetime.now(UTC))
            time.sleep(0.2)
    assert {one.labels["sloth_slo"] for one in found} == wanted
    assert {one.samples[0][1] for one in found} == {0.0}


def test_a_bad_share_is_seen_as_such() -> None:
    """The same writer makes a slow burn, by which tickets are proved."""
    (slo,) = [one for one in COMPILED.slos if one.name == "auth-availability"]
    last = {
        series: value
        for series, value, _ in history.samples(
            [slo], until=1000.0, seconds=100, rates={slo.name: 10.0}, bad_share=lambda _: 0.25
        )
    }
    good, bad = sorted(last.values(), reverse=True)
    assert bad / (good + bad) == pytest.approx(0.25)


def test_samples_that_promtool_cannot_take_are_an_error(tmp_path: Path) -> None:
    """A Prometheus without its history would be judged as if it had one."""
    with pytest.raises(history.BackfillError):
        history.backfill(tmp_path / "data", [("not a series", 1.0, 1.0)])
