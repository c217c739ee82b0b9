"""Runs a runbook as somebody who is called would: its queries, its commands, and the mitigation of a fault."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alerts import runbooks
from alerts.prometheus import Prometheus, PrometheusError

COMMAND_SECONDS_MAX = 20.0

_COMMANDS = re.compile(r"```sh\n(.*?)```", re.DOTALL)
_MITIGATION = re.compile(r"```sh fault=(\w+)\n(.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Step:
    """One query or command of a page, and whether it gave an answer."""

    text: str
    good: bool
    answer: str


def environment(state: Mapping[str, Any], state_dir: Path) -> dict[str, str]:
    """The variables that the pages' commands use, for the casino whose state.json says `state`."""
    variables = {"STATE": str(state_dir), "CASINO": shlex.join(state["operator"])}
    variables |= {f"{_upper(name)}_URL": url for name, url in state["urls"].items()}
    for name, process in state["processes"].items():
        variables[f"LOG_OF_{_upper(name)}"] = process["log"]
        variables[f"PID_OF_{_upper(name)}"] = str(process["pid"] or "")
    return variables


def diagnose(alert: str, state: Mapping[str, Any], state_dir: Path) -> list[Step]:
    """Every query and command of the page's Diagnosis, in its order of kinds."""
    page = _page(alert)
    section = page.split("## Diagnosis", 1)[-1].split("## Mitigation", 1)[0]
    with Prometheus(state["urls"]["prometheus"]) as server:
        steps = [_query(server, query) for query in runbooks.queries_in(section)]
    variables = environment(state, state_dir)
    return [*steps, *(_command(command, variables) for command in _COMMANDS.findall(section))]


def mitigation(alert: str, fault: str) -> str | None:
    """What the page says to do against this very fault, as shell commands; None when it has no block for it."""
    found = dict(_MITIGATION.findall(_page(alert)))
    return found.get(fault)


def mitigate(commands: str, state: Mapping[str, Any], state_dir: Path) -> Step:
    """Run the page's commands."""
    return _command(commands, environment(state, state_dir))


def _upper(name: str) -> str:
    return name.upper().replace("-", "_")


def _page(alert: str) -> str:
    return (runbooks.RUNBOOK_DIRECTORY / runbooks.page_of(alert)).read_text()


def _query(server: Prometheus, query: str) -> Step:
    """A query may well find nothing under a fault; it must be understood."""
    try:
        found = server.value(query, datetime.now(UTC))
    except PrometheusError as error:
        return Step(query, False, str(error))
    return Step(query, True, "; ".join(f"{dict(one.labels)} {one.samples[0][1]:g}" for one in found[:5]))


def _command(command: str, variables: Mapping[str, str]) -> Step:
    try:
        done = subprocess.run(
            ["/bin/bash", "-c", command],
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS_MAX,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Step(command, False, f"no end after {COMMAND_SECONDS_MAX:.0f} s")
    answer = (done.stdout + done.stderr).strip()[-1000:]
    return Step(command, done.returncode == 0 or _is_the_fault(answer), answer)


def _is_the_fault(answer: str) -> bool:
    """A command that cannot reach what is down gave its answer; a command that does not work did not."""
    return "onnection refused" in answer or "Failed to connect" in answer or "Couldn't connect" in answer
