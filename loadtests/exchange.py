"""One question to the system and its answer, as a player saw them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

OK = frozenset({200})
SPIN_PATH = "/api/games/slot/spin"


@dataclass(slots=True)
class Answer:
    """What came back; status 0 means that nothing did, and `failure` then says why. Times: clock.now."""

    status: int
    sent: float
    ended: float
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    failure: str | None = None
    _document: dict[str, Any] | None = None

    @property
    def served(self) -> bool:
        """Whether the system answered and did not fail: the good events of an availability objective."""
        return 0 < self.status < 500

    @property
    def replayed(self) -> bool:
        """Whether the system says that it gave a stored answer again."""
        return self.headers.get("idempotency-replayed") == "true"

    def document(self) -> dict[str, Any]:
        """The body as a JSON object; raises ValueError when it is not one."""
        if self._document is None:
            parsed = json.loads(self.content)
            if not isinstance(parsed, dict):
                raise ValueError(f"a JSON {type(parsed).__name__} where an object was due")
            self._document = parsed
        return self._document

    def error_code(self) -> str | None:
        """The stable code of a problem document, None when there is none."""
        try:
            code = self.document().get("error")
        except ValueError:
            return None
        return code if isinstance(code, str) else None


@dataclass(slots=True)
class Spin:
    """A bet under one idempotency key, from its first sending to its settled answer; `extra` joins its body."""

    key: str
    bet: int
    path: str = SPIN_PATH
    extra: Mapping[str, Any] = field(default_factory=dict)
    sent: float | None = None
    answered: float | None = None
    content: bytes = b""
    round_id: str | None = None

    @property
    def body(self) -> dict[str, Any]:
        """The request body; the same for every sending of this key."""
        return {"bet_amount": self.bet, **self.extra}


@dataclass(slots=True)
class Purchase:
    """A payment under one idempotency key, from its first sending to its end; `status` is None before that."""

    key: str
    product: int
    gold: int
    cents: int
    method: str
    status: str | None = None
    receipt: str | None = None
    content: bytes = b""

    @property
    def body(self) -> dict[str, Any]:
        """The request body; the same for every sending of this key."""
        return {"product_id": self.product, "amount": self.cents, "payment_method": self.method}


def an_object(answer: Answer) -> list[str]:
    """The least that can be asked of an answer: a JSON object."""
    answer.document()
    return []


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to send, with the statuses that are right and the check of an answer that has one of them.

    `check` gives what is wrong, in words. `spin` is the bet that the request places (again), `purchase` the payment
    it asks for (again), `replays` says that it repeats an answered key on purpose. `template` is the route where the
    path holds parameters.
    """

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    key: str | None = None
    due: frozenset[int] = OK
    check: Callable[[Answer], list[str]] = an_object
    signed_in: bool = True
    spin: Spin | None = None
    purchase: Purchase | None = None
    replays: bool = False
    template: str | None = None

    @property
    def route(self) -> str:
        """The route as the system labels it."""
        return self.template or self.path.partition("?")[0]

    def take(self, answer: Answer) -> list[str]:
        """Take an answer in; returns what is wrong with it. A failure to serve is not a wrong answer."""
        if not answer.served:
            return []
        if answer.status not in self.due:
            due = " or ".join(str(status) for status in sorted(self.due))
            return [f"{answer.status} {answer.error_code()} where {due} was due"]
        try:
            return self.check(answer)
        except (KeyError, TypeError, ValueError) as error:
            return [f"answer of another shape: {error!r}"]
