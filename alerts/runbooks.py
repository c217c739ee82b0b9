"""Every alert leads to a page that says what to do: written by hand for causes, generated for objectives."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from alerts.problems import Problem
from alerts.registry import Registry
from alerts.slo import Slo

RUNBOOK_DIRECTORY = Path(__file__).parent / "runbooks"
TEMPLATE = Path(__file__).parent / "templates" / "burn_runbook.md"
SECTIONS = ("## Meaning", "## Impact", "## Diagnosis", "## Mitigation")

_QUERY_BLOCK = re.compile(r"```promql\n(.*?)```", re.DOTALL)


def page_of(alert: str) -> str:
    """The file name of an alert's runbook."""
    return f"{alert}.md"


def url_of(alert: str, base_url: str) -> str:
    """The address of an alert's runbook."""
    return f"{base_url.rstrip('/')}/{page_of(alert)}"


def generated(slos: Iterable[Slo]) -> dict[str, str]:
    """The runbooks of the burn-rate alerts, by file name; what any bad event means is written by hand."""
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(TEMPLATE.read_text())
    burning = [slo for slo in slos if slo.no_budget is None]
    return {page_of(slo.alert_name): template.render(slo=slo).rstrip() + "\n" for slo in burning}


def problems(
    alerts: Iterable[str], pages: dict[str, str], registry: Registry, directory: Path = RUNBOOK_DIRECTORY
) -> Iterator[Problem]:
    """Alerts without a page, pages without an alert, without a section, or with a query on nothing.

    `pages` are the generated ones; the others are read from `directory`.
    """
    wanted = {page_of(alert) for alert in alerts}
    written = {path.name: path.read_text() for path in sorted(directory.glob("*.md"))}
    for missing in sorted(wanted - set(written) - set(pages)):
        remedy = f"write it with the sections {', '.join(SECTIONS)}"
        yield Problem(file=f"runbooks/{missing}", field="runbook", value=None, remedy=remedy)
    for stray in sorted(set(written) - wanted):
        remedy = "no alert has this name; rename or remove the page"
        yield Problem(file=f"runbooks/{stray}", field="runbook", value=stray, remedy=remedy)
    for name, text in sorted({**written, **pages}.items()):
        yield from _page_problems(f"runbooks/{name}", text, registry)


def _page_problems(file: str, text: str, registry: Registry) -> Iterator[Problem]:
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    if tuple(headings) != SECTIONS:
        remedy = f"a runbook has exactly the sections {', '.join(SECTIONS)}, in this order"
        yield Problem(file=file, field="sections", value=headings, remedy=remedy)
    queries = queries_in(text)
    if not queries:
        remedy = "show at least one query in a ```promql block"
        yield Problem(file=file, field="Diagnosis", value=None, remedy=remedy)
    for query in queries:
        yield from registry.problems_in(query, file=file, name="query")


def queries_in(text: str) -> list[str]:
    """The PromQL blocks of a page."""
    return [query.strip() for query in _QUERY_BLOCK.findall(text)]
