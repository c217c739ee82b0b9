"""Writes what a proof found: proof.json for machines, junit.xml for CI, index.html with the matrix for people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from alerts.proofs import AlertProofs
from alerts.prove import picture, statistics
from alerts.prove.outcome import Cell
from alerts.prove.run import Findings, Run
from alerts.prove.statistics import Delay, Share
from alerts.verdict import Check, Result, Verdict, write

PROOF_FILE = "proof.json"
PAGE_FILE = "index.html"


def checks(found: Findings) -> list[Check]:
    """The verdicts of a proof, each from its own figures."""
    alarms = [f"{name}: {alert}" for name, fired in found.false_alarms.items() for alert in fired]
    recalled = statistics.recall(found.cells)
    precise = statistics.precision(found.cells, alarms)
    made = [
        _share("recall", recalled, "an expected alert was silent"),
        _share("precision", precise, "an alert fired that nobody expected"),
        *_quiet(found),
        _watchdog(found),
        _one_page(found.cells),
        *(_cell(one) for one in found.cells),
        *(_delay(one) for one in statistics.delays(found.cells)),
    ]
    if found.mutation is not None:
        made.append(found.mutation.as_check())
    if found.blocks is not None:
        made.append(found.blocks)
    if found.histories is not None:
        made += found.histories.checks.values()
    if found.panels is not None:
        made += [replace(check, name=f"panel {check.name}") for check in found.panels.checks]
    return made


def unproved(run: Run, found: Findings) -> dict[str, str]:
    """Alerts that this run did not show to fire, and why."""
    shown = statistics.proved(found.cells)
    shown |= found.histories.proved if found.histories is not None else set()
    if found.watchdog_heard:
        shown |= {alert for alert, how in run.proofs.alerts.items() if how.always}
    return {
        alert: _reason(alert, how, run, found)
        for alert, how in run.proofs.alerts.items()
        if alert not in shown
    }


def _reason(alert: str, how: AlertProofs, run: Run, found: Findings) -> str:
    if how.always:
        return "the clean run did not hear it" if found.watchdog_heard is False else "there was no clean run"
    if how.history and found.histories is None:
        return "its history is not in this profile"
    if how.history and found.histories is not None:
        checks = [check for (name, _), check in found.histories.checks.items() if name == alert]
        return "; ".join(check.detail for check in checks if check.verdict is not Verdict.PASS)
    if not how.live:
        return f"needs {how.requires}"
    if not {proof.fault for proof in how.live} & set(run.faults()):
        return "its faults are not in this profile"
    return "it did not fire"


def document(run: Run, found: Findings) -> dict[str, Any]:
    """The figures of proof.json."""
    alarms = [alert for fired in found.false_alarms.values() for alert in fired]
    written = [cell for cell in [_written(found)] if cell is not None]
    delays = statistics.delays([*found.cells, *written])
    recalled, precise = statistics.recall(found.cells), statistics.precision(found.cells, alarms)
    return {
        "recall": recalled.value,
        "recall_interval": recalled.interval,
        "precision": precise.value,
        "precision_interval": precise.interval,
        "mutation_score": found.mutation.score if found.mutation else None,
        "survivors": [mutant.name for mutant in found.mutation.survivors] if found.mutation else [],
        "unproved": unproved(run, found),
        "detection_seconds": {
            f"{one.name} | {one.fault}": {"predicted": one.predicted, "measured": one.mean} for one in delays
        },
        "reset_seconds": {
            f"{one.name} | {one.fault}": {
                "predicted": one.reset_predicted,
                "measured": sum(one.reset) / len(one.reset),
            }
            for one in delays
            if one.reset
        },
        "notification_seconds": {
            f"{one.name} | {one.fault}": {
                "predicted": one.notified_predicted,
                "measured": sum(one.notified) / len(one.notified),
            }
            for one in delays
            if one.notified
        },
        "false_alarms": found.false_alarms,
        "cells": [_kept(one) for one in found.cells],
        "histories": [_kept(one) for one in written],
        "traffic": found.traffic,
        "rules": run.rules,
    }


def _kept(cell: Cell) -> dict[str, Any]:
    return {**asdict(cell), "verdict": str(cell.verdict), "detail": cell.detail}


def write_report(
    run: Run, found: Findings, *, started_at: datetime, seconds: float, reproduce: str
) -> Result:
    """Write the three files into the run's folder; returns the result."""
    figures = document(run, found)
    result = Result(
        room="prove",
        started_at=started_at,
        seconds=seconds,
        reproduce=reproduce,
        checks=tuple(checks(found)),
        data={key: figures[key] for key in ("recall", "precision", "mutation_score", "unproved", "rules")},
    )
    write(result, run.out)
    (run.out / PROOF_FILE).write_text(json.dumps(figures, indent=1) + "\n")
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    page = environment.get_template("report.html.j2").render(
        result=result,
        figures=figures,
        cells=found.cells,
        delays=statistics.delays(found.cells),
        matrix=picture.matrix(found.cells, sorted(run.proofs.alerts), written=_written(found)),
        histories=found.histories.checks if found.histories is not None else {},
        requires={alert: how.requires for alert, how in run.proofs.alerts.items()},
        boards=sorted(path.name for path in (run.out / "dashboards").glob("*.png")),
        timing=picture.delays(statistics.delays(found.cells)),
    )
    (run.out / PAGE_FILE).write_text(page)
    return result


