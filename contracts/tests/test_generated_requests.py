"""Generated requests: silent about a service that keeps its word, and loud about each way to break it."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from contracts.document import Document
from contracts.examination import _judged
from contracts.fuzz.identities import Identities
from contracts.fuzz.run import Outcome, run
from contracts.tally import Tally
from contracts.target import Player, Target
from contracts.tests.small_api import TOKEN, SmallApi, document, serving


def outcome_of(fault: str, role: str = "user") -> tuple[Outcome, Document, Tally]:
    """What a run as a user, or as nobody, finds in the small service with this fault."""
    described = Document(document())
    tally = Tally(described)
    player = Player("one", "secret", 1, TOKEN, "")
    identities = Identities("user", Mock(spec=Target), [player], player)
    with serving(SmallApi(fault)) as url:
        outcome = run(
            described,
            url,
            tally,
            role=role,
            identities=identities if role == "user" else None,
            wanted={operation.id for operation in described.operations},
            spared=frozenset(),
            cases=5,
            seed=1,
            progress=lambda _: None,
        )
    return outcome, described, tally


def test_a_service_that_keeps_its_word_passes() -> None:
    """No false alarm: hundreds of requests, every operation, and not one failure."""
    outcome, described, tally = outcome_of("")
    assert not outcome.failures
    assert not outcome.errors
    assert not tally.faults
    assert outcome.operations == {"thing_get", "thing_make"}
    assert sum(outcome.cases.values()) > 40
    assert {200, 201, 401, 415, 422} <= set(outcome.statuses)
    assert _judged("generated", outcome, described).verdict == "PASS"


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ("crash", "not_a_server_error"),
        ("undocumented status", "status_code_conformance"),
        ("wrong schema", "response_schema_conformance"),
        ("open door", "ignored_auth"),
        ("accepts anything", "negative_data_rejection"),
        ("refuses everything", "positive_data_acceptance"),
        ("errors of another shape", "content_type_conformance"),
        ("errors of another shape", "answer_conventions"),
        ("no trace", "answer_conventions"),
    ],
)
def test_each_planted_fault_is_caught(fault: str, check: str) -> None:
    """The check made for it fails, and the room with it."""
    outcome, described, _ = outcome_of(fault)
    assert check in {name for name, _, _ in outcome.failures}
    assert _judged("generated", outcome, described).verdict == "FAIL"


def test_wrong_methods_are_asked_for_as_nobody() -> None:
    """A 405 without Allow is found by the run without a token, which asks for every wrong method."""
    assert not outcome_of("", role="anonymous")[0].failures
    outcome, _, _ = outcome_of("no Allow", role="anonymous")
    assert "unsupported_method" in {name for name, _, _ in outcome.failures}


def test_a_run_that_asked_nothing_is_unknown() -> None:
    """An operation that no request reached leaves the verdict open."""
    described = Document(document())
    unasked = Outcome("user", frozenset({"thing_get"}))
    assert _judged("generated", unasked, described).verdict == "UNKNOWN"
    assert "was not asked" in _judged("generated", unasked, described).detail


def test_dead_tokens_are_replaced() -> None:
    """A token that the casino calls revoked is not sent again, and ending a session ends only the spare one."""
    player, spare = Player("one", "secret", 1, "old", ""), Player("spare", "secret", 2, "spare-1", "")
    target = Mock(spec=Target)
    target.log_in.side_effect = [
        Player("one", "secret", 1, "new", ""),
        Player("spare", "secret", 2, "spare-2", ""),
    ]
    identities = Identities("user", target, [player], spare)
    identities.note("old", "auth_me_v1", 401, "invalid_token")
    assert identities.token("auth_me_v1") == "old"
    identities.note("old", "auth_me_v1", 401, "token_revoked")
    assert identities.token("auth_me_v1") == "new"
    assert identities.token("auth_logout_v1") == "spare-1"
    identities.note("spare-1", "auth_logout_v1", 204, None)
    assert identities.token("auth_logout_v1") == "spare-2"


def test_what_cannot_be_taken_back_is_asked_by_somebody_else() -> None:
    """Erasing an account, or closing play to it, leaves the players of the run as they are."""
    player, spare = Player("one", "secret", 1, "mine", ""), Player("spare", "secret", 2, "spare", "")
    target = Mock(spec=Target)
    target.sign_up.side_effect = [Player(f"new-{n}", "secret", n, f"new-{n}", "") for n in (3, 4)]
    identities = Identities("admin", target, [player], spare)
    assert [identities.token("users_erase_v1"), identities.token("users_change_limits_v1")] == [
        "new-3",
        "new-4",
    ]
    assert identities.token("auth_me_v1") == "mine"
