"""The command: what it cannot do it says, with exit code 2."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "loadtests", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--profile", "nonesuch", "--target", "http://127.0.0.1:1"], "no profile 'nonesuch'"),
        (["--profile", "smoke"], "--target is missing"),
        (["--profile", "smoke", "--target", "http://127.0.0.1:1", "--rate", "0"], "rate"),
    ],
)
def test_what_cannot_be_run_is_said(arguments: list[str], said: str, tmp_path: Path) -> None:
    """One line on standard error, exit code 2."""
    done = _run(*arguments, "--out", str(tmp_path))
    assert done.returncode == 2
    assert said in done.stderr


def test_a_casino_that_does_not_answer_is_unknown(tmp_path: Path) -> None:
    """Nobody could even arrive: the run ends, writes its result and passes nothing."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        target = f"http://127.0.0.1:{held.getsockname()[1]}"
        done = _run("--profile", "smoke", "--target", target, "--seconds", "1", "--out", str(tmp_path))
    document = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert (done.returncode, document["verdict"]) == (2, "UNKNOWN"), done.stderr
    assert "PASS" not in {check["verdict"] for check in document["checks"]}
    assert document["data"]["facts"]["never_arrived"] == document["data"]["profile"]["players"]
