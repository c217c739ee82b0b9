"""Which operations a plain player may not ask at all: found with one request each, and then left to the admin."""

from __future__ import annotations

import re

from contracts.answers import read_problem
from contracts.document import Document
from contracts.fuzz.identities import ENDS_SESSIONS, FOR_GOOD
from contracts.target import Target

_PARAMETER = re.compile(r"\{[^}]+\}")


def shut(document: Document, target: Target) -> set[str]:
    """The ids of the operations that answer a new player 403 ``role_too_low`` before they look at the request.

    Only those that document a 403 are asked, and none that would end the player's session or account.
    """
    player = target.sign_up()
    found = set()
    for operation in document.operations:
        if 403 not in operation.statuses or not operation.secured or operation.id in ENDS_SESSIONS | FOR_GOOD:
            continue
        path = _PARAMETER.sub("1", operation.path)
        answer = target.http.request(operation.method, path, headers=player.bearer)
        problem = read_problem(answer.content) or {}
        if answer.status_code == 403 and problem.get("error") == "role_too_low":
            found.add(operation.id)
    return found
