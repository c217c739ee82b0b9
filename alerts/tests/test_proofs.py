"""An alert that nothing proves stops the build, with a message that says what to do."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from alerts import compiler, proofs
from alerts.problems import ProblemsFoundError
from alerts.proofs import PROOFS_FILE, Proofs

COMPILED = compiler.committed()
DOCUMENT = yaml.safe_load(PROOFS_FILE.read_text())

Document = dict[str, Any]


def problems(document: Document, tests: Document | None = None) -> list[str]:
    tests = COMPILED.tests if tests is None else tests
    found = proofs.problems(Proofs.model_validate(document), COMPILED.alerts, tests)
    return [str(problem) for problem in found]


def test_every_alert_is_proved() -> None:
    """A new alert needs a runbook, a unit test and a fault that makes it fire; this is where it is held to that."""
    assert problems(DOCUMENT) == []


def _without_proof(document: Document) -> None:
    del document["alerts"]["RedisDown"]


def _without_fault(document: Document) -> None:
    document["alerts"]["RedisDown"]["live"][0]["fault"] = "valkey_gone"


def _without_pair(document: Document) -> None:
    document["alerts"]["GamesAvailabilityBudgetBurn"]["live"].pop()


def _without_ratio(document: Document) -> None:
    del document["alerts"]["GamesAvailabilityBudgetBurn"]["live"][0]["error_ratio"]


def _of_nobody(document: Document) -> None:
    document["alerts"]["RedisUp"] = document["alerts"]["RedisDown"]


def _fault_of_nobody(document: Document) -> None:
    document["faults"]["moonlight"] = document["faults"]["valkey_held"]


def _experiment_of_nobody(document: Document) -> None:
    document["faults"]["moonlight"] = {"kind": "experiment", "about": "x", "outage_seconds": 1}


def _possible_nobody(document: Document) -> None:
    document["faults"]["valkey_held"]["possible"] = ["RedisUp"]


def _history(document: Document) -> Document:
    history: Document = document["alerts"]["RtpDrift"]["history"][0]
    return history


def _history_without_reason(document: Document) -> None:
    del document["alerts"]["RtpDrift"]["requires"]


def _history_in_no_file(document: Document) -> None:
    _history(document)["tests"] = "cause-roulette"


def _history_of_no_scene(document: Document) -> None:
    _history(document)["fires"] = "a game loses its mind"


def _history_of_silence(document: Document) -> None:
    _history(document)["fires"] = _history(document)["silent"]


def _history_without_silence(document: Document) -> None:
    _history(document)["silent"] = _history(document)["fires"]


def _history_of_another_pair(document: Document) -> None:
    document["alerts"]["RealtimeAvailabilityBudgetBurn"]["history"][0]["pair"] = "2h"


def _history_of_one_pair(document: Document) -> None:
    document["alerts"]["RealtimeAvailabilityBudgetBurn"]["history"].pop()


def _history_by_the_time(document: Document) -> None:
    document["alerts"]["WorkerHeartbeatMissing"] = {
        "requires": "patience",
        "history": [
            {
                "tests": "cause-processes",
                "fires": "a dead worker leaves no heartbeat at all",
                "silent": "a heartbeat just young enough stays silent, and one live worker is enough",
            }
        ],
    }


def _always(document: Document) -> None:
    document["alerts"]["RedisDown"] = {"always": True}


@pytest.mark.parametrize(
    ("plant", "expected"),
    [
        (_without_proof, "RedisDown = None: nothing shows that it fires on the real stack; give it an entry"),
        (_without_fault, "RedisDown: fault = 'valkey_gone': no such fault; use one of"),
        (
            _without_pair,
            "GamesAvailabilityBudgetBurn: pair = '6h': this pair pages and has no proof of its own",
        ),
        (_without_ratio, "write both or none"),
        (_of_nobody, "alerts = 'RedisUp': no alert has this name"),
        (_fault_of_nobody, "faults = 'moonlight': no alert is proved by it"),
        (_experiment_of_nobody, "chaos/experiments has no such file"),
        (_possible_nobody, "valkey_held: possible = 'RedisUp': no alert has this name"),
        (_history_without_reason, "RtpDrift: requires = None: a history is for what no live fault can reach"),
        (_history_in_no_file, "RtpDrift: tests = 'cause-roulette': no such file of unit tests; use one of"),
        (_history_of_no_scene, "RtpDrift: fires = 'a game loses its mind': 0 scenes of cause-games have"),
        (_history_of_silence, "no case of this scene expects the alert to fire; name another"),
        (_history_without_silence, "no case of this scene expects the alert to be silent throughout"),
        (_history_of_another_pair, "pair = '2h': no alert has this name and this long window"),
        (
            _history_of_one_pair,
            "RealtimeAvailabilityBudgetBurn: pair = '6h': this pair pages and has no proof",
        ),
        (_history_by_the_time, "the expression asks for the time, which a scene has of its own"),
        (_history_by_the_time, 'worker_heartbeat_timestamp_seconds{instance="worker"} ends in it'),
        (_always, "RedisDown: always = True: it looks at series, so it does not always fire"),
    ],
)
def test_a_gap_is_named(plant: Callable[[Document], None], expected: str) -> None:
    """Which alert, what is missing, and what to write where."""
    document = copy.deepcopy(DOCUMENT)
    plant(document)
    assert expected in "\n".join(problems(document))


def test_tickets_of_an_objective_need_no_fault() -> None:
    """Backfilled blocks prove them; if one of them paged, it would have to be proved by a fault."""
    alert = "OlapCompletenessBudgetBurn"
    assert alert not in DOCUMENT["alerts"]
    paging = copy.deepcopy(COMPILED.alerts)
    next(rule for rule in paging if rule["alert"] == alert)["labels"]["severity"] = "page"
    found = proofs.problems(Proofs.model_validate(DOCUMENT), paging, COMPILED.tests)
    assert any(f"{alert} = None: nothing shows that it fires" in str(problem) for problem in found)


def test_an_alert_without_a_unit_test_is_named() -> None:
    """An alert that no test expects to fire could be silent for ever."""
    tests = copy.deepcopy(COMPILED.tests)
    causes = tests["tests/cause-dependencies.yaml"]
    causes["tests"] = [
        test
        for test in causes["tests"]
        if all(case["alertname"] != "RedisDown" for case in test["alert_rule_test"])
    ]
    (problem,) = problems(DOCUMENT, tests)
    assert (
        "RedisDown = None: no unit test expects this alert to fire; write one in templates/tests" in problem
    )


def test_a_word_that_nobody_reads_is_refused(tmp_path: Any) -> None:
    """A misspelt field would quietly prove nothing."""
    path = tmp_path / "proofs.yaml"
    path.write_text(PROOFS_FILE.read_text().replace("false_after_seconds", "quiet_after_seconds", 1))
    with pytest.raises(ProblemsFoundError, match="quiet_after_seconds"):
        proofs.load(path)
