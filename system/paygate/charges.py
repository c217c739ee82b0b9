"""The charges and their webhooks, in one SQLite file: what was captured is known after a crash too."""

import json
import sqlite3
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from paygate.scripts import Script

_TABLES = """
CREATE TABLE IF NOT EXISTS charges (
    reference TEXT PRIMARY KEY,
    charge_id TEXT NOT NULL UNIQUE,
    amount_cents INTEGER NOT NULL CHECK (amount_cents >= 0),
    payment_method TEXT NOT NULL,
    script TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    due_at REAL,
    captures INTEGER NOT NULL DEFAULT 0 CHECK (captures IN (0, 1)),
    about TEXT NOT NULL,
    created_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS webhooks (
    id INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    due_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS charges_pending ON charges (due_at) WHERE status = 'pending';
CREATE INDEX IF NOT EXISTS webhooks_due ON webhooks (due_at);
"""
_SELECT = (
    "SELECT reference, charge_id, amount_cents, payment_method, script, status, reason, about FROM charges"
)


class Status(StrEnum):
    """Where a charge stands. Only authorized and pending ones move."""

    PENDING = "pending"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    DECLINED = "declined"
    VOIDED = "voided"
    REFUNDED = "refunded"


class Refused(Exception):
    """The charge is not in a state that allows this, or is another one than it was."""


@dataclass(frozen=True)
class Charge:
    """One charge, by the merchant's own reference; a reference is charged once."""

    reference: str
    charge_id: str
    amount_cents: int
    payment_method: str
    script: Script
    status: Status
    reason: str | None
    about: dict[str, Any]

    def shown(self) -> dict[str, Any]:
        """What the merchant is told."""
        return {
            "reference": self.reference,
            "charge_id": self.charge_id,
            "amount_cents": self.amount_cents,
            "status": self.status,
            "reason": self.reason,
        }


Announce = Callable[[Charge], Sequence[tuple[dict[str, Any], float]]]


