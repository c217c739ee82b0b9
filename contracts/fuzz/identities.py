"""Whose token a generated request carries, so that one that ends a session ends nobody else's."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import schemathesis

from contracts.target import Player, Target

# Limits count by user: several take turns, so that the requests of one role do not limit one another.
PLAYERS = 4
# Operations that end the session, or all sessions, they are called with.
ENDS_SESSIONS = frozenset({"auth_logout_v1", "auth_logout_all_v1", "auth_end_session_v1"})
# What these change cannot be taken back: each is asked by somebody who does nothing else.
FOR_GOOD = frozenset({"users_erase_v1", "users_change_limits_v1"})
_DEAD_TOKENS = ("token_revoked", "token_expired")


class Identities:
    """The players of one role. Tokens that died are replaced at the next request by a new log-in."""

    def __init__(self, role: str, target: Target, players: list[Player], spare: Player) -> None:
        self.role = role
        self._target = target
        self._turns = itertools.cycle(players)
        self._spare = spare
        self._dead: set[str] = set()
        self._lock = threading.Lock()

    @classmethod
    def of_users(cls, target: Target) -> Identities:
        """Fresh players, and one more for requests that end sessions."""
        return cls("user", target, [target.sign_up() for _ in range(PLAYERS)], target.sign_up())

    @classmethod
    def of_admin(cls, target: Target, admin: Player) -> Identities:
        """The one admin there is, in a second session for requests that end it."""
        return cls("admin", target, [admin], target.log_in(admin.site_id, admin.password))

    def token(self, operation_id: str) -> str:
        """A token that is believed to live."""
        if operation_id in FOR_GOOD:
            return self._target.sign_up().access_token
        with self._lock:
            player = self._spare if operation_id in ENDS_SESSIONS else next(self._turns)
            if player.access_token in self._dead:
                player.access_token = self._target.log_in(player.site_id, player.password).access_token
            return player.access_token

    def note(self, token: str, operation_id: str, status: int, error: str | None) -> None:
        """Learns from an answer that a token has died."""
        ended = operation_id in ENDS_SESSIONS and status == 204
        if ended or (status == 401 and error in _DEAD_TOKENS):
            with self._lock:
                self._dead.add(token)


def provider(identities: Identities) -> type[Any]:
    """An authentication provider of Schemathesis, which wants a class and makes its own instance."""

    class Bearer:
        def get(self, _: schemathesis.Case[Any], context: schemathesis.AuthContext) -> str:
            return identities.token(operation_id(context.operation))

        def set(self, case: schemathesis.Case[Any], data: str, _: schemathesis.AuthContext) -> None:
            case.headers["Authorization"] = f"Bearer {data}"

    return Bearer


def operation_id(operation: Any) -> str:
    """The id of a Schemathesis operation."""
    return str(operation.definition.raw.get("operationId", ""))
