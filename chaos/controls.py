"""Negative controls: builds with a planted bug, each of which the harness must catch, or it guards nothing.

A bug is a patch, applied to a copy of the source tree and never to the tree itself. The copy runs as any casino
does, a fault is injected, and the checks that the control names must fail.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from alerts.verdict import Check, Verdict, worst
from chaos import experiment, fault, running
from chaos.running import NotRunningError, Running

ROOT = Path(__file__).parents[1]
PLANTED = Path(__file__).parent / "planted"
# What the copy needs to run: the system, and the alerts that its rules are compiled from.
COPIED = ("system/casino", "system/migrations", "alerts")
TIME_SCALE = "1/60"
START_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 30.0
# One machine plays everybody, from an address of each player's own.
SETTINGS = {"RATE_LIMIT_CREDENTIALS_PER_MINUTE": "100000", "TRUSTED_PROXIES": "127.0.0.1"}


class ControlError(Exception):
    """A control is malformed, its patch no longer fits, or its build does not start."""


class Planted(BaseModel):
    """One file of `planted/`: the bug, the fault to inject into its build, and the checks that must fail.

    One file plants nothing: no check may fail there.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    description: str
    experiment: str
    caught_by: tuple[str, ...]
    patch: str

    @model_validator(mode="after")
    def _a_bug_is_caught(self) -> Planted:
        if bool(self.patch) != bool(self.caught_by):
            raise ValueError("a patch must be caught by some check, and nothing can be where there is none")
        return self


@dataclass(frozen=True, slots=True)
class Control:
    """A planted bug, by the name of its file."""

    name: str
    planted: Planted


def names() -> list[str]:
    """The controls that exist."""
    return sorted(path.stem for path in PLANTED.glob("*.yaml"))


def load(name: str) -> Control:
    """Read `planted/<name>.yaml`; raises ControlError."""
    try:
        document = yaml.safe_load((PLANTED / f"{name}.yaml").read_text(encoding="utf-8"))
        return Control(name, Planted.model_validate(document))
    except (OSError, ValidationError) as error:
        raise ControlError(f"{name}: {error}") from error


def run(control: Control, *, out: Path, seconds: float, outage_seconds: float, seed: int) -> Check:
    """Build, break and judge it: PASS when every check that the control names failed.

    Raises ControlError, and what `fault.run` raises, when it could not be tried.
    """
    began = time.monotonic()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="casino-control-") as folder:
        tree = Path(folder) / "tree"
        copy(tree)
        plant(tree, control)
        with _running(tree, Path(folder) / "state", out) as system:
            report = fault.run(
                experiment.load(control.planted.experiment),
                state=system.directory,
                out=out / "trial",
                seconds=seconds,
                outage_seconds=outage_seconds,
                seed=seed,
            )
    return judge(control, report.checks, seconds=time.monotonic() - began)


def copy(tree: Path) -> None:
    """Copy what runs of the source tree to `tree`."""
    unwanted = shutil.ignore_patterns("__pycache__", "tests", "*.pyc")
    for part in COPIED:
        shutil.copytree(ROOT / part, tree / part, ignore=unwanted)


def plant(tree: Path, control: Control) -> None:
    """Apply the bug, if there is one, to a copy; raises ControlError when its patch no longer fits."""
    if not control.planted.patch:
        return
    done = subprocess.run(
        ["git", "apply", "-"],  # noqa: S607 - found on PATH, as the whole project needs it
        cwd=tree,
        # The copy may lie inside some other repository, whose files are not meant.
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(tree.parent)},
        input=control.planted.patch,
        text=True,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise ControlError(
            f"{control.name}: renew its patch, it does not fit any more: {done.stderr.strip()}"
        )


def judge(control: Control, checks: Sequence[Check], *, seconds: float = 0.0) -> Check:
    """PASS: caught by every check named. FAIL: one of them was satisfied. UNKNOWN: one of them was not made.

    Where nothing was planted: the worst of all checks.
    """
    verdicts = {check.name.partition(": ")[2]: check.verdict for check in checks}
    failed = sorted(name for name, verdict in verdicts.items() if verdict is Verdict.FAIL)
    found = {name: verdicts.get(name, Verdict.UNKNOWN) for name in control.planted.caught_by}
    if not found:
        verdict, promise = worst(verdicts.values()), "not accused"
    elif set(found.values()) == {Verdict.FAIL}:
        verdict, promise = Verdict.PASS, "caught"
    else:
        verdict = Verdict.FAIL if Verdict.PASS in found.values() else Verdict.UNKNOWN
        promise = "caught"
    detail = f"{control.planted.title}: {len(failed)} checks failed: {', '.join(failed) or 'none'}"
    data = {"caught_by": {name: str(each) for name, each in found.items()}}
    return Check(
        name=f"{control.name}: {promise}", verdict=verdict, detail=detail, seconds=seconds, data=data
    )


@contextmanager
def _running(tree: Path, state: Path, out: Path) -> Iterator[Running]:
    """The copy's own casino, with rules compiled from its own alerts, gone at the end."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tree / "system"), str(tree)])}
    rules = out / "rules"
    compiled = [
        sys.executable,
        "-m",
        "alerts",
        "compile",
        "--time-scale",
        TIME_SCALE,
        "--out",
        str(rules.resolve()),
    ]
    up = [sys.executable, "-m", "casino.cli", "up", "--ephemeral", "--port", "0", "--state-dir", str(state)]
    up += ["--links", "--rules", str(rules.resolve() / "rules.yaml")]
    for name, value in SETTINGS.items():
        up += ["--env", f"{name}={value}"]
    with (out / "system.log").open("wb") as log:
        if subprocess.run(
            compiled, cwd=tree, env=environment, stdout=log, stderr=log, check=False
        ).returncode:
            raise ControlError(f"its alerts do not compile: see {out / 'system.log'}")
        process = subprocess.Popen(
            up, cwd=tree, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield _ready(state, process, out / "system.log")
    finally:
        if (state / "logs").is_dir():
            shutil.copytree(state / "logs", out / "logs", dirs_exist_ok=True)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()


def _ready(state: Path, process: subprocess.Popen[bytes], log: Path) -> Running:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        try:
            system = running.read(state)
        except NotRunningError:
            time.sleep(0.1)
            continue
        if system.ready:
            return system
        time.sleep(0.1)
    tail = log.read_text(encoding="utf-8", errors="replace")[-2_000:]
    raise ControlError(f"the build with the planted bug does not start:\n{tail}")
