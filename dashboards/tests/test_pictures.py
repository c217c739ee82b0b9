"""A picture shows what Prometheus holds, and says so where it holds nothing."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from matplotlib.image import imread
from typer.testing import CliRunner

from alerts.history import Sample
from alerts.problems import ProblemsFoundError
from alerts.prometheus import Prometheus, Window
from alerts.prove import servers
from dashboards import boards, cli, drawing, results, sources
from dashboards.results import Results

DOCUMENTS = boards.documents(sources.load())
END = float(int(time.time()) - 30)
WINDOW = Window(datetime.fromtimestamp(END - 300, UTC), datetime.fromtimestamp(END, UTC))
STEP = 5
ANSWERED = 'http_requests_total{surface="%s",route="%s",status="200",method="GET"}'
RUNNER = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"})


def history() -> Iterator[Sample]:
    """Five minutes of two surfaces, an objective, and a page that fires for the last minute."""
    for number, moment in enumerate(range(int(END) - 600, int(END) + 1, STEP)):
        yield ANSWERED % ("games", "/api/games/"), 50 * number, moment
        yield ANSWERED % ("auth", "/api/auth/me"), 10 * number, moment
        yield 'slo:sli_error:ratio_rate28d{sloth_id="casino-club-games-availability"}', 0.0004, moment
        yield 'slo:period_error_budget_remaining:ratio{sloth_slo="games-availability"}', 0.6, moment
        # Not measured at first: what is missing must stay missing.
        if moment > END - 120:
            yield 'slo:current_burn_rate:ratio{sloth_slo="games-availability"}', 0.4, moment
        if moment > END - 60:
            yield 'ALERTS{alertname="RedisDown",alertstate="firing",severity="page"}', 1, moment


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Prometheus that holds `history` and nothing else."""
    with servers.prometheus(tmp_path_factory.mktemp("prometheus"), history=history()) as url:
        yield url


@pytest.fixture(scope="module")
def found(server: str) -> Results:
    with Prometheus(server) as prometheus:
        return results.collect(DOCUMENTS, prometheus, WINDOW, scrape_seconds=STEP)


def curves(found: Results, board: str, title: str) -> dict[str, results.Curve]:
    (number,) = (panel["id"] for panel in DOCUMENTS[board]["panels"] if panel["title"] == title)
    return {curve.name: curve for curve in found.panels[board][number]}


def test_queries_are_answered(found: Results) -> None:
    """Grafana's window is filled in, legends too, and the figures are those of the history."""
    rates = curves(found, "api", "Requests by surface")
    assert {name: round(curve.last or 0, 3) for name, curve in rates.items()} == {"games": 10, "auth": 2}
    kept = curves(found, "overview", "Games availability")
    assert [curve.last for curve in kept.values()] == [pytest.approx(0.9996)]
    assert len(found.pages) == 1 and END - 60 < found.pages[0] <= END - 50


def test_a_gap_stays_a_gap(found: Results) -> None:
    """Where nothing was measured there is no value, and no line is drawn."""
    (burn,) = curves(found, "overview", "Burn rate").values()
    assert len(burn.values) == len(found.times)
    assert [math.isnan(value) for value in burn.values] == [moment <= END - 120 for moment in found.times]


def test_empty_panels_are_named(found: Results) -> None:
    """A reader must know which panels showed nothing."""
    empty = found.empty_panels(DOCUMENTS)
    assert "realtime: Open sockets" in empty
    assert "overview: Realtime availability" in empty
    assert "api: Requests by surface" not in empty


def test_results_survive_their_file(found: Results, tmp_path: Path) -> None:
    """What was asked once can be drawn later, gaps included."""
    results.write(found, tmp_path / "results.json")
    read = results.read(tmp_path / "results.json")
    assert repr(read) == repr(found)


def test_broken_results_are_refused(tmp_path: Path) -> None:
    """Half a file must not become a picture of nothing."""
    (tmp_path / "results.json").write_text('{"start": "2025-01-01T00:00:00+00:00"}')
    with pytest.raises(ProblemsFoundError, match=r"results\.json"):
        results.read(tmp_path / "results.json")


@pytest.mark.parametrize("name", boards.names())
def test_every_board_can_be_drawn(found: Results, name: str) -> None:
    """Each panel's title is on the picture; each empty one says that it has no data."""
    figure = drawing.draw(DOCUMENTS[name], name, found)
    texts = [text.get_text() for text in figure.texts]
    titles = [panel["title"] for panel in DOCUMENTS[name]["panels"]]
    assert set(titles) <= set(texts)
    empty = [title for title in found.empty_panels(DOCUMENTS) if title.startswith(f"{name}: ")]
    assert texts.count("no data") == len(empty)


def test_figures_are_on_the_picture(found: Results) -> None:
    """The tile of an objective shows its share of good events in the colour of its verdict."""
    figure = drawing.draw(DOCUMENTS["overview"], "overview", found)
    (tile,) = (text for text in figure.texts if text.get_text() == "99.960 %")
    assert tile.get_color() == "#3ddc97"


def test_render_writes_pictures_from_prometheus_and_from_its_own_results(server: str, tmp_path: Path) -> None:
    """The second run needs no Prometheus and draws the same pictures."""
    first, second = tmp_path / "first", tmp_path / "second"
    window = ["--start", str(END - 300), "--end", str(END), "--scrape-seconds", str(STEP)]
    outcome = RUNNER.invoke(cli.app, ["render", "--prometheus", server, *window, "--out", str(first)])
    assert outcome.exit_code == 0, outcome.output
    assert "panels without data: " in outcome.output
    kept = ["--results", str(first / "results.json")]
    outcome = RUNNER.invoke(cli.app, ["render", *kept, "--out", str(second)])
    assert outcome.exit_code == 0, outcome.output
    for name in boards.names():
        picture = imread(first / f"{name}.png")
        assert picture.shape[1] == 1728
        assert (first / f"{name}.png").read_bytes() == (second / f"{name}.png").read_bytes()


def test_render_without_prometheus_is_unknown(tmp_path: Path) -> None:
    """An address where nobody listens: exit code 2 and the address."""
    url = f"http://127.0.0.1:{servers.free_port()}"
    outcome = RUNNER.invoke(cli.app, ["render", "--prometheus", url, "--out", str(tmp_path)])
    assert outcome.exit_code == 2
    assert f"{url} does not answer" in outcome.output


def test_render_needs_one_source(tmp_path: Path) -> None:
    """Neither or both is a mistake of the caller."""
    assert RUNNER.invoke(cli.app, ["render", "--out", str(tmp_path)]).exit_code == 2


def test_check_passes_and_lists_unused_metrics() -> None:
    """What CI runs."""
    outcome = RUNNER.invoke(cli.app, ["check"])
    assert outcome.exit_code == 0, outcome.output
    assert "metrics that neither a board nor a rule reads: " in outcome.output


def test_check_fails_on_stale_boards(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It shows the difference and the way out."""
    monkeypatch.setattr("dashboards.cli.GENERATED_DIRECTORY", tmp_path)
    outcome = RUNNER.invoke(cli.app, ["check"])
    assert outcome.exit_code == 1
    assert "run `python -m dashboards build` and commit" in outcome.output
