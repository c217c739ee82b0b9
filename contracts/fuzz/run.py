"""Runs Schemathesis over a document as one role, and tells what was asked and what was wrong."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Set
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema
from schemathesis.engine.recorder import CheckNode, ScenarioRecorder
from schemathesis.openapi.checks import RejectedPositiveData

from contracts.answers import faults
from contracts.document import Document
from contracts.fuzz.identities import Identities, operation_id, provider
from contracts.fuzz.refusals import is_expected
from contracts.patience import pause_seconds
from contracts.tally import Tally

REQUEST_SECONDS_MAX = 30
STEPS_MAX = 6
MESSAGE_CHARACTERS_MAX = 600
# Left to probes: answers that do not end by themselves, and what would change the casino for everybody else.
ENDLESS = frozenset({"home_metrics_stream_v1"})
FOR_EVERYBODY = frozenset(
    {"admin_games_configure_v1", "admin_notifications_broadcast_v1", "admin_notifications_schedule_v1"}
)


@dataclass(frozen=True)
class Failure:
    """A request whose answer broke the contract. `curl` repeats it, tokens and passwords left out."""

    check: str
    operation: str
    message: str
    curl: str

    def as_data(self) -> dict[str, str]:
        """For the result file."""
        return asdict(self)


@dataclass
class Outcome:
    """What one role's run came to. `wanted` are the operations it had to ask, `operations` those it did.

    `errors` are failures of the run itself, not of the casino.
    """

    role: str
    wanted: Set[str] = frozenset()
    cases: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    checked: Counter[str] = field(default_factory=Counter)
    operations: set[str] = field(default_factory=set)
    failures: dict[tuple[str, str, str], Failure] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0


@schemathesis.check
def answer_conventions(_: schemathesis.CheckContext, response: schemathesis.Response, __: Any) -> None:
    """Every answer has our headers, and every error our shape."""
    headers = {name.lower(): values[0] for name, values in response.headers.items()}
    method = str(response.request.method)
    found = faults(method, response.status_code, headers, response.content)
    assert not found, "; ".join(found)


def run(
    document: Document,
    url: str,
    tally: Tally,
    *,
    role: str,
    identities: Identities | None,
    wanted: Set[str],
    spared: Set[str],
    cases: int,
    seed: int,
    progress: Callable[[str], None],
) -> Outcome:
    """Examples, boundary values, generated data and, as a user, declared links; without `identities` as nobody.

    `wanted` are the ids of the operations to ask, the endless ones left out; `cases` are generated requests an
    operation, besides examples and boundary values. Nothing logs in as one of the `spared` accounts: answers are
    reused as data, and a few made-up passwords would lock them.
    """
    begun = time.monotonic()
    outcome = Outcome(role, wanted - ENDLESS - FOR_EVERYBODY)
    schema = _schema(document, url, role=role, cases=cases, seed=seed).include(
        operation_id=sorted(outcome.wanted)
    )
    if identities is not None:
        schema.auth.auth(refresh_interval=None)(provider(identities))
    schema.hook("after_call")(_listener(role, tally, identities))
    schema.hook("filter_failure")(_is_failure)
    schema.hook("filter_body")(_locks_nobody_out(spared))
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            _take(outcome, event.phase.value, event.recorder)
            progress(f"{role}: {event.recorder.label}")
        elif isinstance(event, events.NonFatalError):
            outcome.errors.append(f"{event.label}: {event.value}"[:MESSAGE_CHARACTERS_MAX])
        elif isinstance(event, events.FatalError):
            outcome.errors.append(repr(event.exception)[:MESSAGE_CHARACTERS_MAX])
    outcome.seconds = time.monotonic() - begun
    return outcome


def _schema(document: Document, url: str, *, role: str, cases: int, seed: int) -> Any:
    settings: dict[str, Any] = {
        "seed": seed,
        "workers": 1,
        "continue-on-failure": True,
        "request-timeout": REQUEST_SECONDS_MAX,
        "warnings": False,
        "generation": {"max-examples": cases, "no-shrink": True, "unique-inputs": True, "database": "none"},
        "phases": {
            # Only declared links are followed: guessed ones blame the API for what it never promised.
            "stateful": {"enabled": role == "user", "max-steps": STEPS_MAX, "inference": {"algorithms": []}},
            # A wrong method is refused before anybody is asked who they are: nobody asks, and a probe asks them all.
            "coverage": {} if role == "anonymous" else {"unexpected-methods": []},
        },
    }
    schema = schemathesis.openapi.from_dict(document.raw, config=SchemathesisConfig.from_dict(settings))
    schema.config.base_url = url
    return schema


def _listener(role: str, tally: Tally, identities: Identities | None) -> Callable[..., None]:
    def after_call(_: Any, case: schemathesis.Case[Any], response: schemathesis.Response) -> None:
        request = response.request
        path = urlsplit(str(request.url)).path
        headers = {name.lower(): values[0] for name, values in response.headers.items()}
        tally.take(role, str(request.method), path, response.status_code, headers, response.content)
        time.sleep(pause_seconds(response.status_code, headers, response.content))
        if identities is not None:
            token = str(request.headers.get("Authorization", "")).removeprefix("Bearer ")
            error = response.json().get("error") if response.status_code == 401 else None
            identities.note(token, operation_id(case.operation), response.status_code, error)

    return after_call


def _locks_nobody_out(spared: Set[str]) -> Callable[[Any, Any], bool]:
    def filter_body(_: Any, body: Any) -> bool:
        name = body.get("siteId") if isinstance(body, dict) else None
        return not (isinstance(name, str) and name in spared)

    return filter_body


def _is_failure(_: Any, failure: Any, case: schemathesis.Case[Any], response: schemathesis.Response) -> bool:
    if not isinstance(failure, RejectedPositiveData):
        return True
    return not is_expected(operation_id(case.operation), response.content)


def _take(outcome: Outcome, phase: str, recorder: ScenarioRecorder) -> None:
    for case_id, interaction in recorder.interactions.items():
        answer = interaction.response
        outcome.cases[phase] += 1
        if answer is None:
            outcome.errors.append(f"{recorder.label}: no answer to {interaction.request.method}")
            continue
        outcome.statuses[answer.status_code] += 1
        outcome.operations.add(operation_id(recorder.cases[case_id].value.operation))
    for case_id, checks in recorder.checks.items():
        label = recorder.cases[case_id].value.operation.label
        for check in checks:
            outcome.checked[check.name] += 1
            _keep_failure(outcome, label, check)


def _keep_failure(outcome: Outcome, label: str, check: CheckNode) -> None:
    """One example of each kind of failure of an operation is enough."""
    info = check.failure_info
    if check.status is not Status.FAILURE or info is None:
        return
    message = f"{info.failure.title}: {info.failure.message}"[:MESSAGE_CHARACTERS_MAX]
    key = (check.name, label, info.failure.title)
    outcome.failures.setdefault(key, Failure(check.name, label, message, info.code_sample))
