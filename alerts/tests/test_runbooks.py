"""Every alert has a page, every page an alert, and every query on it names metrics that exist."""

from pathlib import Path

import pytest

from alerts import compiler, runbooks, slo
from alerts.problems import Problem

REGISTRY = compiler.registry_of(slo.load())
PAGE = """# Trial

## Meaning

m

## Impact

i

## Diagnosis

```promql
up == 0
```

## Mitigation

1. x
"""


def problems(directory: Path, alerts: set[str], pages: dict[str, str] | None = None) -> list[Problem]:
    return list(runbooks.problems(alerts, pages or {}, REGISTRY, directory))


def test_a_sound_page_is_accepted(tmp_path: Path) -> None:
    """The faults below are faults of the change."""
    (tmp_path / "Trial.md").write_text(PAGE)
    assert problems(tmp_path, {"Trial"}) == []
    (tmp_path / "Trial.md").unlink()
    assert problems(tmp_path, {"Trial"}, {"Trial.md": PAGE}) == []


def test_an_alert_without_a_page_is_refused(tmp_path: Path) -> None:
    """The message names the page to write and its sections."""
    (problem,) = problems(tmp_path, {"Trial"})
    assert "runbooks/Trial.md" in str(problem) and "## Mitigation" in str(problem)


def test_a_page_without_an_alert_is_refused(tmp_path: Path) -> None:
    """A page nobody is led to grows wrong unseen."""
    (tmp_path / "Trial.md").write_text(PAGE)
    (problem,) = problems(tmp_path, set())
    assert "no alert has this name" in str(problem)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("## Impact", "## Consequences", "exactly the sections"),
        ("up == 0", "upp == 0", "did you mean up?"),
        ("```promql", "```", "at least one query"),
    ],
)
def test_a_faulty_page_is_refused(tmp_path: Path, old: str, new: str, expected: str) -> None:
    """A missing section, a query on nothing, no query at all."""
    (tmp_path / "Trial.md").write_text(PAGE.replace(old, new, 1))
    assert expected in "\n".join(str(problem) for problem in problems(tmp_path, {"Trial"}))