class Charges:
    """Every charge. A pending one turns to what its script says when its time has come.

    `announce` says which webhooks tell of a charge that changed: (body, seconds from now), stored with the change.
    """

    def __init__(self, path: str, *, now: Callable[[], float], announce: Announce) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript("PRAGMA journal_mode = WAL;" + _TABLES)
        self._now = now
        self._announce = announce

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def find(self, reference: str) -> Charge | None:
        """The charge as it stands now."""
        self.turn_due()
        return self._read(reference)

    def authorise(
        self,
        reference: str,
        *,
        amount_cents: int,
        payment_method: str,
        script: Script,
        about: dict[str, Any],
        pending_seconds: float,
    ) -> Charge:
        """The charge of this reference, made now unless it is there; Refused when it is there with another amount."""
        known = self.find(reference)
        if known is not None:
            if known.status is not Status.VOIDED and known.amount_cents != amount_cents:
                raise Refused(f"{reference} was charged {known.amount_cents} cents, not {amount_cents}")
            return known
        pending = script in (Script.PENDING_SUCCESS, Script.PENDING_FAILED)
        status = Status.PENDING if pending else Status.AUTHORIZED
        reason = None
        if script is Script.DECLINED:
            status, reason = Status.DECLINED, "card_declined"
        charge = Charge(reference, _charge_id(), amount_cents, payment_method, script, status, reason, about)
        return self._add(charge, due_at=self._now() + pending_seconds if pending else None)

    def capture(self, reference: str) -> Charge:
        """The captured charge, however often it is asked for; Refused unless it was authorized."""
        charge = self.find(reference)
        if charge is None or charge.status not in (Status.AUTHORIZED, Status.CAPTURED):
            raise Refused(f"{reference} is {charge.status if charge else 'unknown'}: nothing to capture")
        return charge if charge.status is Status.CAPTURED else self._move(charge, Status.CAPTURED)

    def void(self, reference: str) -> Charge:
        """The charge, never to be captured; Refused when it was. An unknown reference is voided ahead of its time."""
        charge = self.find(reference)
        if charge is None:
            void = Charge(reference, _charge_id(), 0, "", Script.SUCCESS, Status.VOIDED, "voided", {})
            return self._add(void, due_at=None)
        if charge.status in (Status.CAPTURED, Status.REFUNDED):
            raise Refused(f"{reference} was captured: refund it")
        if charge.status in (Status.VOIDED, Status.DECLINED):
            return charge
        return self._move(charge, Status.VOIDED, "voided")

    def refund(self, reference: str) -> Charge:
        """The charge with its money given back, once; Refused unless it was captured."""
        charge = self.find(reference)
        if charge is None or charge.status not in (Status.CAPTURED, Status.REFUNDED):
            raise Refused(f"{reference} is {charge.status if charge else 'unknown'}: nothing to refund")
        return charge if charge.status is Status.REFUNDED else self._move(charge, Status.REFUNDED)

    def totals(self) -> dict[str, dict[str, int]]:
        """Charges, captures and cents by status: what the casino's books can be held against."""
        self.turn_due()
        rows = self._connection.execute(
            "SELECT status, count(*), sum(captures), sum(amount_cents) FROM charges GROUP BY status"
        )
        return {
            status: {"charges": charges, "captures": captures, "amount_cents": cents}
            for status, charges, captures, cents in rows
        }

    def turn_due(self) -> None:
        """Pending charges whose time has come are captured or declined."""
        due = self._connection.execute(
            "SELECT reference FROM charges WHERE status = 'pending' AND due_at <= ?", (self._now(),)
        ).fetchall()
        for (reference,) in due:
            charge = self._read(reference)
            assert charge is not None, "its row was just found"
            if charge.script is Script.PENDING_SUCCESS:
                self._move(charge, Status.CAPTURED)
            else:
                self._move(charge, Status.DECLINED, "bank_refused")

    def listed(self, *, after: str, charges_max: int) -> list[Charge]:
        """Charges in order of reference, from the one after `after` on."""
        self.turn_due()
        query = f"{_SELECT} WHERE reference > ? ORDER BY reference LIMIT ?"
        return [_charge(row) for row in self._connection.execute(query, (after, charges_max))]

    def due_webhooks(self, webhooks_max: int) -> list[tuple[int, str, int]]:
        """(id, body, attempts) of webhooks to deliver now."""
        query = "SELECT id, body, attempts FROM webhooks WHERE due_at <= ? ORDER BY due_at LIMIT ?"
        return list(self._connection.execute(query, (self._now(), webhooks_max)))

    def forget_webhook(self, webhook: int) -> None:
        """It arrived, or is given up."""
        self._connection.execute("DELETE FROM webhooks WHERE id = ?", (webhook,))

    def put_off_webhook(self, webhook: int, seconds: float) -> None:
        """It did not arrive: try again later."""
        self._connection.execute(
            "UPDATE webhooks SET due_at = ?, attempts = attempts + 1 WHERE id = ?",
            (self._now() + seconds, webhook),
        )

    def _read(self, reference: str) -> Charge | None:
        row = self._connection.execute(f"{_SELECT} WHERE reference = ?", (reference,)).fetchone()
        return None if row is None else _charge(row)

    def _add(self, charge: Charge, *, due_at: float | None) -> Charge:
        values = (
            *(charge.reference, charge.charge_id, charge.amount_cents, charge.payment_method),
            *(charge.script, charge.status, charge.reason, due_at, json.dumps(charge.about), self._now()),
        )
        with self._connection:
            self._connection.execute("BEGIN")
            self._connection.execute(
                "INSERT INTO charges (reference, charge_id, amount_cents, payment_method, script, status,"
                " reason, due_at, about, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )
            self._tell(charge)
        return charge

    def _move(self, charge: Charge, status: Status, reason: str | None = None) -> Charge:
        moved = replace(charge, status=status, reason=reason)
        with self._connection:
            self._connection.execute("BEGIN")
            self._connection.execute(
                "UPDATE charges SET status = ?, reason = ?, captures = captures + ? WHERE reference = ?",
                (status, reason, status is Status.CAPTURED, charge.reference),
            )
            self._tell(moved)
        return moved

    def _tell(self, charge: Charge) -> None:
        rows = [(json.dumps(body), self._now() + seconds) for body, seconds in self._announce(charge)]
        self._connection.executemany("INSERT INTO webhooks (body, due_at) VALUES (?, ?)", rows)


def _charge(row: Sequence[Any]) -> Charge:
    """From a row of `_SELECT`."""
    name, charge_id, cents, method, script, status, reason, about = row
    return Charge(name, charge_id, cents, method, Script(script), Status(status), reason, json.loads(about))


def _charge_id() -> str:
    return f"ch_{uuid.uuid4().hex}"