def _written(found: Findings) -> Cell | None:
    return found.histories.cell if found.histories is not None else None


def _share(name: str, share: Share, otherwise: str) -> Check:
    if share.value is None or share.interval is None:
        return Check(name=name, verdict=Verdict.UNKNOWN, detail="nothing was tried")
    low, high = share.interval
    detail = f"{share.hits} of {share.tries}, 95 % within {low:.1%} to {high:.1%}"
    verdict = Verdict.PASS if share.hits == share.tries else Verdict.FAIL
    return Check(
        name=name, verdict=verdict, detail=detail if verdict is Verdict.PASS else f"{otherwise}: {detail}"
    )


def _quiet(found: Findings) -> list[Check]:
    made = []
    for name in ("clean", "spike"):
        fired = found.false_alarms.get(name)
        verdict = Verdict.UNKNOWN if fired is None else Verdict.FAIL if fired else Verdict.PASS
        detail = "never run" if fired is None else ", ".join(fired) or "nothing fired"
        made.append(Check(name=f"{name} run", verdict=verdict, detail=detail))
    return made


def _watchdog(found: Findings) -> Check:
    """The one alert that must fire without any fault, all the way to its receiver."""
    if found.watchdog_heard is None:
        return Check(name="Watchdog", verdict=Verdict.UNKNOWN, detail="there was no clean run")
    verdict = Verdict.PASS if found.watchdog_heard else Verdict.FAIL
    return Check(name="Watchdog", verdict=verdict, detail="heard" if found.watchdog_heard else "not heard")


def _cell(cell: Cell) -> Check:
    return Check(
        name=f"{cell.fault} {cell.repeat}", verdict=cell.verdict, detail=cell.detail, seconds=cell.seconds
    )


def _delay(delay: Delay) -> Check:
    detail = (
        f"measured {', '.join(f'{one:.1f}' for one in delay.measured)} s, "
        f"predicted {delay.predicted:.1f} ± {delay.tolerance:.1f} s"
    )
    if delay.notified:
        heard = ", ".join(f"{one:.1f}" for one in delay.notified)
        detail += f"; at the receiver after {heard} s, predicted {delay.notified_predicted:.1f} s"
        if delay.notified_later:
            detail += f", or {delay.notified_later:.0f} s later in a group just told of another"
    in_time = delay.in_time and delay.notified_in_time is not False
    verdict = Verdict.PASS if in_time else Verdict.FAIL
    return Check(name=f"delay of {delay.name} under {delay.fault}", verdict=verdict, detail=detail)


def _one_page(cells: Sequence[Cell]) -> Check:
    """One outage wakes somebody once, whatever else it brings about."""
    tried = [cell for cell in cells if cell.verified]
    more = [f"{cell.fault} {cell.repeat}: {cell.pages} pages" for cell in tried if cell.pages > 1]
    if not tried:
        return Check(name="one outage, one page", verdict=Verdict.UNKNOWN, detail="no fault was verified")
    verdict = Verdict.FAIL if more else Verdict.PASS
    detail = "; ".join(more) or f"{sum(cell.pages for cell in tried)} pages for {len(tried)} faults"
    return Check(name="one outage, one page", verdict=verdict, detail=detail)
