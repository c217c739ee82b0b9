"""Refusals of requests that fit their schema: rules that no schema can say, each with its reason."""

from __future__ import annotations

from contracts.answers import read_problem

_CURSORS = "a cursor is opaque: which texts are one is not for a schema to tell"

# operation id → code of the refusal → why a request that fits the schema may meet it.
REFUSALS: dict[str, dict[str, str]] = {
    "auth_signup_v1": {
        "invite_code_refused": "whether a code exists is known to the database alone",
        "weak_password": "strength depends on the name and on lists of common words",
    },
    "auth_sessions_v1": {"invalid_cursor": _CURSORS},
    "games_history_v1": {"invalid_cursor": _CURSORS},
    "home_actions_recent_v1": {"invalid_cursor": _CURSORS},
    "games_slot_spin_v1": {
        "insufficient_gold": "gold runs out",
        "idempotency_key_reused": "generated keys repeat",
    },
}


def is_expected(operation_id: str, body: bytes) -> bool:
    """Whether this operation may answer so to a request that fits its schema."""
    problem = read_problem(body)
    return problem is not None and problem.get("error") in REFUSALS.get(operation_id, {})
